"""The operator's key: the platform checks it, and the app knows it by its digest."""

from tools import KEY, arm, private_file, resource, wanted

API_VERSION = "2024-11-01"


def set_operator_key() -> None:
    """
    A host key of the app, named `operator`.

    Raises:
        HookFailed: the app does not take it, for instance because it does not run yet.
    """
    site = resource("Microsoft.Web/sites", wanted("DARKROOM_APP_NAME"))
    body = {"properties": {"name": "operator", "value": wanted(KEY)}}
    with private_file(body) as name:
        given = ("--body", f"@{name}", "--query", "name")
        arm("put", f"{site}/host/default/functionKeys/operator", API_VERSION, *given)
    print(f"  the operator's key is set: azd env get-value {KEY}")
