"""Browser windows as people have them: light, dark, and on a phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
)

Look = Literal["light", "dark", "phone"]
LOOKS: tuple[Look, ...] = ("light", "dark", "phone")

_DESKTOP = ViewportSize(width=1280, height=900)
_PHONE = ViewportSize(width=360, height=740)
# Longer than a page takes to look again, on a machine that does other things too.
PATIENCE_MS = 15_000
_GRAVE = ("serious", "critical")
# Chromium itself writes this for every answer that is no success; pages say what they make of it.
_ANSWERED = "Failed to load resource"


@dataclass
class Windows:
    """
    `complaints`: what a page logged as an error or left unhandled, and what it asked others for.

    `artefacts`: a folder for screenshots of this test.
    """

    browser: Browser
    api_url: str
    axe: str = field(repr=False)
    artefacts: Path
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str, look: Look = "light", **options: Any) -> Page:
        """A page in a window that shares nothing with others: `review#…`, `console`."""
        given: dict[str, Any] = {
            "viewport": _PHONE if look == "phone" else _DESKTOP,
            "color_scheme": "dark" if look == "dark" else "light",
            "reduced_motion": "reduce",
        }
        context = self.browser.new_context(**given | options)
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"unhandled: {error}"))
        page.on("request", self._asked)
        page.goto(f"{self.api_url}/{path}")
        return page

    def turn(self, page: Page, look: Look) -> None:
        """The same page as it is in another window."""
        page.set_viewport_size(_PHONE if look == "phone" else _DESKTOP)
        page.emulate_media(color_scheme="dark" if look == "dark" else "light")

    def findings(self, page: Page) -> list[str]:
        """What axe-core holds for serious or worse."""
        page.evaluate(self.axe)
        found: Mapping[str, Sequence[Any]] = page.evaluate("axe.run(document)")
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in _GRAVE
            for node in one["nodes"]
        ]

    def picture(self, page: Page, name: str) -> None:
        """A screenshot of the whole page, kept for people to look at; never committed."""
        page.screenshot(path=self.shelf() / f"{name}.png", full_page=True)

    def judged(self, page: Page, name: str) -> None:
        """Nothing sticks out to the side, nothing is wrong, and people can look at it."""
        self.picture(page, name)
        assert self.findings(page) == []
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, name

    def judged_in_each_look(self, page: Page, name: str) -> None:
        for look in LOOKS:
            self.turn(page, look)
            self.judged(page, f"{name}-{look}")

    def shelf(self) -> Path:
        """The folder of this test's pictures."""
        self.artefacts.mkdir(parents=True, exist_ok=True)
        return self.artefacts

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_ANSWERED):
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        origin = self.api_url.rpartition("/")[0]
        if not request.url.startswith((f"{origin}/", "blob:")):
            self.complaints.append(f"asked for {request.url}")
