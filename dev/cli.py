"""
The commands of `python3 dev`, their options and their help.

Imports the standard library alone, so that help and typing errors are answered before
anything is installed; a command's own module is imported when it runs.
"""

import argparse
import importlib
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dev.bootstrap import enter_venv
from dev.proxies import go_past_proxies
from dev.quiet import ToolFailed

INTERRUPTED = 130
Parser = argparse.ArgumentParser


@dataclass(frozen=True)
class Command:
    """
    One command; `module` has `run(options) -> exit code`.
    """

    name: str
    module: str
    summary: str
    more: str = ""
    add_options: Callable[[Parser], None] = lambda parser: None


class Stop(Exception):
    """A command cannot go on; the message is for the person, no traceback."""


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port


def _up_options(parser: Parser) -> None:
    parser.add_argument(
        "--port", type=_port, default=7071, help="port of the API; 0 takes any free one (7071)"
    )
    parser.add_argument(
        "--keep-data", action="store_true", help="keep storage and keys in .dev/data between runs"
    )
    parser.add_argument(
        "--approver",
        choices=("auto", "manual"),
        default="manual",
        help="auto approves what reaches it; manual prints the links (manual)",
    )


def _token_options(parser: Parser) -> None:
    parser.add_argument("id", help="the request's id")
    parser.add_argument("--stage", help="name of the stage (the open one)")
    parser.add_argument("--reviewer", help="mail address the token is bound to (anybody)")
    parser.add_argument(
        "--expires",
        type=int,
        default=3600,
        metavar="SECONDS",
        help="life of the token; below 0 it has already expired (3600)",
    )


def _verify_options(parser: Parser) -> None:
    parser.add_argument("file", help="an evidence pack, as GET /images/{id}/evidence gave it")


def _flow_options(parser: Parser) -> None:
    parser.add_argument("file", help="a workflow.json, such as those in infra/integrations")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the workflow; address and key of the system are known",
    )
    parser.add_argument("--body", metavar="JSON", help="what its trigger is called with")
    parser.add_argument(
        "--answer", default="Approve", help="what people say: Approve, Reject; nobody: nothing"
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how much faster its time passes (1)"
    )


def _pytest_options(parser: Parser) -> None:
    parser.add_argument("pytest", nargs="*", metavar="-- …", help="what follows -- goes to pytest")


COMMANDS = (
    Command("demo", "dev.demo", "one real request through the whole system, then stop"),
    Command("up", "dev.up", "the whole system until Ctrl-C", add_options=_up_options),
    Command(
        "check", "dev.checks", "format, lint, types, rules and unit tests",
        add_options=_pytest_options,
    ),
    Command("test", "dev.checks", "everything CI checks", add_options=_pytest_options),
    Command("bench", "dev.bench", "the benchmarks; also written to .dev/bench.json"),
    Command(
        "flow", "dev.flow", "run a Logic App's workflow file against the running system",
        add_options=_flow_options,
    ),
    Command(
        "token", "dev.review_token", "print a review token for the running system",
        add_options=_token_options,
    ),
    Command(
        "verify", "dev.verify", "check a downloaded evidence pack, offline",
        add_options=_verify_options,
    ),
)  # fmt: skip

EPILOG = """\
The first use sets everything up inside .dev/ (Python packages, Azurite); nothing is
installed elsewhere. Start with:  python3 dev demo
"""


def make_parser() -> Parser:
    """
    The whole command line.
    """
    parser = Parser(
        prog="python3 dev",
        description="Darkroom on this machine: run it, watch it, test it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.summary, description=command.summary)
        command.add_options(sub)
        sub.set_defaults(module=command.module)
    return parser


def main(arguments: Sequence[str]) -> int:
    """
    Parse, enter the project's environment, run; the answer is the exit code.
    """
    options = make_parser().parse_args(arguments or ["--help"])
    go_past_proxies(os.environ)
    _write_what_can_be_written()
    try:
        _stop_on_signals()
        enter_venv(arguments)
        return int(importlib.import_module(options.module).run(options))
    except KeyboardInterrupt:
        return INTERRUPTED
    except (Stop, ToolFailed) as error:
        print(f"python3 dev {options.command}: {error}", file=sys.stderr)
        return 1


def _write_what_can_be_written() -> None:
    """
    A letter that a terminal or pipe does not have is no reason to stop.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _stop_on_signals() -> None:
    """
    Ctrl-C works although a shell started us in the background (it then ignores SIGINT for
    us), and a polite kill cleans up just as Ctrl-C does.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Under nohup the end of the terminal is no reason to stop.
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)
