import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from depot.core.antivirus import Scanner
from tests.e2e.browse import Person, person
from tests.e2e.site import Site, serving

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, clamd: Scanner) -> Iterator[Site]:
    """A running depot."""
    with serving(tmp_path_factory.mktemp("site"), clamd) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser."""
    path = shutil.which("chromium")
    assert path, "apt-get install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def somebody(site: Site, browser: Browser) -> Iterator[Callable[..., Person]]:
    """Make people at browsers of their own; when the test ends nothing they met may have been refused by the browser."""
    made: list[Person] = []

    def make(*, java_script_enabled: bool = True) -> Person:
        made.append(person(site, browser, java_script_enabled=java_script_enabled))
        return made[-1]

    yield make
    for one in made:
        one.page.context.close()
    assert not [complaint for one in made for complaint in one.complaints]
