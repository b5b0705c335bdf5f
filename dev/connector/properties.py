"""`apiProperties.json`: how a connection is made, and what happens to calls on their way."""

from collections.abc import Mapping

from dev.connector.lowering import Json
from dev.connector.operations import ACTIONS, SUBSCRIPTIONS, TRIGGERS, Action
from dev.connector.swagger import Variant
from shared.web.table import ROUTES

BRAND_COLOUR = "#3b2a4a"
PUBLISHER = "Darkroom"
# To be replaced by those of your own registration.
CLIENT_ID = "00000000-0000-0000-0000-000000000000"
RESOURCE = "api://darkroom"
_PREFIX = "x-ms-apimTemplateParameter."
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
    return [
        {
            "templateId": "dynamichosturl",
            "title": "Address of the deployment",
            "parameters": {f"{_PREFIX}urlTemplate": "@connectionParameters('hostUrl')/api"},
        },
        _routed(
            "All triggers subscribe at one place",
            [one.operation_id for one in TRIGGERS],
            *(SUBSCRIPTIONS, "POST"),
        ),
        *(_to_its_route(one) for one in ACTIONS if one.path),
    ]


def _to_its_route(action: Action) -> Json:
    route = ROUTES[action.route]
    title = f"{action.operation_id} is another way to ask for the same"
    return _routed(title, [action.operation_id], f"/{route.path}", route.method)


def _routed(title: str, operations: list[str], path: str, method: str) -> Json:
    return {
        "templateId": "routerequesttoendpoint",
        "title": title,
        "parameters": {
            "x-ms-apimTemplate-operationName": operations,
            f"{_PREFIX}newPath": path,
            f"{_PREFIX}httpMethod": method,
        },
    }


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
