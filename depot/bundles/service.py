"""Releasing a bundle: everything is read, checked, written down and sealed once; fetching it only streams."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, current_app
from sqlalchemy import false, or_, update

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.bundles import choosing, keeping, making, queries, snapshot
from depot.bundles.choosing import Part
from depot.bundles.models import LEGAL_GROUNDS, Bundle, BundleItem, BundleState, Fetch
from depot.core import clock, db, seal
from depot.core.errors import Conflict, Unavailable
from depot.core.http import Stored
from depot.core.i18n import _
from depot.core.storage import store
from depot.core.zipstream import Archive, Damaged
from depot.documents import files
from depot.documents.models import Version
from depot.mail import service as mail
from depot.tenders import dossiers
from depot.tenders import queries as tenders
from depot.tenders.models import Participation, Party, Tender

log = structlog.get_logger()

RESUMABLE = timedelta(days=1)
"""How long a download that broke off can be resumed under the same receipt."""
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
JSON = "application/json"


@dataclass(frozen=True)
class Download:
    """A bundle on its way out: the archive, what proves that it is unchanged, and the row that says who took it."""

    bundle: Bundle
    archive: Archive
    fetch: Fetch
    app: Flask
    """Streaming goes on after the request has ended; recording its end needs the application once more."""


def release(actor: Actor, participation_id: UUID, *, legal_ground: str) -> Bundle:
    """Freeze what was proven for a selected participation, as one sealed bag; nothing in it changes afterwards.

    Takes a selection, a consent in force and a legal ground; raises Conflict where one of them is missing.
    """
    return _release(actor, partial(_one, actor, participation_id), legal_ground=legal_ground, is_of_all=False)


def release_all(actor: Actor, tender_id: UUID, *, legal_ground: str) -> Bundle:
    """Freeze what was proven for all selected of a tender, as one sealed bag with a folder for each.

    Who gave no consent is left out and named. Raises Conflict when nothing goes in, or nothing changed since the last one.
    """
    return _release(actor, partial(_all, actor, tender_id), legal_ground=legal_ground, is_of_all=True)


def preview(row: Participation) -> Part:
    """What would go into the bundle of one participation if it were made now."""
    return choosing.part(row, clock.now())


def preview_all(tender: Tender) -> Sequence[Part]:
    """What would go into the bundle of all selected if it were made now."""
    return choosing.parts(tender, tenders.of_tender(tender, tenders.CHOSEN), clock.now())


@dataclass(frozen=True)
class _Content:
    """What a bundle says, and the rows that it rests on."""

    tender: Tender
    parts: Sequence[Part]
    judged: dossiers.Judged
    said: Mapping[str, Any]


def _release(
    actor: Actor, choose: Callable[[datetime], tuple[Tender, Sequence[Part]]], *, legal_ground: str, is_of_all: bool
) -> Bundle:
    """Read, make the bag, and store its rows if what was read still holds: making takes long, and holds up nobody."""
    made_at, bundle_id = clock.now(), db.new_id()
    number = f"B{made_at.year}-{''.join(secrets.choice(ALPHABET) for _place in range(6))}"
    terms = keeping.terms_now()

    def read() -> _Content:
        tender, parts = choose(made_at)
        judged = dossiers.judge(tender, [part.participation for part in parts if part.chosen], known_at=made_at)
        said = snapshot.describe_bundle(
            tender,
            parts,
            judged,
            number=number,
            legal_ground=LEGAL_GROUNDS[legal_ground].message,
            made_at=made_at,
            terms=terms,
            address=f"{current_app.config['BASE_URL']}/bundels/{bundle_id}",
        )
        return _Content(tender, parts, judged, said)

    with db.reading():
        before = read()
    made = making.make(bundle_id, before.parts, before.said, at=made_at, seal=seal.current(), has_overview=is_of_all)
    tenders.lock(before.tender)
    db.session.expire_all()
    content = read()
    if content.said != before.said:
        raise Conflict(
            _("Er veranderde iets terwijl de bundel werd gemaakt. Kijk wat er nu in komt en probeer het opnieuw.")
        )
    row = Bundle(
        id=bundle_id,
        number=number,
        tender_id=content.tender.id,
        is_of_all=is_of_all,
        made_by=actor.id,
        made_at=made_at,
        legal_ground=legal_ground,
        manifest_sha256=made.manifest_sha256,
        root_sha256=made.root_sha256,
        size=made.size,
        keep_not_awarded=terms.not_awarded,
        keep_after_contract=terms.after_contract,
    )
    _store(actor, row, content, made.items)
    return row


def _store(actor: Actor, row: Bundle, content: _Content, items: Sequence[BundleItem]) -> None:
    """The rows of a bundle, the verdicts that it holds, and the record of it for each company that is in it."""
    going = [part for part in content.parts if part.chosen]
    row.participations = [part.participation for part in going]
    db.session.add(row)
    db.session.flush()
    db.session.add_all(items)
    versions: dict[UUID, list[str]] = {}
    for part in going:
        dossiers.keep_judged(content.judged, part.participation, "bundle")
        versions.setdefault(part.participation.company_id, [])
        for item in part.chosen:
            versions.setdefault(item.party.company_id, []).append(str(item.version.id))
    for company_id, of_company in versions.items():
        said = {"ground": row.legal_ground, "role": actor.role, "versions": of_company}
        audit.record(actor, Action.BUNDLE_RELEASE, row, about=company_id, **said)
    db.session.flush()
    db.session.refresh(row)


def _one(actor: Actor, participation_id: UUID, at: datetime) -> tuple[Tender, Sequence[Part]]:
    row = tenders.participation(actor, participation_id)
    authorize(actor, Action.BUNDLE_RELEASE, row.tender.municipality_id)
    if row.state not in tenders.CHOSEN:
        raise Conflict(_("Een bundel is er voor een geselecteerde deelnemer. Selecteer eerst."))
    part = choosing.part(row, at)
    if not part.consents:
        raise Conflict(_("Het bedrijf heeft zijn toestemming ingetrokken. Zonder toestemming is er geen bundel."))
    if queries.of_participation(actor, row.id):
        raise Conflict(_("Voor deze deelnemer is al een bundel gemaakt."))
    if not part.chosen:
        raise Conflict(_("Er is geen goedgekeurd document dat in de bundel kan."))
    return row.tender, [part]


def _all(actor: Actor, tender_id: UUID, at: datetime) -> tuple[Tender, Sequence[Part]]:
    tender = tenders.own(actor, tender_id)
    authorize(actor, Action.BUNDLE_RELEASE, tender.municipality_id)
    rows = tenders.of_tender(tender, tenders.CHOSEN)
    if not rows:
        raise Conflict(_("Een bundel is er voor een geselecteerde deelnemer. Selecteer eerst."))
    parts = choosing.parts(tender, rows, at)
    if not any(part.consents for part in parts):
        raise Conflict(_("Niemand van de geselecteerden geeft nog toestemming. Zonder toestemming is er geen bundel."))
    if not any(part.chosen for part in parts):
        raise Conflict(_("Er is geen goedgekeurd document dat in de bundel kan."))
    last = queries.of_tender(actor, tender.id)
    if last is not None and is_same(last, parts):
        raise Conflict(
            _(
                "Sinds bundel %(number)s is er niets veranderd. Een nieuwe bundel zou hetzelfde bevatten.",
                number=last.number,
            )
        )
    return tender, parts


def is_same(row: Bundle, parts: Sequence[Part]) -> bool:
    """Whether a bundle holds exactly these participations and versions."""
    going = [part for part in parts if part.chosen]
    versions = {item.version.id for part in going for item in part.chosen}
    return queries.held_by(row) == ({part.participation.id for part in going}, versions)


def fetchable(actor: Actor, bundle_id: UUID) -> Bundle:
    """A bundle that the actor may fetch now; raises Conflict when it is blocked or destroyed."""
    row = queries.get(actor, bundle_id)
    authorize(actor, Action.BUNDLE_FETCH, row.tender.municipality_id)
    if row.state is not BundleState.RELEASED:
        raise Conflict(_("Deze bundel is geblokkeerd of vernietigd."))
    return row


def fetch(actor: Actor, bundle_id: UUID, *, start: int = 0) -> Download:
    """Open a bundle for streaming; who fetched it, when and on what ground is recorded, and the company is mailed.

    From a later byte on it goes on with this person's last download that did not end, when that began within a day.
    """
    row = fetchable(actor, bundle_id)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - as Flask documents it
    archive = making.archive(queries.contents(row.id), row.made_at)
    begun = queries.unfinished(row.id, actor.id, clock.now() - RESUMABLE) if start else None
    if begun is not None:
        return Download(row, archive, begun, app)
    taken = Fetch(
        bundle_id=row.id,
        by=actor.id,
        legal_ground=row.legal_ground,
        receipt=f"O{clock.today().year}-{''.join(secrets.choice(ALPHABET) for _place in range(8))}",
    )
    db.session.add(taken)
    held = queries.versions_by_company(row.id)
    parties = {party.company_id: party for each in row.participations for party in each.parties}
    leading = {each.company_id for each in row.participations}
    for company_id, party in parties.items():
        if company_id in leading or company_id in held:
            # Told whole in the event: the bundle's own list of versions goes when the bundle is destroyed.
            versions = [str(id) for id in held.get(company_id, ())]
            said = {"ground": row.legal_ground, "role": actor.role, "receipt": taken.receipt, "versions": versions}
            audit.record(actor, Action.BUNDLE_FETCH, row, about=company_id, **said)
            _tell_fetched(row, taken, party, len(versions))
    return Download(row, archive, taken, app)


def stream(download: Download, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The bytes of a download from start up to stop, after which is recorded how many went out.

    A reader who leaves half-way leaves an incomplete fetch. What is missing or damaged ends the response short and alarms.
    """
    sent = 0
    try:
        for piece in download.archive.stream(start, stop):
            sent += len(piece)
            yield piece
    except (Damaged, Unavailable) as error:
        log.error("bundle_damaged", bundle=str(download.bundle.id), reason=str(error))
        raise
    finally:
        _record_sent(download, sent, reaches_end=start + sent == download.archive.length)


