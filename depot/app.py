"""The application: the parts put together. The only file that knows every feature."""

import sys
from pathlib import Path

import structlog
from werkzeug.middleware.proxy_fix import ProxyFix

from depot.accounts import pages as account_pages
from depot.accounts import session
from depot.bundles import api as bundle_api
from depot.bundles import check_pages, code_pages, receipt_pages
from depot.bundles import pages as bundle_pages
from depot.catalogue import api as catalogue_api
from depot.catalogue import service as catalogue
from depot.companies import pages as company_pages
from depot.companies import register
from depot.config import Config, needed_for
from depot.core import antivirus, authority, db, http, migrate, openapi, pages, seal, storage, timestamps
from depot.documents import api as document_api
from depot.documents import list_pages
from depot.documents import pages as document_pages
from depot.insight import navigation, operations_pages
from depot.insight import pages as insight_pages
from depot.mail import pages as mail_pages
from depot.mail import service as mail
from depot.reminders import document_pages as document_reminder_pages
from depot.reminders import pages as notice_pages
from depot.reminders import unsubscribe_pages
from depot.tenders import api as tender_api
from depot.tenders import (
    call_pages,
    coverage_pages,
    editor_pages,
    equivalent_pages,
    matrix_pages,
    outcome_pages,
    party_pages,
)
from depot.tenders import pages as tender_pages
from depot.verification import anchors, confirmation_pages, control_pages, equivalence_pages, mark_pages, register_pages
from depot.verification import pages as verification_pages

ROOT = Path(__file__).parent

TEMPLATES = next(folder for folder in (ROOT / "_templates", ROOT.parent / "templates") if folder.is_dir())
"""Beside the package in the repository, inside it once installed."""


def ready_app() -> http.DepotFlask:
    """The depot with the settings of the environment, over a database that can be used; raises ConfigError and NotReady."""
    app = create_app(Config.from_env())
    migrate.require_newest(app.extensions["depot.engine"])
    return app


def create_app(config: Config) -> http.DepotFlask:
    """The whole depot for one set of settings."""
    _log_in_json()
    app = http.DepotFlask(
        "depot",
        root_path=str(ROOT),
        template_folder=str(TEMPLATES),
        static_folder=str(ROOT / "static"),
        static_url_path="/static",
    )
    app.config.update(
        SECRET_KEY=config.secret_key,
        BASE_URL=config.base_url,
        DEMO=config.demo,
        CONTACT=config.contact,
        EXPIRING_DAYS=config.expiring_days,
        KVK_PER_MINUTE=config.kvk_per_minute,
        SAMPLE_SHARE=config.sample_share,
        COVERAGE_LIMIT=config.coverage_limit,
        BOUNCES=config.bounces,
        KEEP_NOT_AWARDED=config.keep_not_awarded,
        KEEP_AFTER_CONTRACT=config.keep_after_contract,
    )
    app.extensions["depot.config"] = config
    app.extensions["depot.scanner"] = antivirus.Scanner.from_url(config.clamd)
    with needed_for("trust_folder"):
        app.extensions["depot.anchors"] = anchors.read(config.trust_folder)
    app.extensions["depot.register"] = register.from_settings(config.kvk_url, config.kvk_key)
    if config.proxies:
        hops = config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app, config.database_url)
    with needed_for("objects_url"):
        storage.init_app(app, config.objects_url, hash_on_read=config.hash_on_read)
    catalogue.init_app(app, config.catalogue_folder)
    with needed_for("tsa_url"):
        time = timestamps.other(config.tsa_url)
    with needed_for("seal_folder"):
        if config.demo:
            authority.init(config.seal_folder, organisation="Depot")
        seal.init_app(app, config.seal_folder, time)
    with needed_for("mail_url"):
        mail.init_app(app, config.mail_url, config.mail_from, per_minute=config.mail_per_minute)
    http.init_app(app, config.upload_limit_mib)
    pages.init_app(app)
    session.init_app(app)
    navigation.init_app(app)
    check_pages.init_app(app)
    api = openapi.init_app(app)
    app.extensions["depot.api"] = api
    api.register_blueprint(catalogue_api.bp)
    api.register_blueprint(document_api.bp)
    api.register_blueprint(tender_api.bp)
    api.register_blueprint(bundle_api.bp)
    for part in (
        account_pages,
        company_pages,
        document_pages,
        list_pages,
        verification_pages,
        control_pages,
        confirmation_pages,
        equivalence_pages,
        register_pages,
        mark_pages,
        tender_pages,
        party_pages,
        outcome_pages,
        call_pages,
        coverage_pages,
        editor_pages,
        equivalent_pages,
        matrix_pages,
        bundle_pages,
        code_pages,
        receipt_pages,
        notice_pages,
        document_reminder_pages,
        unsubscribe_pages,
        insight_pages,
        operations_pages,
        *([mail_pages] if config.demo else []),
    ):
        app.register_blueprint(part.bp)
    app.register_blueprint(verification_pages.admission_bp)
    return app


def _log_in_json() -> None:
    """Log lines as JSON on standard error: machines read them, and they hold keys and codes, no personal data."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
