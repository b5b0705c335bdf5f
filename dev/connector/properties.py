"""`apiProperties.json`: how a connection is made, and what happens to calls on their way."""

from collections.abc import Mapping

from dev.connector.lowering import Json
from dev.connector.operations import SUBSCRIPTIONS, TRIGGERS
from dev.connector.swagger import Variant

BRAND_COLOUR = "#3b2a4a"
PUBLISHER = "Darkroom"
# To be replaced by those of your own registration.
CLIENT_ID = "00000000-0000-0000-0000-000000000000"
RESOURCE = "api://darkroom"
_REDIRECT = "https://global.consent.azure-apim.net/redirect"


def properties(variant: Variant) -> Json:
    return {
        "properties": {
            "connectionParameters": {**_CREDENTIALS[variant], "hostUrl": _HOST_URL},
            "iconBrandColor": BRAND_COLOUR,
            "capabilities": [],
            "publisher": PUBLISHER,
            "stackOwner": PUBLISHER,
            "policyTemplateInstances": policies(),
        }
    }


def policies() -> list[Json]:
    """`newPath` is below the address that the first policy sets."""
    prefix = "x-ms-apimTemplateParameter."
    return [
        {
            "templateId": "dynamichosturl",
            "title": "Address of the deployment",
            "parameters": {f"{prefix}urlTemplate": "@connectionParameters('hostUrl')/api"},
        },
        {
            "templateId": "routerequesttoendpoint",
            "title": "All triggers subscribe at one place",
            "parameters": {
                "x-ms-apimTemplate-operationName": [one.operation_id for one in TRIGGERS],
                f"{prefix}newPath": SUBSCRIPTIONS,
                f"{prefix}httpMethod": "POST",
            },
        },
    ]


def _shown(name: str, about: str, tooltip: str, place: int, **constraints: object) -> Json:
    constraints = {"tabIndex": place, "required": "true", **constraints}
    words = {"displayName": name, "description": about, "tooltip": tooltip}
    return {"uiDefinition": {**words, "constraints": constraints}}


_HOST_URL: Json = {
    "type": "string",
    **_shown(
        "Address", "Address of your Darkroom, without /api.", "https://NAME.azurewebsites.net", 3
    ),
}
_KEY: Json = {
    "type": "securestring",
    **_shown("Key", "A function key of your Darkroom.", "Provide your key", 2, clearText=False),
}
_TOKEN: Json = {
    "type": "oauthSetting",
    "oAuthSettings": {
        "identityProvider": "aad",
        "clientId": CLIENT_ID,
        "scopes": [],
        "redirectMode": "Global",
        "redirectUrl": _REDIRECT,
        "properties": {
            "IsFirstParty": "False",
            "AzureActiveDirectoryResourceId": RESOURCE,
            "IsOnbehalfofLoginSupported": True,
        },
        "customParameters": {
            "loginUri": {"value": "https://login.microsoftonline.com"},
            "tenantId": {"value": "common"},
            "resourceUri": {"value": RESOURCE},
        },
    },
}
_TENANT: Json = {
    "type": "string",
    "metadata": {"sourceType": "AzureActiveDirectoryTenant"},
    "uiDefinition": {"constraints": {"hidden": "true", "required": "false"}},
}
_CREDENTIALS: Mapping[Variant, Json] = {
    "key": {"api_key": _KEY},
    "entra": {"token": _TOKEN, "token:TenantId": _TENANT},
}
