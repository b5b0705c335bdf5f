"""The pages in a real browser, against the really running system."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from dev.chromium import BROWSER, NONE, find_chromium
from dev.npm import file_of, install_packages
from dev.places import DOT_DEV
from tests.browser.windows import PATIENCE_MS, Windows
from tests.e2e.world import World, running_world

ARTEFACTS = DOT_DEV / "artefacts"
# Its own traffic would be refused on a machine without the internet, and show as errors of ours.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all pages; without one these tests are skipped, and say so, or fail."""
    if (program := find_chromium()) is None:
        told = pytest.fail if os.environ.get(BROWSER) == "required" else pytest.skip
        told(f"THE PAGES WERE NOT TRIED: {NONE}.")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A system of their own, so that what they see does not depend on other tests."""
    with running_world(tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.fixture(scope="package")
def axe() -> str:
    """The text of axe-core."""
    install_packages()
    return file_of("axe-core", "axe.min.js").read_text()


@pytest.fixture
def windows(
    browser: Browser, world: World, axe: str, request: pytest.FixtureRequest
) -> Iterator[Windows]:
    """Windows on the system's pages; in the end none of them may have complained."""
    opened = Windows(browser, world.places.api_url, axe, _folder(request.node.name))
    yield opened
    opened.close()
    assert opened.complaints == []


def _folder(test: str) -> Path:
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in test)
    return ARTEFACTS / plain.strip("-")