def _record_sent(download: Download, sent: int, *, reaches_end: bool) -> None:
    with download.app.app_context(), db.transaction() as session:
        bytes_now = Fetch.bytes + sent
        is_all = (bytes_now >= download.archive.length) if reaches_end else false()
        changed = update(Fetch).where(Fetch.id == download.fetch.id)
        session.execute(changed.values(bytes=bytes_now, is_complete=or_(Fetch.is_complete, is_all)))


def _tell_fetched(row: Bundle, taken: Fetch, party: Party, documents: int) -> None:
    """Tell a company that its documents were fetched, and how many those were."""
    tender = row.tender
    for person in accounts.people(party.company_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            "bundle_fetched",
            dedupe_key=f"fetch:{row.id}:{clock.today()}:{person.id}",
            company=party.company.legal_name,
            tender=tender.title,
            municipality=tender.municipality.name,
            number=row.number,
            receipt=taken.receipt,
            documents=documents,
            at=clock.now().isoformat(),
        )


def open_document(actor: Actor, bundle_id: UUID, position: int) -> Stored:
    """One document of a bundle: the buyer may read it because it lies in there, and that is recorded."""
    item = queries.item(actor, bundle_id, position)
    authorize(actor, Action.BUNDLE_FETCH, queries.get(actor, bundle_id).tender.municipality_id)
    if item.version_id is None:
        raise Conflict(_("Dit bestand leest u in de bundel zelf."))
    version = db.session.get_one(Version, item.version_id)
    audit.record(actor, Action.DOCUMENT_READ, version, about=version.document.company_id, bundle=str(bundle_id))
    if version.file is not None:
        return files.stored(version.file)
    content = store().to_send(item.object_key, item.sha256)
    return Stored(content, name=PurePosixPath(item.path).name, media_type=JSON, size=item.size, sha256=item.sha256)


def remove_orphans() -> int:
    """Delete this room's objects that no row points to and that are older than a day; gives how many."""
    return store().remove_orphans("bundles/", queries.stored_keys())
