"""Debian's Chromium, driven by Playwright, and what a page did wrong meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tools.test import chromium_path

FRONTEND_URL = "http://127.0.0.1:3001"
#: Milliseconds that the pages have for what a test waits for; exceeded only when something is wrong.
PATIENCE = 30_000
#: As root, without a graphics card, and without Chromium's own requests to the Internet.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name that is not localhost: there the browser withholds what it keeps for secure contexts.
    "--host-resolver-rules=MAP shop.test 127.0.0.1",
)
#: Chromium's own line for a response of 4xx or 5xx, or for a request that was cut; no code of ours writes it.
OF_CHROMIUM = "Failed to load resource"


expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """Somebody's browser with nothing stored yet. `complaints` are errors of the pages' own code."""

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
