"""Companies that ask to be let in: a claim, confirmed by a link and handed in with a proof of authority.

A claim reserves nothing; the organisation, its number and the person exist from admission on.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, delete, select
from werkzeug.datastructures import FileStorage

from depot.access import Role
from depot.accounts import links, queries, service
from depot.accounts.models import (
    Ground,
    Organisation,
    OrganisationKind,
    Registration,
    RegistrationState,
    User,
)
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, TooLarge, UnsupportedType
from depot.core.http import safe_name
from depot.core.i18n import _, locale
from depot.core.storage import Incoming, store
from depot.mail import addresses
from depot.mail import service as mail

LINK_LENGTH = timedelta(days=7)
PREFIX = "registrations/"
QUARANTINE = f"{PREFIX}quarantine/"
CLEAN = f"{PREFIX}clean/"


def start(
    *,
    kvk_number: str,
    company_name: str,
    legal_form: str,
    seat: str,
    name: str,
    email: str,
    origin: str,
    key: UUID | None = None,
) -> None:
    """Keep a claim and mail a link to go on; asked again with the same key, it does nothing.

    The mail holds nothing that a stranger typed but the number, so that nobody can make the depot send their words.
    """
    if key and db.session.get(Registration, key):
        return
    links.slow_down("registration", email, origin)
    secret, kept = links.new()
    row = Registration(
        id=key or db.new_id(),
        kvk_number=kvk_number,
        company_name=company_name,
        legal_form=legal_form,
        seat=seat,
        name=name,
        email=email,
        locale=locale(),
        token_hash=kept,
        until=clock.now() + LINK_LENGTH,
    )
    db.session.add(row)
    db.session.flush()
    mail.write(
        row,
        "registration_confirm",
        dedupe_key=f"registration:{row.id}",
        kvk_number=kvk_number,
        until=row.until.isoformat(),
        secret=secret,
    )


def hand_in(
    secret: str, *, proof_kind: str, password: str, upload: FileStorage, is_register_taken: bool = False
) -> Registration:
    """Hand the claim in with its proof and, for a new person, a password; sent twice, the first counts.

    `is_register_taken` confirms what the trade register says of the company, in the place of what was typed.
    """
    row = queries.own_registration(service.digest(secret))
    if row.state is not RegistrationState.STARTED:
        return row
    if is_register_taken:
        row.take_over()
    addresses.clear(row.email)
    if not is_known(row):
        row.password_hash = service.hashed(password)
    incoming = _pdf(upload)
    key = f"{QUARANTINE}{db.new_id()}"
    digest = store().put(key, incoming)
    row.submit(
        proof_kind=Ground(proof_kind),
        key=key,
        sha256=digest.sha256,
        size=digest.size,
        name=safe_name(upload.filename, "bewijs.pdf"),
    )
    return row


def is_known(row: Registration) -> bool:
    """Whether the claim's person can sign in already, and so keeps their password."""
    return queries.user_by_email(row.email) is not None


def settle_scan(row: Registration, state: str, *, is_usable: bool) -> None:
    """Record what the scan found; a proof that may be opened gets its lasting key, the old one is removed by a job."""
    row.scan_state = state
    if is_usable and row.proof_key and row.proof_key.startswith(QUARANTINE):
        target = CLEAN + row.proof_key.removeprefix(QUARANTINE)
        store().copy(row.proof_key, target)
        row.proof_key = target


def activate(row: Registration) -> tuple[Organisation, User]:
    """Make the organisation of a claim that is admitted, with its person as who administers it."""
    if queries.organisation_by_kvk(row.kvk_number):
        raise Conflict(
            _("Er is al een organisatie met dit KvK-nummer. Wie daar beheert, kan deze persoon zelf uitnodigen.")
        )
    if row.password_hash is None and not is_known(row):
        raise Conflict(_("Deze persoon heeft geen toegang meer tot het depot."))
    organisation = service.add_organisation(OrganisationKind.COMPANY, row.company_name, kvk_number=row.kvk_number)
    user = service.person(email=row.email, name=row.name, password_hash=row.password_hash or "", locale=row.locale)
    row.password_hash = None
    service.join(user, organisation, Role.COMPANY_ADMIN)
    return organisation, user


def forget_lapsed() -> int:
    """Remove claims that nobody handed in before their link lapsed; gives how many."""
    lapsed = delete(Registration).where(
        Registration.state == RegistrationState.STARTED, Registration.until <= clock.now()
    )
    return len(db.session.scalars(lapsed.returning(Registration.id)).all())


def holding() -> Select[str | None, str | None, int | None]:
    """Key, SHA-256 and size of each proof in the store."""
    found = select(Registration.proof_key, Registration.proof_sha256, Registration.proof_size)
    return found.where(Registration.proof_key.is_not(None))


def remove_orphans() -> int:
    """Delete proofs in the store that no claim points to and that are older than a day; gives how many."""
    return store().remove_orphans(PREFIX, queries.proof_keys())


def _pdf(upload: FileStorage) -> Incoming:
    incoming = upload.stream
    if not isinstance(incoming, Incoming) or incoming.size == 0:
        raise Invalid(_("Niet alles is goed ingevuld."), {"bewijs": [_("Kies een bestand.")]})
    if incoming.is_too_large:
        limit = incoming.limit >> 20
        raise TooLarge(
            _("Het bestand is te groot."),
            {"bewijs": [_("Een bestand mag %(limit)s MB zijn; dit is groter.", limit=limit)]},
        )
    if b"%PDF-" not in incoming.head:
        raise UnsupportedType(
            _("Dit soort bestand neemt het depot niet aan."), {"bewijs": [_("Dit is geen PDF. Kies een PDF-bestand.")]}
        )
    return incoming
