"""
The browser that the pages are tried in: the machine's own, else Debian's package.
"""

import os
import shutil
from pathlib import Path

from dev.bootstrap import can_use_apt
from dev.places import LOGS
from dev.quiet import ToolFailed, run_quietly

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Where macOS and Windows have it, beside the path.
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
# `required` in the environment: without a browser the tests fail, as they should in a pipeline.
BROWSER = "BROWSER_TESTS"
# Without fonts of its own a bare machine would draw boxes for letters.
PACKAGES = ("chromium", "fonts-liberation")
NONE = "no Chromium on this machine, and Debian's package can only be installed by root"


def install_chromium() -> None:
    """
    Nothing where there is one already, or where none can be had: the tests then say so.
    """
    if find_chromium() or not can_use_apt():
        return
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    log = LOGS / "bootstrap.log"
    try:
        run_quietly(["apt-get", "update"], "reading Debian's package lists", log, env=quiet)
        install = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
        run_quietly(install, "installing Chromium (first use: about a minute)", log, env=quiet)
    except ToolFailed as error:
        print(error, flush=True)


def find_chromium() -> Path | None:
    on_path = (path for name in NAMES if (path := shutil.which(name)))
    found = (Path(path) for path in (*on_path, *PLACES))
    return next((path for path in found if path.exists()), None)
