"""Candidates that stand at a label: behind it, beside it, below it. Pure."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from depot.catalogue.rules import FieldSpec, FieldType
from depot.reading.candidates import OPEN_END, Candidate, tidied, values_of
from depot.reading.choices import codes_in, without_open_boxes, yes_or_no
from depot.reading.definitions import FieldRule, Rules
from depot.reading.labels import Rank
from depot.reading.layout import Line, Piece
from depot.reading.spots import Spot
from depot.reading.values import Value, values

SURE = 0.8
"""From which confidence of its least certain word a recognised value is not doubted for how it was read."""
TEXT_LENGTH = 120
PROSE_LENGTH = 4000
LOOSE = 3
"""How many characters are at most between a label and its value that run into each other."""

_ODD = re.compile(r":|\(|(?:,|(?<!\w)(?:en|of|van|de|het))$|(?<!\w)d\.?d\.?(?!\w)|\.\s+[A-Z][a-z]+ ")
_SENTENCES = re.compile(r"\w{3}\.\s+[A-Z]|^.{80}|\?$|^\d{4} ?[A-Z]{2}(?!\w)")
"""What no name or number is: sentences, questions, postcodes."""
_THOUSANDS = re.compile(
    r"(?:bedragen|in|x|×|\*)\s*(?:x|×|\*|in)?\s*(?:€|EUR|euro)?\s*(?:1[.]?000(?![.\d])|duizend(?:en|tallen)?(?!\w))"
    r"|(?:€|EUR|euro)\s*(?:x|×|\*)\s*1[.]?000(?![.\d])|(?<!\w)(?:k€|€\s?k|kEUR)(?!\w)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def at_spot(spec: FieldSpec, rule: FieldRule, spot: Spot, lines: Sequence[Line], whole: str) -> Iterator[Candidate]:
    """What stands at a spot of the field; `whole` is the text of the document."""
    is_unsure = spot.confidence < SURE or spot.is_one_of_rows or spot.rank is Rank.HINTED
    match spec.type:
        case FieldType.TEXT:
            yield from _texts_at(rule, spot, is_unsure=is_unsure)
        case FieldType.PROSE:
            if not spot.is_loose:
                yield Candidate(spot.block[:PROSE_LENGTH], spot.snippet, spot.rank, is_unsure)
        case FieldType.BOOLEAN:
            for is_so in yes_or_no(rule, spot.text):
                yield Candidate(is_so, spot.snippet, spot.rank, is_unsure)
        case FieldType.CHOICE | FieldType.CHOICES:
            yield from _choices_at(spec, rule, spot, is_unsure=is_unsure)
        case FieldType.AMOUNT | FieldType.SIGNED_AMOUNT:
            yield from _amounts_at(spec, spot, lines, whole, is_unsure=is_unsure)
        case _:
            there = values_of(spec, spot.text)
            is_one_of_several = len({value.written for value in there}) > 1 or bool(OPEN_END.search(spot.snippet))
            for value in there[:1]:
                is_far = spot.is_loose and value.start > LOOSE
                yield Candidate(value.written, spot.snippet, spot.rank, is_unsure or is_one_of_several or is_far)


def in_ranges(spec: FieldSpec, rules: Rules, found: Sequence[Spot]) -> Iterator[Candidate]:
    """Two days beside one label, or one: a first day alone has no last."""
    for item in rules.ranges:
        place = {item.start: 0, item.end: 1}.get(spec.name)
        for spot in found:
            if place is None or spot.owner != f"{item.start}..{item.end}":
                continue
            text = f"{spot.text} {' '.join(piece.text for piece in spot.columns if piece.text != spot.text)}"
            inside = values(FieldType.DAY, spot.text)
            days = inside if len(inside) > 1 else values(FieldType.DAY, text) or values(FieldType.DAY, spot.block)
            if len(days) > place:
                is_open = place == 1 and bool(OPEN_END.search(text))
                is_doubtful = is_open or len(days) > 2 or spot.confidence < SURE or spot.rank is Rank.HINTED
                yield Candidate(days[place].written, spot.snippet, spot.rank, is_doubtful)


def _texts_at(rule: FieldRule, spot: Spot, *, is_unsure: bool) -> Iterator[Candidate]:
    text = tidied(spot.wrapped, rule)
    is_guess = spot.is_loose or spot.rank is Rank.HINTED
    if not text or (spot.is_loose and not _is_value_like(text)) or (is_guess and _SENTENCES.search(spot.wrapped)):
        return
    is_odd = len(text) > TEXT_LENGTH or bool(_ODD.search(text)) or bool(values(FieldType.DAY, text))
    is_weak = spot.rank is Rank.WEAKLY_LABELLED or spot.is_loose or spot.wrapped != spot.text
    yield Candidate(text[:TEXT_LENGTH], spot.snippet, spot.rank, is_odd or is_weak or is_unsure)


def _is_value_like(text: str) -> bool:
    return len(text) <= TEXT_LENGTH / 2 and (text[0].isupper() or text[0].isdigit()) and not text.endswith(".")


def _choices_at(spec: FieldSpec, rule: FieldRule, spot: Spot, *, is_unsure: bool) -> Iterator[Candidate]:
    codes = codes_in(spec, rule, without_open_boxes(spot.block if spec.type is FieldType.CHOICES else spot.text))
    if not codes:
        codes = codes_in(spec, rule, without_open_boxes(spot.block))
        is_unsure = True
    if spec.type is FieldType.CHOICES:
        if codes:
            yield Candidate(sorted(set(codes)), spot.snippet, spot.rank, is_unsure)
        return
    for code in codes[:1] if rule.is_ranked else codes:
        yield Candidate(code, spot.snippet, spot.rank, is_unsure)


def _amounts_at(
    spec: FieldSpec, spot: Spot, lines: Sequence[Line], whole: str, *, is_unsure: bool
) -> Iterator[Candidate]:
    """The amount at a spot; of several columns that of the latest year that stands above them."""
    inside = values(spec.type, spot.text)
    cells = [(piece, found[0]) for piece in spot.columns if (found := values(spec.type, piece.text))]
    if not inside and not cells:
        return
    chosen, is_doubtful = (inside or [cells[0][1]])[0], is_unsure
    is_doubtful |= bool(inside) and spot.is_loose and inside[0].start > LOOSE
    if len(cells) > 1 and (not inside or spot.text == spot.columns[0].text):
        cell = _of_latest_year(cells, spot.at, lines)
        chosen, is_doubtful = (cell[1], is_doubtful) if cell else (chosen, True)
    if _THOUSANDS.search(whole):
        yield Candidate(f"{Decimal(chosen.written) * 1000:.2f}", spot.snippet, spot.rank, is_doubtful=True)
    else:
        is_bare = not chosen.is_plain and len(chosen.written) <= len("1234.00")
        yield Candidate(chosen.written, spot.snippet, spot.rank, is_doubtful or is_bare)


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
