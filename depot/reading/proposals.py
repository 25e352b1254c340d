"""What a paper says of the fields of a kind: proposals for a person, each with the words it was read from. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import marshmallow as ma

from depot.catalogue.consistency import broken
from depot.catalogue.rules import Facts, FieldSpec, FieldType, Kind, Words
from depot.catalogue.schemas import facts_schema, reread, to_json
from depot.reading.definitions import FieldRule, Rules, one_of, rules_of
from depot.reading.layout import Line, Piece, paragraphs
from depot.reading.spots import Label, Rank, Spot, label, spots
from depot.reading.values import Value, values

SURE = 0.8
"""From which confidence of its least certain word a recognised value is not doubted for how it was read."""
SNIPPET = 200
TEXT_LENGTH = 120
PROSE_LENGTH = 4000
NEAR = 60
"""How many characters after a label in running text its value begins at most."""
SKIPPED = "-"
NOTHING = Words("", "")
"""In place of a choice's own words, which mean too little where nothing says that the choice is meant."""

_WORDED = {FieldType.TEXT, FieldType.PROSE, FieldType.BOOLEAN, FieldType.CHOICE, FieldType.CHOICES, FieldType.ROWS}
_ODD = re.compile(r":|(?:,|(?<!\w)(?:en|of|van|de|het))$|(?<!\w)d\.?d\.?(?!\w)")
_YES = one_of(["ja", "yes", "waar"])
_NO = one_of(["nee", "no", "neen", "niet"])
_TICKED, _BOX = "☑☒✓✔✗✘■", "☐□▢"
_THOUSANDS = re.compile(
    r"(?:bedragen|in|x|×|\*)\s*(?:x|×|\*|in)?\s*(?:€|EUR|euro)?\s*(?:1[.]?000(?![.\d])|duizend(?:en|tallen)?(?!\w))"
    r"|(?:€|EUR|euro)\s*(?:x|×|\*)\s*1[.]?000(?![.\d])",
    re.IGNORECASE,
)
_THROUGH = re.compile(r"\s*(?:tot en met|t/m|t\.e\.m\.|tot|–|-|en)\s*", re.IGNORECASE)
_OPEN_END = re.compile(r"(?<!\w)tot(?!\s+en\s+met|\w)", re.IGNORECASE)
"""Words that leave open whether the day after them still counts."""
_PLAIN_END = re.compile(r"tot\s+en\s+met|t/m", re.IGNORECASE)
_OWN_SPELLING = {FieldType.DAY, FieldType.KVK_NUMBER, FieldType.RSIN, FieldType.EMAIL}
"""Types whose values are mistaken for no others, so that running text gives them without doubt."""
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Proposal:
    """A value for a field, in its written form; `is_doubtful` says that another one may be the right one."""

    field: str
    value: Any
    snippet: str
    is_doubtful: bool = False


@dataclass(frozen=True)
class _Candidate:
    value: Any
    snippet: str
    rank: Rank
    is_doubtful: bool = False


