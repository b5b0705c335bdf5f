"""From a connection's name to a storage client."""

import pytest

from dev.functions_host.connections import resolve
from dev.functions_host.errors import FunctionRefused
from dev.functions_host.settings import AppSettings

TEXT = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=AAAA;EndpointSuffix=x.net"


def test_exact_setting_wins_over_the_section() -> None:
    """A connection string is used even when an identity section exists."""
    settings = AppSettings({"Jobs": TEXT, "Jobs__accountName": "other"})
    assert resolve("Jobs", "queue", settings).text == TEXT


@pytest.mark.parametrize(
    ("environ", "service", "uri"),
    [
        ({"J__queueServiceUri": "https://q"}, "queue", "https://q"),
        ({"J:serviceUri": "https://s"}, "queue", "https://s"),
        ({"J__accountName": "acc"}, "queue", "https://acc.queue.core.windows.net"),
        ({"AzureWebJobsJ__accountName": "acc"}, "blob", "https://acc.blob.core.windows.net"),
    ],
)
def test_identity_sections(environ: dict[str, str], service: str, uri: str) -> None:
    """Service address, its alias, account name, and the platform's prefix."""
    assert resolve("J", service, AppSettings(environ)).service_uri == uri


def test_empty_name_is_host_storage_and_development_storage_is_the_emulator() -> None:
    """`UseDevelopmentStorage=true` means the emulator's default ports."""
    settings = AppSettings({"AzureWebJobsStorage": "UseDevelopmentStorage=true"})
    with resolve("", "queue", settings).queue("jobs") as client:
        assert client.url.startswith("http://127.0.0.1:10001/devstoreaccount1/jobs")
    with resolve("", "blob", settings).container("c") as container:
        assert container.url.startswith("http://127.0.0.1:10000/devstoreaccount1/c")


def test_identity_clients_are_built_without_a_secret() -> None:
    """The default credential for developers, the managed identity where the section says so."""
    section = {"J__accountName": "acc", "J__credential": "managedidentity", "J__clientId": "c"}
    with resolve("J", "queue", AppSettings(section)).queue("jobs") as client:
        assert client.url == "https://acc.queue.core.windows.net/jobs"


def test_missing_connection() -> None:
    """No setting and no section: the function is refused, naming the connection."""
    with pytest.raises(FunctionRefused, match="'Jobs'"):
        resolve("Jobs", "queue", AppSettings({"Other": TEXT}))
