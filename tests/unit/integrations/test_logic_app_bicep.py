"""The Bicep module around the shipped workflows."""

from typing import Any

import pytest
from pycep import BicepParser

from tests.unit.integrations.definitions import FOLDER, NAMES, shipped

FILE = FOLDER / "main.bicep"
TEXT = FILE.read_text(encoding="utf-8")
MODULE: dict[str, Any] = dict(BicepParser().parse(text=TEXT))
RESOURCES = {
    "approval": "approval",
    "submit_and_wait": "submitAndWait",
    "http_webhook": "httpWebhook",
}


def test_api_versions() -> None:
    """Each resource has a version that is known to work."""
    kinds = {f"{one['type']}@{one['api_version']}" for one in MODULE["resources"].values()}

    assert kinds == {"Microsoft.Logic/workflows@2019-05-01", "Microsoft.Web/connections@2016-06-01"}


@pytest.mark.parametrize("name", NAMES)
def test_files_are_loaded(name: str) -> None:
    """Every shipped file is deployed as it is."""
    assert f"loadJsonContent('{name}/workflow.json')" in TEXT


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_the_file_s(name: str) -> None:
    """What the module gives is declared by the file, and what has no default is given."""
    declared = shipped(name)["parameters"]
    config = MODULE["resources"][RESOURCES[name]]["config"]
    # That of a conditional resource is one level deeper.
    given = config.get("config", config)["properties"]["parameters"]
    names = {one.strip("'") for one in given}

    assert names <= set(declared)
    assert {one for one, what in declared.items() if "defaultValue" not in what} <= names


def test_key_is_secret() -> None:
    """The one secret is a secure parameter, and no output tells it or a trigger's address."""
    decorators = [one["type"] for one in MODULE["parameters"]["darkroomKey"]["decorators"]]

    assert "secure" in decorators
    assert "listCallbackUrl" not in TEXT


def test_time_of_the_mail_is_that_of_the_file() -> None:
    """The one value that the module changes is where it thinks it is, with the same default."""
    mail = shipped("approval")["actions"]["For_each_reviewer"]["actions"]["Send_approval_email"]
    order = ("For_each_reviewer", "Send_approval_email", "limit", "timeout: mailTimeout")
    places = [TEXT.index(f"{name}") for name in order]

    assert places == sorted(places)
    assert mail["limit"]["timeout"] == MODULE["parameters"]["mailTimeout"]["default"]


def test_choices_are_those_of_the_file() -> None:
    """What may be chosen, and what is chosen where nobody does, is the same in both."""
    [allowed] = [
        one["argument"]
        for one in MODULE["parameters"]["whenNobodyAnswers"]["decorators"]
        if one["type"] == "allowed"
    ]
    declared = shipped("approval")["parameters"]["whenNobodyAnswers"]

    assert allowed == declared["allowedValues"]
    assert MODULE["parameters"]["whenNobodyAnswers"]["default"] == declared["defaultValue"]