@dataclass(frozen=True)
class Paper:
    """Lines of a document with its whole text, in which patterns and words are looked for."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """All lines one after another."""
        return "\n".join(_without_open_boxes(text) for text in paragraphs(self.lines))


def propose(kind: Kind, lines: tuple[Line, ...], *, today: date, own_number: str | None = None) -> tuple[Proposal, ...]:
    """What the lines say of the kind's fields, in the order of the fields; nothing that the kind's own checks refuse."""
    rules, text = rules_of(kind.code), Paper(lines).text
    found = list(spots(lines, _labels(kind, rules)))
    proposals: dict[str, tuple[Rank, Proposal]] = {}
    for spec in kind.fields:
        rule = rules.fields.get(spec.name, FieldRule())
        candidates = list(_candidates(spec, rule, rules, found, text, lines))
        if spec.name == kind.holder and own_number in {item.value for item in candidates}:
            candidates = [item for item in candidates if item.value == own_number]
        if candidates:
            proposals[spec.name] = _chosen(spec, candidates)
    proposals |= {item.field: (Rank.ANYWHERE, item) for item in _left_over(kind, proposals, text)}
    order = {spec.name: place for place, spec in enumerate(kind.fields)}
    return tuple(sorted(_acceptable(kind, proposals, today, own_number), key=lambda item: order[item.field]))


def _left_over(kind: Kind, proposals: Mapping[str, tuple[Rank, Proposal]], text: str) -> Iterator[Proposal]:
    """What no field claimed, for fields that nothing was found of, when there are as many of both; always doubted."""
    for of_type in sorted(_OWN_SPELLING):
        fields = [spec for spec in kind.fields if spec.type is of_type]
        claimed = {proposals[spec.name][1].value for spec in fields if spec.name in proposals}
        open_fields = [spec for spec in fields if spec.name not in proposals]
        left = {value.written: value for value in values(of_type, text) if value.written not in claimed}
        if len(left) < len(open_fields):
            open_fields = [spec for spec in open_fields if spec.is_required]
        if len(left) == len(open_fields):
            for spec, written in zip(open_fields, sorted(left), strict=True):
                snippet = text[max(left[written].start - NEAR, 0) : left[written].end].rpartition("\n")[2]
                yield Proposal(spec.name, written, snippet, is_doubtful=True)


def _labels(kind: Kind, rules: Rules) -> Iterator[Label]:
    for spec in kind.fields:
        rule = rules.fields.get(spec.name, FieldRule())
        yield from (label(spec.name, Rank.LABELLED, text) for text in (spec.label.nl, *rule.labels))
        yield from (label(spec.name, Rank.WEAKLY_LABELLED, text) for text in rule.weak)
    for item in rules.ranges:
        yield from (label(f"{item.start}..{item.end}", Rank.LABELLED, text) for text in item.labels)
    yield from (label(SKIPPED, Rank.LABELLED, text) for text in rules.skipped)


def _candidates(
    spec: FieldSpec, rule: FieldRule, rules: Rules, found: Sequence[Spot], text: str, lines: Sequence[Line]
) -> Iterator[_Candidate]:
    for spot in found:
        if spot.owner == spec.name:
            yield from _at(spec, rule, spot, lines, text)
    if spec.type is FieldType.DAY:
        yield from _in_ranges(spec, rules, found)
        yield from _in_range_of_text(spec, rules, text)
    for pattern in rule.patterns:
        for match in pattern.finditer(text):
            yield from _in_text(spec, rule, match)
    if spec.type not in _WORDED:
        yield from _after_labels(spec, rule, text)
    if rule.words:
        yield from _anywhere(spec, rule, text)
    yield from _most_frequent(spec, rule, text)


def _at(spec: FieldSpec, rule: FieldRule, spot: Spot, lines: Sequence[Line], whole: str) -> Iterator[_Candidate]:
    """What stands at a spot."""
    is_unsure = spot.confidence < SURE or spot.is_one_of_rows
    match spec.type:
        case FieldType.TEXT:
            text = _tidied(spot.wrapped)
            if text and not (spot.is_loose and not _is_value_like(text)):
                is_odd = len(text) > TEXT_LENGTH or bool(_ODD.search(text)) or bool(values(FieldType.DAY, text))
                is_weak = spot.rank is Rank.WEAKLY_LABELLED or spot.is_loose or is_unsure
                yield _Candidate(text[:TEXT_LENGTH], spot.snippet, spot.rank, is_odd or is_weak)
        case FieldType.PROSE:
            if not spot.is_loose:
                yield _Candidate(spot.block[:PROSE_LENGTH], f"{spot.snippet}", spot.rank, is_unsure)
        case FieldType.BOOLEAN:
            yield from _yes_or_no(rule, spot, is_unsure=is_unsure)
        case FieldType.CHOICE | FieldType.CHOICES:
            yield from _choices_at(spec, rule, spot, is_unsure=is_unsure)
        case FieldType.AMOUNT | FieldType.SIGNED_AMOUNT:
            yield from _amounts_at(spec, spot, lines, whole)
        case _:
            there = values(spec.type, spot.text)
            is_one_of_several = len({value.written for value in there}) > 1 or bool(_OPEN_END.search(spot.snippet))
            for value in there[:1]:
                if not spot.is_loose or value.start <= NEAR:
                    yield _Candidate(value.written, spot.snippet, spot.rank, is_unsure or is_one_of_several)


def _amounts_at(spec: FieldSpec, spot: Spot, lines: Sequence[Line], whole: str) -> Iterator[_Candidate]:
    """The amount at a spot; of several columns that of the latest year that stands above them."""
    inside = values(spec.type, spot.text)
    cells = [(piece, found[0]) for piece in spot.columns if (found := values(spec.type, piece.text))]
    if not inside and not cells:
        return
    chosen, is_doubtful = (inside or [cells[0][1]])[0], spot.confidence < SURE or spot.is_one_of_rows
    if len(cells) > 1 and (not inside or spot.text == spot.columns[0].text):
        cell = _of_latest_year(cells, spot.at, lines)
        chosen, is_doubtful = (cell[1], is_doubtful) if cell else (chosen, True)
    if _THOUSANDS.search(whole):
        yield _Candidate(f"{Decimal(chosen.written) * 1000:.2f}", spot.snippet, spot.rank, is_doubtful=True)
    else:
        is_bare = not chosen.is_plain and len(chosen.written) <= len("1234.00")
        yield _Candidate(chosen.written, spot.snippet, spot.rank, is_doubtful or is_bare)


def _of_latest_year(
    cells: Sequence[tuple[Piece, Value]], at: Piece, lines: Sequence[Line]
) -> tuple[Piece, Value] | None:
    above = [line for line in lines if line.pieces[0].page == at.page and line.pieces[0].middle < at.middle]
    for line in reversed(above):
        years = [(piece, found[-1]) for piece in line.pieces if (found := _YEAR.findall(piece.text))]
        headed = [(year, cell) for cell in cells for piece, year in years if piece.overlaps(cell[0])]
        if len(headed) == len(cells) > 1:
            return max(headed, key=lambda item: item[0])[1]
    return None


def _choices_at(spec: FieldSpec, rule: FieldRule, spot: Spot, *, is_unsure: bool) -> Iterator[_Candidate]:
    text = _without_open_boxes(spot.block if spec.type is FieldType.CHOICES else spot.text)
    codes = _codes_in(spec, rule, text)
    if spec.type is FieldType.CHOICES:
        if codes:
            yield _Candidate(sorted(set(codes)), spot.snippet, spot.rank, is_unsure)
        return
    chosen = codes[:1] if rule.is_ranked else codes
    for code in chosen:
        yield _Candidate(code, spot.snippet, spot.rank, is_unsure)


def _codes_in(spec: FieldSpec, rule: FieldRule, text: str) -> list[str]:
    """The codes whose words occur; words within longer words of another code are that one's."""
    found: list[tuple[int, int, str]] = []
    for code, words in spec.choices:
        own = [rule.words[code]] if code in rule.words else []
        named = [one_of([re.escape(words.nl).replace(r"\ ", " ")])] if words.nl else []
        for expression in [*own, *named]:
            found += [(*match.span(), code) for match in expression.finditer(text)]
    kept = {
        code
        for start, end, code in found
        if not any(s <= start and end <= e and (e - s) > (end - start) for s, e, other in found if other != code)
    }
    order = list(rule.words) if rule.is_ranked else [code for code, _words in spec.choices]
    return [code for code in order if code in kept]


