"""Making the sealed bag: every file is read once more or written, hashed and listed; no row is stored and no lock is held."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app

from depot.bundles import bag, mdto, overview, queries, snapshot
from depot.bundles.choosing import Chosen, Part, Signed
from depot.bundles.models import Bundle, BundleItem
from depot.core import qr
from depot.core.report import render
from depot.core.seal import Seal
from depot.core.storage import store
from depot.core.zipstream import Archive, Entry
from depot.tenders import letters

REPORT = Path(__file__).parent / "report" / "rapport.typ"


@dataclass(frozen=True)
class Bag:
    """What was made: its files in their order, and the SHA-256 of what is sealed and of the root that the seal leads to."""

    items: Sequence[BundleItem]
    manifest_sha256: str
    root_sha256: str
    size: int


def make(
    bundle_id: UUID, parts: Sequence[Part], said: Mapping[str, Any], *, at: datetime, seal: Seal, has_overview: bool
) -> Bag:
    """The bag of what a description says; raises Conflict or Unavailable when a document is damaged or away."""
    items = [_stored(bundle_id, chosen) for part in parts for chosen in part.chosen]
    items += [_declared(bundle_id, each) for part in parts if part.chosen for each in part.declared if each.path]
    items.append(_written(bundle_id, bag.BUNDLE_JSON, snapshot.to_bytes(said)))
    items += [_written(bundle_id, path, data) for path, data in _reports(said, at, seal, has_overview=has_overview)]
    items += [_written(bundle_id, path, data) for path, data in mdto.described(said).items()]
    base = f"bundel-{said['nummer']}"
    payload = [bag.Payload(item.path, item.size, item.sha256) for item in items]
    for item in items:
        item.path = f"{base}/{item.path}"
    info = {"External-Identifier": said["nummer"], "Source-Organization": seal.name}
    title = f"Bundel {said['nummer']}: {snapshot.participants_in(said)}, {said['aanbesteding']['titel']}"
    tags = bag.tag_files(
        payload, base=base, info=info, readme=bag.readme(title=title, made_at=at, seal=seal), seal=seal
    )
    items += [_written(bundle_id, path, data) for path, data in tags.items()]
    for position, item in enumerate(items, start=1):
        item.position = position
    return Bag(
        items,
        manifest_sha256=hashlib.sha256(tags[f"{base}/{bag.TAG_MANIFEST}"]).hexdigest(),
        root_sha256=seal.fingerprint,
        size=archive(items, at).length,
    )


def readme(row: Bundle) -> str:
    """LEESMIJ.txt as it was sealed in a bundle; empty once the bundle is destroyed."""
    key = queries.object_key(row.id, f"bundel-{row.number}/LEESMIJ.txt")
    return store().read(key).decode() if key else ""


def archive(items: Sequence[queries.Stored | BundleItem], modified: datetime) -> Archive:
    """The ZIP that holds some files of the store."""
    objects = store()
    entries = [
        Entry(
            *(item.path, item.size, item.crc32, partial(objects.open, item.object_key)),
            sha256=item.sha256 if objects.hash_on_read else None,
            is_far=objects.is_far,
        )
        for item in items
    ]
    return Archive(entries, modified)


def _stored(bundle_id: UUID, chosen: Chosen) -> BundleItem:
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


def _declared(bundle_id: UUID, signed: Signed) -> BundleItem:
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


def _reports(said: Mapping[str, Any], at: datetime, seal: Seal, *, has_overview: bool) -> Iterator[tuple[str, bytes]]:
    """What people read; each PDF is sealed by itself too (PAdES), as it may travel on without its bag."""
    address = f"{current_app.config['BASE_URL']}/controleren?bundel={said['nummer']}"
    more = {"root": seal.fingerprint, "check": {"address": address, "qr": qr.svg(address).decode()}}
    reason = f"Bundel {said['nummer']}"
    report = render(REPORT, {**said, **more}, at=at)
    yield "data/rapport.pdf", seal.seal_pdf(report, reason=reason, field="Depot")
    if has_overview:
        table = render(overview.TEMPLATE, overview.table(said), at=at)
        yield "data/overzicht.pdf", seal.seal_pdf(table, reason=reason, field="Depot")
        yield "data/overzicht.xlsx", overview.workbook(said)
