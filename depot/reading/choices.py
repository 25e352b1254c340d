"""Which of the choices of a field a text names, and which boxes are ticked. Pure."""

import re
from functools import cache

from depot.catalogue.rules import FieldSpec
from depot.reading.definitions import FieldRule, one_of

_YES = one_of(["ja", "yes", "waar", "akkoord"])
_NO = one_of(["nee", "no", "neen", "niet", "geen", "n\\.?v\\.?t\\.?"])
_TICKED, _BOX = "☑☒✓✔✗✘■●", "☐□▢○"
_WRITTEN_BOXES = (
    (re.compile(r"\[\s?[xXvV✓✔]\s?\]|\([xX]\)"), "☑"),
    (re.compile(r"\[\s{0,3}\]|\(\s{1,3}\)"), "☐"),
)
_OPEN = re.compile(rf"[{_BOX}][^{_BOX}{_TICKED}]*")


def codes_in(spec: FieldSpec, rule: FieldRule, text: str, *, own_words: bool = True) -> list[str]:
    """The codes whose words occur, the first of a ranked rule first; words within longer words of another code are that one's.

    The names that the catalogue gives choices count only with `own_words`: they mean too little where nothing says
    that the choice is meant.
    """
    found: list[tuple[int, int, str]] = []
    for code, words in spec.choices:
        expressions = [rule.words[code]] if code in rule.words else []
        if own_words and words.nl:
            expressions.append(_named(words.nl))
        for expression in expressions:
            found += [(*match.span(), code) for match in expression.finditer(text)]
    kept = {
        code
        for start, end, code in found
        if not any(s <= start and end <= e and (e - s) > (end - start) for s, e, other in found if other != code)
    }
    order = list(rule.words) if rule.is_ranked else [code for code, _words in spec.choices]
    return [code for code in order if code in kept]


def yes_or_no(rule: FieldRule, text: str) -> list[bool]:
    """What an answer says, by its first word or by the words of the rule; nothing when it says neither."""
    answer = without_open_boxes(text).lstrip(_TICKED + " ")
    said = [value for value, words in ((True, _YES), (False, _NO)) if words.match(answer)]
    return said or [code == "true" for code, words in rule.words.items() if words.search(answer)][:1]


def without_open_boxes(text: str) -> str:
    """A line without the options that were not ticked, when it has boxes to tick."""
    for expression, box in _WRITTEN_BOXES:
        text = expression.sub(box, text)
    if not any(sign in text for sign in _BOX):
        return text
    return _OPEN.sub(" ", text)


@cache
def _named(words: str) -> re.Pattern[str]:
    return one_of([re.escape(words).replace(r"\ ", " ")])
