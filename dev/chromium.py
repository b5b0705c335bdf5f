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
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None
