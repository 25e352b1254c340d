"""Releasing a bundle: everything is read, checked, written down and sealed once; fetching it only streams."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, current_app

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.bundles import bag, mdto, queries, snapshot
from depot.bundles.models import LEGAL_GROUNDS, Bundle, BundleItem, BundleState, Fetch
from depot.core import clock, db, qr, seal
from depot.core.errors import Conflict, Unavailable
from depot.core.http import Stored
from depot.core.i18n import _
from depot.core.periods import Period
from depot.core.report import render
from depot.core.storage import store
from depot.core.zipstream import Archive, Damaged, Entry
from depot.documents import service as documents
from depot.documents.models import Version
from depot.mail import service as mail
from depot.tenders import dossiers, letters
from depot.tenders import queries as tenders
from depot.tenders.models import Consent, Participation, ParticipationState, Party

log = structlog.get_logger()

RETENTION = Period.parse("P7Y")
RESUMABLE = timedelta(days=1)
"""How long a download that broke off can be resumed under the same receipt."""
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
JSON = "application/json"
REPORT = Path(__file__).parent / "report" / "rapport.typ"


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
    participation = tenders.participation(actor, participation_id)
    authorize(actor, Action.BUNDLE_RELEASE, participation.tender.municipality_id)
    consents = _releasable(actor, participation)
    made_at, bundle_id = clock.now(), db.new_id()
    number = f"B{made_at.year}-{''.join(secrets.choice(ALPHABET) for _place in range(6))}"
    keep_until = RETENTION.after(clock.day_of(made_at))
    moment = snapshot.moment_of(dossiers.moments(participation.tender, made_at, participation))
    chosen = snapshot.choose(participation, consents, moment)
    if not chosen:
        raise Conflict(_("Er is geen goedgekeurd document dat in de bundel kan."))
    said = snapshot.describe_bundle(
        participation,
        chosen,
        consents,
        number=number,
        legal_ground=LEGAL_GROUNDS[legal_ground].message,
        made_at=made_at,
        keep_until=keep_until,
        address=f"{current_app.config['BASE_URL']}/bundels/{bundle_id}",
    )
    items = [_stored(bundle_id, item) for item in chosen]
    items += [_declared(bundle_id, each) for each in snapshot.declared(participation) if each.path]
    items += [
        _written(bundle_id, bag.BUNDLE_JSON, snapshot.to_bytes(said)),
        _written(bundle_id, "data/rapport.pdf", _report(said, made_at)),
        *[_written(bundle_id, path, data) for path, data in mdto.described(said).items()],
    ]
    base = f"bundel-{number}"
    payload = [bag.Payload(item.path, item.size, item.sha256) for item in items]
    for item in items:
        item.path = f"{base}/{item.path}"
    info = {"External-Identifier": number, "Source-Organization": seal.current().name}
    title = f"Bundel {number}: {participation.company.legal_name}, {participation.tender.title}"
    readme = bag.readme(title=title, made_at=made_at, seal=seal.current())
    tags = bag.tag_files(payload, base=base, info=info, readme=readme, seal=seal.current())
    items += [_written(bundle_id, path, data) for path, data in tags.items()]
    for position, item in enumerate(items, start=1):
        item.position = position
    row = Bundle(
        id=bundle_id,
        number=number,
        participation_id=participation.id,
        made_by=actor.id,
        made_at=made_at,
        legal_ground=legal_ground,
        manifest_sha256=hashlib.sha256(tags[f"{base}/{bag.TAG_MANIFEST}"]).hexdigest(),
        size=_archive(items, made_at).length,
        keep_until=keep_until,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all(items)
    dossiers.keep(participation, "bundle")
    versions = [str(item.version.id) for item in chosen]
    audit.record(
        actor, Action.BUNDLE_RELEASE, row, about=participation.company_id, ground=legal_ground, versions=versions
    )
    db.session.flush()
    db.session.refresh(row)
    return row


def preview(participation: Participation) -> list[snapshot.Chosen]:
    """What would go into the bundle if it were made now."""
    moment = snapshot.moment_of(dossiers.moments(participation.tender, clock.now(), participation))
    return snapshot.choose(participation, tenders.consents([participation.id]), moment)


def fetchable(actor: Actor, bundle_id: UUID) -> Bundle:
    """A bundle that the actor may fetch now; raises Conflict when it is blocked or destroyed."""
    row = queries.get(actor, bundle_id)
    authorize(actor, Action.BUNDLE_FETCH, row.participation.tender.municipality_id)
    if row.state is not BundleState.RELEASED:
        raise Conflict(_("Deze bundel is geblokkeerd of vernietigd."))
    return row


def fetch(actor: Actor, bundle_id: UUID, *, start: int = 0) -> Download:
    """Open a bundle for streaming; who fetched it, when and on what ground is recorded, and the company is mailed.

    From a later byte on it goes on with this person's last download that did not end, when that began within a day.
    """
    row = fetchable(actor, bundle_id)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - as Flask documents it
    archive = _archive(row.items, row.made_at)
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
    participation = row.participation
    held = queries.documents_by_company(row.id)
    for party in participation.parties:
        if party.is_own or party.company_id in held:
            audit.record(
                actor, Action.BUNDLE_FETCH, row, about=party.company_id, ground=row.legal_ground, receipt=taken.receipt
            )
            _tell_fetched(row, party, held.get(party.company_id, 0))
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
        row = session.get_one(Fetch, download.fetch.id, with_for_update=True)
        row.bytes += sent
        row.is_complete = row.is_complete or (reaches_end and row.bytes >= download.archive.length)


def _tell_fetched(row: Bundle, party: Party, documents: int) -> None:
    """Tell a company that its documents were fetched, and how many those were."""
    tender = row.participation.tender
    for person in accounts.people(party.company_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            "bundle_fetched",
            dedupe_key=f"fetch:{row.id}:{clock.today()}:{person.id}",
            company=party.company.legal_name,
            tender=tender.title,
            municipality=tender.municipality.name,
            number=row.number,
            documents=documents,
            at=clock.now().isoformat(),
        )


def open_document(actor: Actor, bundle_id: UUID, position: int) -> Stored:
    """One document of a bundle: the buyer may read it because it lies in there, and that is recorded."""
    item = queries.item(actor, bundle_id, position)
    authorize(actor, Action.BUNDLE_FETCH, queries.get(actor, bundle_id).participation.tender.municipality_id)
    if item.version_id is None:
        raise Conflict(_("Dit bestand leest u in de bundel zelf."))
    version = db.session.get_one(Version, item.version_id)
    audit.record(actor, Action.DOCUMENT_READ, version, about=version.document.company_id, bundle=str(bundle_id))
    if version.file is not None:
        return documents.stored(version.file)
    content = store().to_send(item.object_key, item.sha256)
    return Stored(content, name=PurePosixPath(item.path).name, media_type=JSON, size=item.size, sha256=item.sha256)


def remove_orphans() -> int:
    """Delete this room's objects that no row points to and that are older than a day; gives how many."""
    return store().remove_orphans("bundles/", queries.stored_keys())


