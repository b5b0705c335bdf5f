"""The JSON setting of the model that describes images."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from shared.domain.chat_deployment import ChatDeployment, Effort
from shared.setting_entries import AZURE_SCOPE, ApiVersion, Entry, parsed
from shared.setting_values import base_url


class ChatEntry(Entry):
    endpoint: Annotated[str, AfterValidator(base_url)] = Field(
        description="https address of the resource; http to 127.0.0.1 or [::1] for development"
    )
    deployment: str = Field(description="name of the deployment in Azure", min_length=1)
    model: str = Field(
        description="what is deployed there, as in `orchestrators` of the price book; it has to "
        "take images, e.g. `gpt-5-mini`",
        min_length=1,
    )
    api: Literal["v1", "deployment"] = Field(
        default="v1", description="`v1`, or `deployment` (the older path, needs `apiVersion`)"
    )
    api_version: ApiVersion = Field(
        default=None, validate_default=True, description="query parameter `api-version`"
    )
    api_key: str | None = Field(
        default=None, repr=False, min_length=1, description="else the managed identity is used"
    )
    scope: str = Field(default=AZURE_SCOPE, description="token scope of the managed identity")
    language: str = Field(
        default="en",
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        description="in which drafts are written, a tag of BCP 47, e.g. `de` or `pt-BR`",
    )

    reasoning_effort: Effort | None = Field(
        default=None,
        description="how long a reasoning model may think: the least that it takes is enough "
        "(`minimal` for `gpt-5-mini`, `none` for `gpt-5.4-mini`); leave it out for other models",
    )


def parse_chat_deployment(text: str) -> ChatDeployment:
    return ChatDeployment(**parsed(TypeAdapter(ChatEntry), text).model_dump())
