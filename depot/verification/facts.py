"""What the automatic checks conclude of facts alone, with a file beside them or without. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date

from depot.catalogue.consistency import broken
from depot.catalogue.rules import Facts, Kind
from depot.catalogue.schemas import reread
from depot.core.i18n import n_, speaking
from depot.verification.rules import Finding, finding


def judge_facts(kind: Kind, facts: Facts, same_things: Sequence[str], today: date) -> list[Finding]:
    """Findings on facts that were accepted: signals of the kind's rules, and titles of documents about the same thing."""
    with speaking("nl"):
        signals = list(_signals(kind, facts, today))
    found = [finding("facts", "signals", signals=signals) if signals else finding("facts", "in_order")]
    if kind.identity:
        found.append(
            finding("same_thing", "found", titles=list(same_things)) if same_things else finding("same_thing", "none")
        )
    return found


def _signals(kind: Kind, facts: Facts, today: date) -> Iterator[str]:
    loaded = reread(kind, facts)
    for name, texts in broken(kind, loaded, today=today, signals=True).items():
        spec = kind.field(name)
        yield f"{spec.label if spec else name}: {texts[0]}"
    if listed := kind.list_field:
        counts: dict[tuple[str, str], int] = {}
        for row in loaded.get(listed.name, ()):
            for name, texts in broken(listed, row, today=today, signals=True).items():
                counts[name, str(texts[0])] = counts.get((name, str(texts[0])), 0) + 1
        for (name, text), number in counts.items():
            column = listed.field(name)
            yield f"{column.label if column else name}: {text} ({n_('%(num)s rij', '%(num)s rijen', num=number)})"
