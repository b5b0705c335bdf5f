"""The command line, the stages of check and test, and what is pinned."""

import ast
import json
import os
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from dev.checks import BESIDE, NAME, check_stages, full_stages
from dev.cli import COMMANDS, Stop, make_parser
from dev.places import ROOT
from dev.verify import run as run_verify
from shared.chain.evidence import evidence_of
from tests.crash.world import World
from tests.unit.histories import approved


def ask(*arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run `python3 dev …` from a foreign folder."""
    argv = [python, str(ROOT / "dev"), *arguments]
    return subprocess.run(argv, cwd=ROOT.parent, capture_output=True, text=True, timeout=60)


def test_help_names_every_command() -> None:
    """The overview is complete and works from any folder."""
    answer = ask("--help")

    assert answer.returncode == 0
    assert all(f"\n    {command.name} " in answer.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` of a command ends well."""
    with pytest.raises(SystemExit) as end:
        make_parser().parse_args([command, "--help"])

    assert end.value.code == 0
    assert command in capsys.readouterr().out


def test_unknown_command_is_refused_with_the_known_ones() -> None:
    """A typing error costs no installation."""
    answer = ask("dmeo")

    assert answer.returncode == 2
    assert "'demo'" in answer.stderr


def test_up_has_the_contract_defaults() -> None:
    """Port 7071, a manual approver, nothing kept."""
    options = make_parser().parse_args(["up"])

    assert (options.port, options.approver, options.keep_data) == (7071, "manual", False)


def test_arguments_after_the_dashes_go_to_pytest() -> None:
    """What follows `--` is left as it is."""
    options = make_parser().parse_args(["check", "--", "-k", "door", "-x"])

    assert options.pytest == ["-k", "door", "-x"]


def test_expiry_may_be_negative() -> None:
    """A token that has already expired can be asked for."""
    assert make_parser().parse_args(["token", "01J", "--expires", "-5"]).expires == -5


def test_check_runs_the_fast_tests_that_exist(tmp_path: Path) -> None:
    """Format, lint, types, then the folders that are there; pytest last."""
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    stages = check_stages(tmp_path, ["-x"])

    assert [stage.name for stage in stages] == ["format", "lint", "types", "tests"]
    assert stages[-1].arguments == ("pytest", "-q", "-n", "auto", "tests/unit", "-x")


def test_full_run_measures_all_tests() -> None:
    """Everything under coverage, last; the explorer beside it, by itself."""
    stages = full_stages([])
    last, crash = stages[-1], stages[-1].beside

    assert [stage.name for stage in stages] == ["format", "lint", "types", "infra", "tests"]
    assert last.arguments[:4] == ("coverage", "run", "-m", "pytest")
    assert last.arguments[-3:] == ("-p", "dev.beside", "--ignore=tests/crash")
    assert crash is not None
    assert crash.arguments == (
        *("pytest", "-q", "-n", "auto", "--dist", "worksteal", "tests/crash"),
    )


@pytest.mark.parametrize(
    ("beside", "test", "code"),
    [("pass", "pass", 0), ("raise SystemExit(3)", "pass", 1), ("pass", "assert 0", 1)],
)
def test_a_stage_beside_the_tests(beside: str, test: str, code: int, tmp_path: Path) -> None:
    """Both are seen, either fails the run, and pytest's closing line is the last."""
    (tmp_path / "other.py").write_text(f"print('the other', flush=True)\n{beside}\n")
    (tmp_path / "test_it.py").write_text(f"def test_it():\n    {test}\n")
    env = os.environ | {BESIDE: '["other"]', NAME: "other", "PYTHONPATH": str(tmp_path)}
    argv = [sys.executable, "-m", "pytest", "-p", "dev.beside", str(tmp_path)]

    run = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)

    assert run.returncode == code, run.stdout
    assert "\nthe other\n-- other: " in run.stdout
    assert run.stdout.splitlines()[-1].startswith("====")


def test_a_full_run_of_some_tests() -> None:
    """What is asked for is run in one go, wherever it lies."""
    *lint, last = full_stages(["tests/crash", "-k", "plain"])

    assert [stage.name for stage in lint] == ["format", "lint", "types"]
    assert last.arguments[-3:] == ("tests/crash", "-k", "plain")


def test_ci_runs_the_same_command() -> None:
    """CI has no list of its own."""
    script = ROOT / ".ci" / "run"

    assert "exec python3 dev test" in script.read_text()
    assert os.name == "nt" or os.access(script, os.X_OK)


def test_verify_of_a_missing_file_says_which(tmp_path: Path) -> None:
    """A wrong name is told without a traceback."""
    with pytest.raises(Stop, match=r"cannot read .*pack\.json"):
        run_verify(Namespace(file=str(tmp_path / "pack.json")))


@pytest.mark.parametrize(
    "content", ["", "[]", "not json", "[" * 200_000], ids=["empty", "list", "text", "deep"]
)
def test_verify_of_a_file_that_is_no_pack(tmp_path: Path, content: str) -> None:
    """Any other file is refused in words."""
    file = tmp_path / "pack.json"
    file.write_text(content)

    with pytest.raises(Stop, match=r"pack\.json"):
        run_verify(Namespace(file=str(file)))


def test_verify_of_a_receipt_says_who_can_check_it(tmp_path: Path) -> None:
    """An erasure's receipt is signed with a key that is not in any file of ours."""
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps({"id": "01JD", "state": "done", "receipt": {"signature": "v1.k.x"}}))

    with pytest.raises(Stop, match=r"GET /erasures/\{id\}\?signature="):
        run_verify(Namespace(file=str(file)))


def test_verify_says_what_no_chain_can_prove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A good pack is verified, with a word on what is not covered; a changed one is not."""
    world = World()
    request_id = approved(world)
    pack = evidence_of(world.s.journals.load(request_id), world.s)
    file = tmp_path / "pack.json"
    file.write_text(json.dumps(pack))

    assert run_verify(Namespace(file=str(file))) == 0
    assert re.search(r"evidence verified: .*\nnot covered: .*names", capsys.readouterr().out)
    pack["request"]["caller"] = "somebody"
    file.write_text(json.dumps(pack))
    assert run_verify(Namespace(file=str(file))) == 1
    assert "fault: request.caller is not" in capsys.readouterr().out


def test_lock_file_pins_azurite_and_names_no_host() -> None:
    """Where packages come from is the machine's business, what they are is ours."""
    lock = json.loads((ROOT / "dev" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages["node_modules/azurite"]["version"] == "3.35.0"
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert all(entry.get("integrity") for entry in packages.values())


def test_older_python_is_told_what_is_needed() -> None:
    """The message names both versions, and no traceback is shown."""
    entry = str(ROOT / "dev")
    code = f"""
import runpy, sys
sys.version_info = (3, 10, 9)
runpy.run_path({entry!r}, run_name="__main__")
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert answer.returncode == 1
    assert answer.stderr.startswith("Darkroom needs Python 3.11 or newer; this is 3.10")


def test_entry_can_be_read_by_an_old_python() -> None:
    """A syntax error would come before the message."""
    ast.parse((ROOT / "dev" / "__main__.py").read_text(), feature_version=(3, 5))
