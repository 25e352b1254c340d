"""A person at a browser, and what every page they see must be: accessible, narrow enough for a telephone, silent."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect

from tests.e2e.site import Site
from tests.factories import PASSWORD

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
TELEPHONE: ViewportSize = {"width": 390, "height": 844}
TRIES = 30
"""How often a page is loaded anew until it shows what jobs do, a second each."""

REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What Chromium says of a form that came back with its errors; the page itself says what is wrong."""


@dataclass(frozen=True)
class Person:
    """Somebody at a page of the depot, with what the browser complained of."""

    site: Site
    page: Page
    complaints: list[str] = field(default_factory=list)

    def opens(self, path: str) -> None:
        """Go to an address of the depot."""
        self.page.goto(self.site.url + path)

    def clicks(self, name: str, role: str = "button") -> None:
        """Use the one button (or link, radio) of that name."""
        self.page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]

    def fills(self, answers: dict[str, str], within: Locator | None = None) -> None:
        """Type or choose an answer at each label."""
        for label, answer in answers.items():
            found = (within or self.page).get_by_label(label)
            if found.evaluate("control => control.tagName") == "SELECT":
                found.select_option(label=answer)
            else:
                found.fill(answer)

    def signs_in(self, name: str, at: str = "/inloggen") -> None:
        """Come in with address and password."""
        self.opens(at)
        self.fills({"E-mailadres": self.site.emails[name], "Wachtwoord": PASSWORD})
        self.clicks("Inloggen")

    def sees(self, text: str) -> None:
        """The text is on the page."""
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible()

    def reads(self, heading: str) -> None:
        """The page has this main heading."""
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()

    def waits_for(self, found: Locator) -> None:
        """Load the page anew until it shows what a job makes of it."""
        for _attempt in range(TRIES):
            try:
                expect(found).to_be_visible(timeout=1000)
            except AssertionError:
                self.page.reload()
            else:
                return
        expect(found).to_be_visible()

    def inspects(self, name: str) -> None:
        """The page has no violation that axe finds, fits a telephone, and nothing in it was refused."""
        self.page.wait_for_load_state("load")
        found = Axe().run(self.page)
        assert not found.violations_count, found.generate_report()
        self._fits(name, DESKTOP)
        self.page.set_viewport_size(TELEPHONE)
        self._fits(name, TELEPHONE)
        self.page.set_viewport_size(DESKTOP)
        assert not self.complaints

    def _fits(self, name: str, size: ViewportSize) -> None:
        if folder := os.environ.get("DEPOT_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}-{size['width']}.png", full_page=True)
        needed = self.page.evaluate("document.documentElement.scrollWidth")
        assert needed <= size["width"], f"{self.page.url} needs {needed} pixels"


def person(site: Site, browser: Browser, *, java_script_enabled: bool = True) -> Person:
    """Somebody new, at a Dutch browser of their own."""
    context = browser.new_context(locale="nl-NL", viewport=DESKTOP, java_script_enabled=java_script_enabled)
    context.set_default_timeout(10_000)
    found = Person(site, context.new_page())

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            found.complaints.append(f"{found.page.url}: {message.text}")

    found.page.on("console", hear)
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    return found
