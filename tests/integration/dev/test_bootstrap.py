"""Setting up the environment: when it is done again, and that it is done once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev import bootstrap
from dev.bootstrap import fingerprint, read_stamp
from dev.locks import LockBusy, file_lock, is_held
from dev.node import is_recent
from dev.places import ROOT, write_private
from dev.quiet import ToolFailed, run_quietly, tail

# The tool's child calls us, which tells that it runs; and the line is cut when it has ended.
INTERRUPTED = """
import os, signal, socket, sys, threading
from pathlib import Path
from dev.quiet import run_quietly

child = "import socket, sys; line = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
child += "line.send(b'.'); line.recv(1)"
tool = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
listener = socket.create_server(("127.0.0.1", 0))
lines = []

def interrupt():
    lines.append(listener.accept()[0])
    lines[0].recv(1)
    os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt).start()
argv = [sys.executable, "-c", tool, child, str(listener.getsockname()[1])]
try:
    run_quietly(argv, "a tool", Path(sys.argv[1]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
print("all ended" if lines[0].recv(1) == b"" else "?")
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("rich==1")
    second.write_text("httpx==1")
    return first, second


def test_same_files_have_the_same_fingerprint(files: tuple[Path, Path]) -> None:
    """Nothing is installed again while nothing changes."""
    assert fingerprint(files, python="3.11") == fingerprint(files, python="3.11")


def test_any_change_changes_the_fingerprint(files: tuple[Path, Path]) -> None:
    """Either file, and the Python version, count."""
    seen = {fingerprint(files, python="3.11"), fingerprint(files, python="3.12")}
    for file in files:
        file.write_text(file.read_text() + ".1")
        seen.add(fingerprint(files, python="3.11"))

    assert len(seen) == 4


def test_text_moved_between_files_changes_the_fingerprint(files: tuple[Path, Path]) -> None:
    """The files' borders are part of it."""
    before = fingerprint(files)
    files[0].write_text("rich==1h")
    files[1].write_text("ttpx==1")

    assert before != fingerprint(files)


def test_missing_stamp_reads_as_nothing_installed(tmp_path: Path) -> None:
    """An interrupted install has none, and is done again."""
    assert read_stamp(tmp_path / "stamp") == ""


def test_lock_is_held_by_one(tmp_path: Path) -> None:
    """A second holder is refused until the first has left."""
    lock = tmp_path / "lock"
    with file_lock(lock):
        assert is_held(lock)
        with pytest.raises(LockBusy), file_lock(lock):
            pass

    assert not is_held(lock)


def test_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    """A holder that died without leaving blocks nobody."""
    code = f"""
import os
from pathlib import Path
from dev.locks import file_lock
with file_lock(Path({str(tmp_path / "lock")!r})):
    os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

    assert not is_held(tmp_path / "lock")


def test_failed_tool_shows_the_end_of_its_log(tmp_path: Path) -> None:
    """The person sees the tool's last words, not those of earlier runs."""
    log = tmp_path / "tools.log"
    log.write_text("earlier\n")
    argv = [sys.executable, "-c", "print('no space left'); raise SystemExit(7)"]

    with pytest.raises(
        ToolFailed, match=r"(?s)packing failed \(exit 7\).*no space left"
    ) as failure:
        run_quietly(argv, "packing", log)
    assert "earlier" not in str(failure.value)


@pytest.mark.skipif(os.name == "nt", reason="interrupts itself with a signal as POSIX has it")
def test_interrupted_tool_leaves_no_children(tmp_path: Path) -> None:
    """Ctrl-C ends a tool with everything that it has started, as `venv` starts pip."""
    answer = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "tool.log")],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert answer.stdout == "interrupted\nall ended\n", answer.stderr


def test_tail_of_a_missing_log_says_so(tmp_path: Path) -> None:
    """A failure before the first line must not become another failure."""
    assert "No log" in tail(tmp_path / "none.log")


@pytest.mark.parametrize("text", ["v20.19.0\n", "v20.19.5", "v22.12.0", "v22.20.0\n", "v24.1.0"])
def test_a_node_that_is_taken(text: str) -> None:
    """What our locked packages say that they run on."""
    assert is_recent(text)


@pytest.mark.parametrize("text", ["v18.18.2", "v20.18.0", "v21.7.3", "v22.11.0", "v9.0.0", "", "x"])
def test_a_node_that_is_not(text: str) -> None:
    """What is no version counts as too old."""
    assert not is_recent(text)


def test_an_environment_whose_python_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade of Python took it away: the environment is made again."""
    stamp = tmp_path / ".darkroom-stamp"
    stamp.write_text(bootstrap.fingerprint(bootstrap.REQUIREMENTS, python=bootstrap.PYTHON))
    made: list[Path] = []
    monkeypatch.setattr(bootstrap, "_make_venv", made.append)
    monkeypatch.setattr(bootstrap, "_install", made.append)
    bootstrap.make_ready(tmp_path)

    assert made == [tmp_path, tmp_path]


def test_private_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Keys are never readable by others, and no half-written file stays behind."""
    write_private(tmp_path / "keys.json", "{}")

    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    if sys.platform != "win32":
        assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