def _yes_or_no(rule: FieldRule, spot: Spot, *, is_unsure: bool) -> Iterator[_Candidate]:
    text = _without_open_boxes(spot.text)
    said = [value for value, words in ((True, _YES), (False, _NO)) if words.match(text)]
    said = said or [code == "true" for code, words in rule.words.items() if words.search(text)][:1]
    for value in said:
        yield _Candidate(value, spot.snippet, spot.rank, is_unsure)


def _in_ranges(spec: FieldSpec, rules: Rules, found: Sequence[Spot]) -> Iterator[_Candidate]:
    """Two days beside one label, or one: a first day alone has no last."""
    for item in rules.ranges:
        place = {item.start: 0, item.end: 1}.get(spec.name)
        for spot in found:
            if place is None or spot.owner != f"{item.start}..{item.end}":
                continue
            text = f"{spot.text} {' '.join(piece.text for piece in spot.columns if piece.text != spot.text)}"
            days = values(FieldType.DAY, text if len(values(FieldType.DAY, spot.text)) < 2 else spot.text)
            if len(days) > place:
                # "tot" leaves open whether that day itself counts.
                is_open = place == 1 and re.search(r"(?<!\w)tot(?!\s+en\s+met|\s*&|\w)", text, re.IGNORECASE)
                is_doubtful = bool(is_open) or len(days) > 2 or spot.confidence < SURE
                yield _Candidate(days[place].written, spot.snippet, spot.rank, is_doubtful)


