"""What a paper says of the fields of a kind: proposals for a person, each with the words it was read from. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

import marshmallow as ma

from depot.catalogue.consistency import broken
from depot.catalogue.rules import Facts, FieldSpec, FieldType, Kind
from depot.catalogue.schemas import facts_schema, reread, to_json
from depot.reading.at_labels import at_spot, in_ranges
from depot.reading.candidates import OWN_SPELLING, Candidate
from depot.reading.choices import without_open_boxes
from depot.reading.definitions import FieldRule, Rules, rules_of
from depot.reading.in_text import NEAR, in_text, is_of_another, same
from depot.reading.labels import Label, Rank, label
from depot.reading.layout import Line, paragraphs
from depot.reading.spots import Spot, spots
from depot.reading.values import values

SNIPPET = 200
SKIPPED = "-"
GENERAL = (
    "Datum", "Status", "Versie", "Naam", "Kenmerk", "Omschrijving", "Bedrag", "Adres", "Plaats", "Telefoon", "Blad", "Pagina",
    "Referentie", "Contactpersoon", "Handtekening", "Opmerking", "Opmerkingen", "Toelichting", "Functie", "E-mail", "Auteur",
    "Wijziging", "Wijzigingen", "Onderdeel", "Uitkomst", "Plaats en datum", "Behandeld door",
)  # fmt: skip
"""What any paper calls something; no value of anything."""


@dataclass(frozen=True)
class Proposal:
    """A value for a field, in its written form; `is_doubtful` says that another one may be the right one."""

    field: str
    value: Any
    snippet: str
    is_doubtful: bool = False


def propose(kind: Kind, lines: tuple[Line, ...], *, today: date, own_number: str | None = None) -> tuple[Proposal, ...]:
    """What the lines say of the kind's fields, in the order of the fields; nothing that the kind's own checks refuse."""
    rules = rules_of(kind.code)
    text = "\n".join(without_open_boxes(text) for text in paragraphs(lines))
    found = list(spots(lines, _labels(kind, rules)))
    candidates = {
        spec.name: _own(kind, spec, list(_candidates(spec, rule, rules, found, text, lines)), own_number)
        for spec in kind.fields
        for rule in (rules.fields.get(spec.name, FieldRule()),)
    }
    proposals = {spec.name: _chosen(spec, items) for spec in kind.fields if (items := candidates[spec.name])}
    named = {same(item.value): name for name, (rank, item) in proposals.items() if rank < Rank.IN_TEXT}
    for spec in kind.fields:
        if spec.type is FieldType.TEXT and spec.name in proposals and proposals[spec.name][0] >= Rank.IN_TEXT:
            # What is plainly somebody else's name is not this one's too.
            left = [item for item in candidates[spec.name] if named.get(same(item.value), spec.name) == spec.name]
            if left:
                proposals[spec.name] = _chosen(spec, left)
    proposals |= {item.field: (Rank.ANYWHERE, item) for item in _left_over(kind, proposals, text)}
    order = {spec.name: place for place, spec in enumerate(kind.fields)}
    return tuple(sorted(_acceptable(kind, proposals, today, own_number), key=lambda item: order[item.field]))


def _own(kind: Kind, spec: FieldSpec, candidates: list[Candidate], own_number: str | None) -> list[Candidate]:
    """The candidates; of the number of the holder only that of the own company when it is among them."""
    own = [item for item in candidates if spec.name == kind.holder and item.value == own_number]
    return own or candidates


def _left_over(kind: Kind, proposals: Mapping[str, tuple[Rank, Proposal]], text: str) -> Iterator[Proposal]:
    """What no field claimed, for fields that nothing was found of, when there are as many of both; always doubted."""
    for of_type in sorted(OWN_SPELLING):
        fields = [spec for spec in kind.fields if spec.type is of_type]
        claimed = {proposals[spec.name][1].value for spec in fields if spec.name in proposals}
        open_fields = [spec for spec in fields if spec.name not in proposals]
        there = [value for value in values(of_type, text) if not is_of_another(text, value.start)]
        left = {value.written: value for value in there if value.written not in claimed}
        if len(left) < len(open_fields):
            open_fields = [spec for spec in open_fields if spec.is_required]
        if len(left) == len(open_fields):
            for spec, written in zip(open_fields, sorted(left), strict=True):
                snippet = text[max(left[written].start - NEAR, 0) : left[written].end].rpartition("\n")[2]
                yield Proposal(spec.name, written, snippet, is_doubtful=True)


def _labels(kind: Kind, rules: Rules) -> Iterator[Label]:
    for spec in kind.fields:
        rule = rules.fields.get(spec.name, FieldRule())
        yield from (label(spec.name, Rank.LABELLED, text) for text in dict.fromkeys((spec.label.nl, *rule.labels)))
        yield from (label(spec.name, Rank.WEAKLY_LABELLED, text) for text in rule.weak)
        yield from (Label(spec.name, Rank.HINTED, expression) for expression in rule.hints)
    for item in rules.ranges:
        yield from (label(f"{item.start}..{item.end}", Rank.LABELLED, text) for text in item.labels)
    yield from (label(SKIPPED, Rank.LABELLED, text) for text in (*rules.skipped, *GENERAL))


def _candidates(
    spec: FieldSpec, rule: FieldRule, rules: Rules, found: Sequence[Spot], text: str, lines: Sequence[Line]
) -> Iterator[Candidate]:
    for spot in found:
        if spot.owner == spec.name:
            yield from at_spot(spec, rule, spot, lines, text)
    if spec.type is FieldType.DAY:
        yield from in_ranges(spec, rules, found)
    yield from in_text(spec, rule, rules, text)


def _chosen(spec: FieldSpec, candidates: Sequence[Candidate]) -> tuple[Rank, Proposal]:
    """The surest candidate, of several the one that is said most; doubted when another one as sure says something else."""
    best = min(item.rank for item in candidates)
    rivals = [item for item in candidates if item.rank == best]
    counts = Counter(same(item.value) for item in rivals)
    first = min(rivals, key=lambda item: (item.is_doubtful, -counts[same(item.value)]))
    competes = any(same(item.value) != same(first.value) for item in rivals)
    is_doubtful = competes or first.is_doubtful
    snippet = re.sub(r"\s+", " ", first.snippet).strip()[:SNIPPET]
    return best, Proposal(spec.name, first.value, snippet, is_doubtful)


def _acceptable(
    kind: Kind, proposals: Mapping[str, tuple[Rank, Proposal]], today: date, own_number: str | None
) -> Iterable[Proposal]:
    """Those that the schema and the rules of the kind take, each by itself and all together.

    Of those that contradict each other the least sure one goes first.
    """
    kept = {name: item for name, item in proposals.items() if _loads(kind, item[1])}
    while True:
        facts = {name: item.value for name, (_rank, item) in kept.items()}
        wrong = broken(kind, reread(kind, facts), today=today, own_number=own_number).keys() & kept.keys()
        if not wrong:
            return [item for _rank, item in kept.values()]
        party = {name for rule in kind.rules if wrong & set(rule.fields) for name in rule.fields} & kept.keys()
        suspects = sorted(party if len(wrong) == 1 and not _alone(kind, wrong, kept, today, own_number) else wrong)
        del kept[max(suspects, key=lambda name: (kept[name][0], kept[name][1].is_doubtful, name in wrong))]


def _alone(
    kind: Kind,
    wrong: AbstractSet[str],
    kept: Mapping[str, tuple[Rank, Proposal]],
    today: date,
    own_number: str | None,
) -> bool:
    """Whether a value is refused whatever the others are."""
    facts = {name: kept[name][1].value for name in wrong}
    return bool(broken(kind, reread(kind, facts), today=today, own_number=own_number).keys() & wrong)


def _loads(kind: Kind, item: Proposal) -> bool:
    schema = facts_schema(kind)(None)
    try:
        return bool(to_json(kind, {item.field: schema.fields[item.field].deserialize(item.value)}))
    except ma.ValidationError:
        return False


def facts_of(proposals: Iterable[Proposal]) -> Facts:
    """The values that are not doubted, by field."""
    return {item.field: item.value for item in proposals if not item.is_doubtful}
