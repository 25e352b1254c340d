"""Candidates in running text, by the words around them. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise

from depot.catalogue.rules import FieldSpec, FieldType
from depot.reading.candidates import OPEN_END, OWN_SPELLING, Candidate, tidied, values_of
from depot.reading.choices import codes_in
from depot.reading.definitions import FieldRule, Rules
from depot.reading.labels import Rank
from depot.reading.values import Value, values

NEAR = 60
"""How many characters after a label in running text its value begins at most."""

_THROUGH = re.compile(r"\s*(?:tot en met|t/m|t\.e\.m\.|tot|–|-|en)\s*", re.IGNORECASE)
_PLAIN_END = re.compile(r"tot\s+en\s+met|t/m", re.IGNORECASE)
_ANOTHER = re.compile(
    r"(?<!\w)(?:vorige?|eerdere?|voorgaande?|oude|vervangt|ter vergelijking|branche|gedrukt|afgedrukt|drukwerk|geprint"
    r"|gevraagd op|aangevraagd)(?!\w)|(?:aanvraag|verzoek|brief|e-mail)\s+van\s+$",
    re.IGNORECASE,
)
"""What says right before a value that it is an earlier paper's, somebody else's, or about the print."""
ANOTHER = 40
"""How many characters before a value that is said at most."""
_OTHER_WORDS = re.compile(r"\n|\w{4}")
_BREAK = re.compile(r"[.;]\s|\n.*\n")


def in_text(spec: FieldSpec, rule: FieldRule, rules: Rules, text: str) -> Iterator[Candidate]:
    """What the sentences of a text say of a field."""
    if spec.type is FieldType.DAY:
        yield from _in_range(spec, rules, text)
    for pattern in rule.patterns:
        for match in pattern.finditer(text):
            yield from _matched(spec, rule, match)
    if spec.type in (*OWN_SPELLING, FieldType.AMOUNT, FieldType.SIGNED_AMOUNT, FieldType.NUMBER, FieldType.WHOLE):
        yield from _after_labels(spec, rule, text)
    if rule.words:
        yield from _by_words(spec, rule, text)
    yield from _by_fallbacks(spec, rule, text)


def _in_range(spec: FieldSpec, rules: Rules, text: str) -> Iterator[Candidate]:
    """Two days with "tot en met" between them, wherever they stand; doubted, for nothing says of what they are."""
    for item in rules.ranges[:1]:
        place = {item.start: 0, item.end: 1}.get(spec.name)
        for pair in pairwise(values(FieldType.DAY, text) if place is not None else []):
            if place is not None and _THROUGH.fullmatch(text[pair[0].end : pair[1].start]):
                snippet = text[pair[0].start : pair[1].end]
                yield Candidate(pair[place].written, snippet, Rank.ANYWHERE, is_doubtful=True)


def _matched(spec: FieldSpec, rule: FieldRule, match: re.Match[str]) -> Iterator[Candidate]:
    text, snippet = match["value"], match[0]
    is_behind = match.start("value") > match.start() + len("€ ")
    if is_of_another(match.string, match.start("value")) or (is_behind and _is_told(spec, match)):
        return
    if spec.type in (FieldType.TEXT, FieldType.PROSE):
        if found := tidied(re.sub(r"\s+", " ", text), rule):
            yield Candidate(found, snippet, Rank.IN_TEXT, is_doubtful=True)
    elif spec.type is FieldType.CHOICE:
        for code in codes_in(spec, rule, text):
            yield Candidate(code, snippet, Rank.IN_TEXT)
    else:
        for value in values_of(spec, text)[:1]:
            yield Candidate(value.written, snippet, Rank.IN_TEXT, _is_doubtful(spec, snippet))


def is_of_another(text: str, at: int) -> bool:
    """Whether the words before a value say that it is something else's."""
    return bool(_ANOTHER.search(re.split(r"[.;]\s|\n", text[max(at - ANOTHER, 0) : at])[-1]))


def _is_told(spec: FieldSpec, match: re.Match[str]) -> bool:
    """Whether an amount stands right before the words that name it, as in "€ 5 per aanspraak, € 10 per jaar"."""
    before = match.string[max(match.start() - ANOTHER, 0) : match.start()]
    found = values(spec.type, before) if spec.type is FieldType.AMOUNT else []
    return bool(found) and found[-1].is_plain and not before[found[-1].end :].strip()


def _is_doubtful(spec: FieldSpec, snippet: str) -> bool:
    is_one_of_days = spec.type is FieldType.DAY and not _PLAIN_END.search(snippet) and " en " in snippet
    return spec.type not in OWN_SPELLING or bool(OPEN_END.search(snippet)) or is_one_of_days


def _after_labels(spec: FieldSpec, rule: FieldRule, text: str) -> Iterator[Candidate]:
    """Values that follow a label in running text, with nothing but a few words between them."""
    for name in dict.fromkeys((spec.label.nl, *rule.labels)):
        for match in _anywhere(name).finditer(text):
            after = text[match.end() : match.end() + 2 * NEAR]
            for value in _fitting(spec, after)[:1]:
                between = after[: value.start]
                if is_of_another(text, match.end() + value.start) or _is_told(spec, match):
                    continue
                if value.start <= NEAR and not _BREAK.search(between):
                    snippet = match[0] + after[: value.end]
                    is_doubtful = bool(_OTHER_WORDS.search(between)) or _is_doubtful(spec, snippet)
                    yield Candidate(value.written, snippet, Rank.IN_TEXT, is_doubtful)


@cache
def _anywhere(name: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.findall(r"\w+", name)]
    return re.compile(r"(?<!\w)" + r"[\s\-–./]{0,3}".join(parts) + r"(?!\w)", re.IGNORECASE)


def _fitting(spec: FieldSpec, text: str) -> list[Value]:
    """The values in running text that are of the field's unit, and no year when an amount is looked for."""
    found = values_of(spec, text)
    if spec.unit == "%":
        return [value for value in found if text[value.end :].lstrip().startswith(("%", "procent"))]
    return [value for value in found if value.is_plain]


def _by_words(spec: FieldSpec, rule: FieldRule, text: str) -> Iterator[Candidate]:
    """Choices by their words wherever they stand: one of several is doubted, and so is a set of them."""
    if spec.type is FieldType.BOOLEAN:
        codes = [code for code, words in rule.words.items() if words.search(text)]
    else:
        codes = codes_in(spec, rule, text, own_words=False)
    if not codes:
        return
    if spec.type is FieldType.CHOICES:
        yield Candidate(sorted(set(codes)), _around(rule, codes[0], text), Rank.ANYWHERE, is_doubtful=True)
        return
    for code in codes[:1] if rule.is_ranked else codes:
        value = code == "true" if spec.type is FieldType.BOOLEAN else code
        yield Candidate(value, _around(rule, code, text), Rank.ANYWHERE, is_doubtful=True)


def _around(rule: FieldRule, code: str, text: str) -> str:
    match = rule.words[code].search(text)
    if match is None:
        return ""
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    return text[start : end if end >= 0 else len(text)]


def _by_fallbacks(spec: FieldSpec, rule: FieldRule, text: str) -> Iterator[Candidate]:
    for pattern in rule.fallbacks:
        for match in pattern.finditer(text):
            for item in _matched(spec, rule, match):
                yield replace(item, rank=Rank.ANYWHERE, is_doubtful=True)


def same(value: object) -> str:
    """A value as it is compared: without case and white space."""
    return " ".join(str(value).casefold().split())