def _in_range_of_text(spec: FieldSpec, rules: Rules, text: str) -> Iterator[_Candidate]:
    """Two days with "tot en met" between them, wherever they stand; doubted, for nothing says of what they are."""
    for item in rules.ranges[:1]:
        place = {item.start: 0, item.end: 1}.get(spec.name)
        days = values(FieldType.DAY, text)
        for pair in pairwise(days):
            if place is not None and _THROUGH.fullmatch(text[pair[0].end : pair[1].start]):
                yield _Candidate(
                    pair[place].written, text[pair[0].start : pair[1].end], Rank.ANYWHERE, is_doubtful=True
                )


def _most_frequent(spec: FieldSpec, rule: FieldRule, text: str) -> Iterator[_Candidate]:
    """What a fallback finds most often, and first of what is found as often."""
    found = [
        item for pattern in rule.fallbacks for match in pattern.finditer(text) for item in _in_text(spec, rule, match)
    ]
    counts = Counter(_same(item.value) for item in found)
    if found:
        best = max(found, key=lambda item: counts[_same(item.value)])
        yield replace(best, rank=Rank.ANYWHERE, is_doubtful=True)


def _in_text(spec: FieldSpec, rule: FieldRule, match: re.Match[str]) -> Iterator[_Candidate]:
    text, snippet = match["value"], match[0]
    if spec.type in (FieldType.TEXT, FieldType.PROSE):
        if tidied := _tidied(re.sub(r"\s+", " ", text)):
            yield _Candidate(tidied, snippet, Rank.IN_TEXT, is_doubtful=True)
    elif spec.type is FieldType.CHOICE:
        for code in _codes_in(spec, rule, text):
            yield _Candidate(code, snippet, Rank.IN_TEXT)
    else:
        for value in values(spec.type, text)[:1]:
            yield _Candidate(value.written, snippet, Rank.IN_TEXT, _is_doubtful_in_text(spec, snippet))


def _is_doubtful_in_text(spec: FieldSpec, snippet: str) -> bool:
    is_one_of_days = spec.type is FieldType.DAY and not _PLAIN_END.search(snippet) and " en " in snippet
    return spec.type not in _OWN_SPELLING or bool(_OPEN_END.search(snippet)) or is_one_of_days


def _fitting(spec: FieldSpec, text: str) -> list[Value]:
    """The values in running text that are of the field's unit, and no year when an amount is looked for."""
    found = values(spec.type, text)
    if spec.unit == "%":
        return [value for value in found if text[value.end :].lstrip().startswith(("%", "procent"))]
    return [value for value in found if value.is_plain]


