from collections.abc import Iterator

import pytest
from flask.ctx import AppContext

from depot.core.http import DepotFlask


@pytest.fixture
def ctx(app: DepotFlask) -> Iterator[AppContext]:
    """The context of the application, for services that ask for no more."""
    with app.app_context() as context:
        yield context
