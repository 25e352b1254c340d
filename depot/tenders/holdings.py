"""A company's documents as they stand today, on two axes: validity and review."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app

from depot.catalogue.rules import Facts, Kind, Status, validity
from depot.catalogue.service import catalogue
from depot.core import clock
from depot.documents.models import Document, State, Version
from depot.tenders.dossiers import evidence_of
from depot.tenders.evidence import Evidence, Moment, evidence_at


@dataclass(frozen=True)
class Line:
    """One document of a dossier as it stands today: two axes, validity and review, that are never mixed."""

    document: Document
    kind: Kind
    validity: Status
    counting: Version | None
    """The version that counts today."""
    facts: Facts | None

    @property
    def latest(self) -> Version:
        """The last version that the company did not take back, if there is one; its state is the review axis."""
        standing = [item for item in self.document.versions if item.state is not State.WITHDRAWN]
        return standing[-1] if standing else self.document.latest

    @property
    def is_withdrawn(self) -> bool:
        """Whether the company took all of it back."""
        return self.latest.state is State.WITHDRAWN

    @property
    def needs_attention(self) -> bool:
        """Whether the company should act: nothing counts, the end is near, or something was returned, revoked or left a draft."""
        is_weak = self.validity in (Status.MISSING, Status.EXPIRING, Status.EXPIRED)
        waits = self.document.pending is not None and self.document.pending.state is not State.DRAFT
        return (is_weak and not waits) or self.latest.state in (State.DRAFT, State.RETURNED, State.REVOKED)


def lines(rows: Sequence[Document]) -> list[Line]:
    """Some documents as they stand today."""
    day, now = clock.today(), clock.now()
    moment = Moment(day, now, now)
    soon = current_app.config["EXPIRING_DAYS"]
    found = []
    for row, facts in zip(rows, evidence_of(rows), strict=True):
        kind = catalogue().kinds[row.kind]
        counting = evidence_at(facts, kind, moment)
        version = None
        if isinstance(counting, Evidence):
            version = next(item for item in row.versions if str(item.id) == counting.version.version_id)
        known = counting.facts if isinstance(counting, Evidence) else None
        found.append(Line(row, kind, validity(kind, known, day, expiring_days=soon), version, known))
    return found


def missing_kinds(found: Sequence[Line]) -> list[Kind]:
    """Kinds of the catalogue of which the dossier holds nothing."""
    present = {line.kind.code for line in found}
    return [kind for kind in catalogue().kinds.values() if kind.code not in present]