def _after_labels(spec: FieldSpec, rule: FieldRule, text: str) -> Iterator[_Candidate]:
    """Values that follow a label in running text, with nothing but a few words between them."""
    for name in (spec.label.nl, *rule.labels):
        parts = [re.escape(part) for part in re.findall(r"\w+", name)]
        expression = re.compile(r"(?<!\w)" + r"[\s\-–./]{0,3}".join(parts) + r"(?!\w)", re.IGNORECASE)
        for match in expression.finditer(text):
            after = text[match.end() : match.end() + 2 * NEAR]
            for value in _fitting(spec, after)[:1]:
                between = after[: value.start]
                if value.start <= NEAR and not re.search(r"[.;]\s|\n.*\n", between):
                    snippet = match[0] + after[: value.end]
                    yield _Candidate(
                        value.written, snippet, Rank.IN_TEXT, "\n" in between or _is_doubtful_in_text(spec, snippet)
                    )


def _anywhere(spec: FieldSpec, rule: FieldRule, text: str) -> Iterator[_Candidate]:
    """Choices by their words wherever they stand: one of several is doubted, and so is a set of them."""
    if spec.type is FieldType.BOOLEAN:
        codes = [code for code, words in rule.words.items() if words.search(text)]
    else:
        codes = _codes_in(replace(spec, choices=tuple((code, NOTHING) for code, _words in spec.choices)), rule, text)
    if not codes:
        return
    if spec.type is FieldType.CHOICES:
        yield _Candidate(sorted(set(codes)), _around(rule, codes[0], text), Rank.ANYWHERE, is_doubtful=True)
        return
    for code in codes[:1] if rule.is_ranked else codes:
        value = code == "true" if spec.type is FieldType.BOOLEAN else code
        yield _Candidate(value, _around(rule, code, text), Rank.ANYWHERE, is_doubtful=True)


def _around(rule: FieldRule, code: str, text: str) -> str:
    match = rule.words[code].search(text)
    if match is None:
        return ""
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    return text[start : end if end >= 0 else len(text)]


def _chosen(spec: FieldSpec, candidates: Sequence[_Candidate]) -> tuple[Rank, Proposal]:
    """The surest candidate, of several the one that is said most; doubted when another one as sure says something else."""
    best = min(item.rank for item in candidates)
    rivals = [item for item in candidates if item.rank == best]
    counts = Counter(_same(item.value) for item in rivals)
    first = min(rivals, key=lambda item: (item.is_doubtful, -counts[_same(item.value)]))
    competes = any(_same(item.value) != _same(first.value) for item in rivals)
    is_doubtful = competes or first.is_doubtful
    snippet = re.sub(r"\s+", " ", first.snippet).strip()[:SNIPPET]
    return best, Proposal(spec.name, first.value, snippet, is_doubtful)


def _same(value: Any) -> str:
    return " ".join(str(value).casefold().split())


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


def _without_open_boxes(text: str) -> str:
    """A line without the options that were not ticked, when it has boxes to tick."""
    text = text.replace("[x]", "☑").replace("[X]", "☑").replace("[ ]", "☐")
    if not any(sign in text for sign in _BOX):
        return text
    return re.sub(rf"[{_BOX}][^{_BOX}{_TICKED}]*", " ", text)


def _is_value_like(text: str) -> bool:
    return len(text) <= TEXT_LENGTH / 2 and (text[0].isupper() or text[0].isdigit()) and not text.endswith(".")


def _tidied(text: str) -> str:
    return (
        text.strip(" \t:;,–-_…|").removesuffix(".").strip()
        if not re.search(r"\b[A-Z]\.$", text)
        else text.strip(" :;,–-_|")
    )


def facts_of(proposals: Iterable[Proposal]) -> Facts:
    """The values that are not doubted, by field."""
    return {item.field: item.value for item in proposals if not item.is_doubtful}
