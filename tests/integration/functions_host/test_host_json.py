"""host.json and settings."""

import math
from pathlib import Path

import pytest

from dev.functions_host.errors import ConfigurationError, FunctionRefused
from dev.functions_host.host_json import HostOptions, default_threshold, read_host_json, timespan_s
from dev.functions_host.settings import AppSettings, fill_environment


def read(tmp_path: Path, text: str, **environ: str) -> HostOptions:
    path = tmp_path / "host.json"
    path.write_text(text)
    return read_host_json(path, environ)


def test_defaults(tmp_path: Path) -> None:
    """Without sections: prefix api, 30 min, base64, 2 s polling (Development), 16 per batch."""
    options = read(tmp_path, '{"version": "2.0"}')
    assert (options.route_prefix, options.function_timeout_s) == ("api", 1800.0)
    assert (options.queues.poll_max_s, options.queues.batch_size) == (2.0, 16)
    assert options.queues.base64
    assert options.queues.retry_visible_in_s == 0


def test_values_and_overrides(tmp_path: Path) -> None:
    """File values are read ignoring case; a setting replaces one of them."""
    text = (
        '{"version": "2.0", "functionTimeout": "-1", "functions": ["A"], "extensions": '
        '{"http": {"routePrefix": ""}, "Queues": {"batchSize": 4, "messageEncoding": "none"}}}'
    )
    name = "AzureFunctionsJobHost__extensions__queues__maxPollingInterval"
    options = read(tmp_path, text, **{name: "00:00:05"})
    assert (options.route_prefix, options.function_timeout_s) == ("", math.inf)
    assert options.only_functions == frozenset({"A"})
    assert (options.queues.batch_size, options.queues.poll_max_s) == (4, 5.0)
    assert not options.queues.base64


@pytest.mark.parametrize(
    "queues",
    [
        '"batchSize": 0',
        '"batchSize": 33',
        '"newBatchThreshold": -1',
        '"maxDequeueCount": 0',
        '"maxPollingInterval": "00:00:00.05"',
        '"messageEncoding": "utf8"',
        '"batchSize": "x"',
    ],
)
def test_out_of_range(tmp_path: Path, queues: str) -> None:
    """A value outside its range stops the host."""
    with pytest.raises(ConfigurationError):
        read(tmp_path, f'{{"version": "2.0", "extensions": {{"queues": {{{queues}}}}}}}')


@pytest.mark.parametrize("text", ["", "[", '{"version": "1.0"}'])
def test_unusable_file(tmp_path: Path, text: str) -> None:
    """No version 2.0, no start."""
    with pytest.raises(ConfigurationError):
        read(tmp_path, text)


def test_timespan() -> None:
    """Days, fractions and two-part forms."""
    assert timespan_s("1.00:00:00") == 86400
    assert timespan_s("00:00:02.5") == 2.5
    with pytest.raises(ConfigurationError):
        timespan_s("2 minutes")


def test_threshold_follows_processors_except_on_dynamic() -> None:
    """Half a batch per processor; the Dynamic plan counts one."""
    assert default_threshold(16, {"WEBSITE_SKU": "Dynamic"}) == 8
    assert default_threshold(1, {}) == 0


def test_local_settings_complete_the_environment(tmp_path: Path) -> None:
    """An existing variable wins over local.settings.json."""
    values = '{"IsEncrypted": false, "Values": {"A": "file", "B": "file", "C": true}}'
    (tmp_path / "local.settings.json").write_text(values)
    environ = {"A": "env"}
    fill_environment(tmp_path, environ)
    assert (environ["A"], environ["B"], environ["C"]) == ("env", "file", "true")
    assert environ["AZURE_FUNCTIONS_ENVIRONMENT"] == "Development"


def test_percent_expansion() -> None:
    """%NAME% is replaced, ignoring case; a missing one refuses the function."""
    settings = AppSettings({"Queue": "jobs"})
    assert settings.expand("%QUEUE%-in") == "jobs-in"
    with pytest.raises(FunctionRefused, match="%OTHER%"):
        settings.expand("%OTHER%")
