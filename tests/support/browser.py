"""A visitor's browser, and what the pages did wrong meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

FRONTEND_URL = "http://127.0.0.1:3001"
#: Milliseconds that the pages have for what a test waits for; exceeded only when something is wrong.
PATIENCE = 30_000
#: Chromium's own line for a response of 4xx or 5xx, or for a request that was cut; no code of ours writes it.
OF_CHROMIUM = "Failed to load resource"


expect.set_options(timeout=PATIENCE)


@dataclass
class Visitor:
    """A browser with nothing stored yet. `complaints` are errors of the pages' own code."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def visit(self, path: str, base: str = FRONTEND_URL) -> None:
        self.page.goto(base + path)

    def observe(self, page: Page) -> None:
        page.on("console", self._hear)
        # Uncaught exceptions and rejections that nothing handles.
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(OF_CHROMIUM):
            self.complaints.append(f"console.{message.type}: {message.text}")


@contextmanager
def visitor(browser: Browser, **options: Any) -> Iterator[Visitor]:
    """`options` are those of a Playwright context: viewport, locale, …"""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    found = Visitor(page)
    found.observe(page)
    try:
        yield found
    finally:
        context.close()
