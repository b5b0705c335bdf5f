"""The operator's key: the platform checks it, and the app knows it by its digest."""

from tools import KEY, HookFailed, Pause, arm, az, private_file, resource, sleep, until, wanted

API_VERSION = "2024-11-01"
# The first key waits for the host to have made its own.
KEY_S, ASK_EVERY_S = 60, 10


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


def give_key(pause: Pause = sleep) -> None:
    """
    Raises:
        HookFailed: a running app does not take it within a minute.
    """
    if not until(_taken, KEY_S, ASK_EVERY_S, pause):
        set_operator_key()


def key_of_app(group: str, app: str) -> str | None:
    """
    Raises:
        HookFailed: no host that could tell, for instance because there is no code yet.
    """
    place = ("--resource-group", group, "--name", app)
    key = az("functionapp", "keys", "list", *place, "--query", "functionKeys.operator")
    return str(key) if key else None


def _taken() -> bool:
    try:
        set_operator_key()
    except HookFailed:
        return False
    return True