def _releasable(actor: Actor, participation: Participation) -> Sequence[tuple[Party, Consent]]:
    if participation.state not in (ParticipationState.SELECTED, ParticipationState.AWARDED):
        raise Conflict(_("Een bundel is er voor een geselecteerde deelnemer. Selecteer eerst."))
    consents = tenders.consents([participation.id])
    if not consents:
        raise Conflict(_("Het bedrijf heeft zijn toestemming ingetrokken. Zonder toestemming is er geen bundel."))
    if queries.of_participation(actor, participation.id):
        raise Conflict(_("Voor deze deelnemer is al een bundel gemaakt."))
    return consents


def _stored(bundle_id: UUID, chosen: snapshot.Chosen) -> BundleItem:
    """A document as an item of the bag, its bytes read once more: what is sealed is what was checked."""
    file = chosen.version.file
    if file is None:
        item = _written(bundle_id, chosen.path, snapshot.structured(chosen))
        item.version_id = chosen.version.id
        return item
    store().verified(file.object_key, file.sha256).close()
    return BundleItem(
        bundle_id=bundle_id,
        position=0,
        path=chosen.path,
        object_key=file.object_key,
        size=file.size,
        sha256=file.sha256,
        crc32=file.crc32,
        version_id=chosen.version.id,
    )


def _declared(bundle_id: UUID, signed: snapshot.Signed) -> BundleItem:
    """A sealed declaration, as a copy of the bundle's own."""
    sealed = letters.sealed(signed.declaration)
    if sealed is None or signed.path is None:
        raise ValueError(signed.declaration.id)
    with store().verified(sealed.object_key, sealed.sha256) as file:
        return _written(bundle_id, signed.path, file.read())


def _written(bundle_id: UUID, path: str, data: bytes) -> BundleItem:
    key = f"bundles/{bundle_id}/{hashlib.sha256(path.encode()).hexdigest()[:16]}"
    digest = store().put_bytes(key, data)
    return BundleItem(
        bundle_id=bundle_id,
        position=0,
        path=path,
        object_key=key,
        size=digest.size,
        sha256=digest.sha256,
        crc32=digest.crc32,
    )


def _report(said: Mapping[str, Any], made_at: datetime) -> bytes:
    """The report, sealed as a PDF too (PAdES): it may travel on without its bag, and leads to where that is known."""
    address = f"{current_app.config['BASE_URL']}/controleren?bundel={said['nummer']}"
    more = {"root": seal.current().fingerprint, "check": {"address": address, "qr": qr.svg(address).decode()}}
    pdf = render(REPORT, {**said, **more}, at=made_at)
    return seal.current().seal_pdf(pdf, reason=f"Bundel {said['nummer']}", field="Depot")


def _archive(items: Sequence[BundleItem], modified: datetime) -> Archive:
    opening = store().to_send
    entries = [
        Entry(item.path, item.size, item.crc32, partial(opening, item.object_key, item.sha256)) for item in items
    ]
    return Archive(entries, modified)
