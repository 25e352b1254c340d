from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.ctx import AppContext

from depot.audit import models as audit_models
from depot.catalogue import service as catalogue
from depot.core import db, http, pages, storage, work
from depot.mail import pages as mail_pages
from depot.mail import service as mail
from depot.reminders import models as reminder_models

TEMPLATES = Path(__file__).parents[2] / "templates"
MODELS = (audit_models, reminder_models, work)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    app = http.DepotFlask(
        "depot", template_folder=str(TEMPLATES), static_folder=str(tmp_path), static_url_path="/static"
    )
    app.config.update(SECRET_KEY="t" * 32, BASE_URL="http://depot.example/", DEMO=True, TESTING=True)
    app.config.update(KEEP_NOT_AWARDED="P3Y", KEEP_AFTER_CONTRACT="P7Y", KVK_PER_MINUTE=60, BOUNCES=None)
    app.extensions["depot.register"] = None
    db.init_app(app, f"sqlite:///{tmp_path}/depot.db")
    storage.init_app(app, f"file:{tmp_path}/objects")
    catalogue.init_app(app)
    mail.init_app(app, f"maildir:{tmp_path}/mail", "depot@depot.example")
    http.init_app(app, 1)
    pages.init_app(app)
    app.register_blueprint(mail_pages.bp)
    for name in ("accounts.sign_in", "accounts.language"):
        app.add_url_rule(f"/{name}", name, lambda: "")
    db.Base.metadata.create_all(app.extensions["depot.engine"])
    return app


@pytest.fixture
def ctx(app: Flask) -> Iterator[AppContext]:
    with app.app_context() as context:
        yield context
