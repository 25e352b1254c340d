"""What of a dossier ends, and what its calendar goes by."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from depot.catalogue.rules import Shape
from depot.catalogue.service import catalogue
from depot.documents.models import Document, Relation, State, Version
from depot.reminders import queries, rules
from depot.reminders.models import Pause, ReminderStop

HANDED_IN = frozenset({State.SUBMITTED, State.CHECKING, State.IN_REVIEW})


@dataclass(frozen=True)
class Ending:
    """The version of a document that ends last, with no approved one to follow it, and what its calendar goes by."""

    version: Version
    evidence: rules.Evidence
    pause: Pause | None
    stop: ReminderStop | None


def of(dossier: Sequence[Document]) -> Mapping[UUID, Ending]:
    """What ends in whole dossiers, by document; nothing is said of what has an approved successor, or of
    a kind without reminder days.
    """
    versions = {row.id: version for row in dossier if (version := _last_to_end(row)) is not None}
    pauses, stops = queries.pauses(versions), queries.stops(versions)
    lines: dict[tuple[UUID, str], list[Document]] = defaultdict(list)
    for row in dossier:
        lines[row.company_id, row.kind].append(row)
    found = {}
    for row in dossier:
        kind, version = catalogue().kinds.get(row.kind), versions.get(row.id)
        if kind is None or not kind.reminders or version is None or version.next_due_on is None:
            continue
        # What covers a period (a policy, a mark) is renewed in itself; of what is dated, a newer one of the kind will do.
        line = [row] if kind.axis.shape is Shape.PERIOD else lines[row.company_id, row.kind]
        end = version.next_due_on
        if any(each.id in versions and _end(versions[each.id]) > end for each in line):
            continue
        pause, stop = pauses.get(row.id), stops.get((row.id, end))
        evidence = rules.Evidence(
            row.id,
            end,
            rules.wanted_on(end, kind.lead_time),
            kind.reminders,
            is_handed_in=any(other.state in HANDED_IN for each in line for other in each.versions),
            is_left=stop is not None,
            paused_until=pause.until if pause else None,
        )
        found[row.id] = Ending(version, evidence, pause, stop)
    return found


def _last_to_end(document: Document) -> Version | None:
    """The approved version that ends last; a correction or change took the place of the one before it."""
    standing: list[Version] = []
    for version in document.versions:
        if version.state is State.APPROVED:
            if version.relation in (Relation.CORRECTION, Relation.CHANGE):
                del standing[-1:]
            standing.append(version)
    return max(standing, key=_end, default=None)


def _end(version: Version) -> date:
    return version.next_due_on or date.max
