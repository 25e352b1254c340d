"""Kinds of document: what is known of one, and on which days it is valid. Pure: facts and days in, answers out.

Facts are JSON: days as ISO 8601, amounts and numbers as decimal strings, keys in English camelCase.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from depot.core.i18n import Text, _, locale
from depot.core.periods import Period

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """The same words in Dutch and English; turned into a string they follow the reader's language."""

    nl: str
    en: str

    @cached_property
    def as_json(self) -> Mapping[str, str]:
        """The words by language."""
        return {"nl": self.nl, "en": self.en}

    def __str__(self) -> str:
        return self.en if locale() == "en" else self.nl


class FieldType(StrEnum):
    """What sort of value a field holds."""

    TEXT = "text"
    PROSE = "prose"
    DAY = "day"
    AMOUNT = "amount"
    SIGNED_AMOUNT = "signed_amount"
    NUMBER = "number"
    WHOLE = "whole"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    KVK_NUMBER = "kvk_number"
    RSIN = "rsin"
    EMAIL = "email"
    ROWS = "rows"


AMOUNTS = frozenset({FieldType.AMOUNT, FieldType.SIGNED_AMOUNT})
NUMERIC = AMOUNTS | {FieldType.NUMBER, FieldType.WHOLE}
ROW_LIMIT = 5000
"""How many rows a list has at most."""


@dataclass(frozen=True)
class Option:
    """One code of a choice field."""

    code: str
    name: Words


@dataclass(frozen=True)
class FieldSpec:
    """One field of a kind, or one column of a field that is a list of rows.

    A list has `columns`, and `rules` that each of its rows keeps; `aliases` are what else people call a column.
    The choices of an ordered field go from low to high, so that "at least" can be asked of it.
    """

    name: str
    type: FieldType
    label: Words
    is_required: bool = False
    hint: Words | None = None
    unit: str | None = None
    choices: tuple[tuple[str, Words], ...] = ()
    columns: tuple["FieldSpec", ...] = ()
    rules: tuple["FactRule", ...] = ()
    aliases: tuple[str, ...] = ()
    is_ordered: bool = False

    @cached_property
    def as_json(self) -> Mapping[str, Any]:
        """What a reason tells of it."""
        return {"field": self.name, "label": self.label.as_json, "type": self.type}

    def field(self, name: str) -> "FieldSpec | None":
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def options(self) -> tuple[Option, ...]:
        """Its codes with their words, each by name."""
        return tuple(Option(code, name) for code, name in self.choices)

    def choice(self, code: str) -> Words:
        """The words of one of its codes; a code that a later catalogue dropped stands for itself."""
        return dict(self.choices).get(code, Words(code, code))


class Rule(StrEnum):
    """What facts must be to each other; the words that a kind's file may use, and no others."""

    ORDER = "order"
    NOT_IN_FUTURE = "not_in_future"
    AT_MOST = "at_most"
    SUM_AT_MOST = "sum_at_most"
    AT_LEAST = "at_least"
    BETWEEN = "between"
    PERCENTAGE = "percentage"
    DIFFER = "differ"
    OWN_NUMBER = "own_number"
    ONLY = "only"
    REQUIRED = "required"
    ABSENT = "absent"
    NO_CITIZEN_NUMBER = "no_citizen_number"
    NOT_PAST = "not_past"


@dataclass(frozen=True)
class When:
    """A condition: a choice or yes/no field has one of these values."""

    field: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True)
class FactRule:
    """One rule over named fields, in force always or under a condition.

    `low` and `high` bound a number, `codes` are the only ones allowed, `why` is told when that is not plain.
    A rule that is a signal refuses nothing: whoever reviews the document reads it.
    """

    rule: Rule
    fields: tuple[str, ...]
    when: When | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    codes: tuple[str, ...] = ()
    why: Words | None = None
    is_signal: bool = False


class Form(StrEnum):
    """What a document of a kind consists of: a file with facts, facts alone, or as the company likes."""

    FILE = "file"
    STRUCTURED = "structured"
    EITHER = "either"


@dataclass(frozen=True)
class Total:
    """A field that follows from the rows of a list: how many, or the sum of a column, of all or of some of them."""

    field: str
    sum: str | None = None
    when: When | None = None


@dataclass(frozen=True)
class Ratio:
    """A figure that follows from two amounts; `is_share` says that people read it as a percentage."""

    name: str
    label: Words
    part: str
    whole: str
    is_share: bool = False


class FileCheck(StrEnum):
    """A check by machine that makes sense for some kinds only; those on the file itself run for every kind."""

    KVK_NUMBER = "kvk_number"
    HOLDER_NAME = "holder_name"
    CITIZEN_NUMBER = "citizen_number"
    LIKENESS = "likeness"
    TOPICS = "topics"
    REGISTER = "register"
    MARK_REGISTER = "mark_register"


@dataclass(frozen=True)
class Topic:
    """What the text of a document should speak of: the beginnings of words that show it, in small letters.

    With a `field` of choices it is looked for when its `choice` is ticked; with one of days, that number is looked for.
    An outdated topic is a signal when it is there.
    """

    name: Words
    words: tuple[str, ...] = ()
    field: str | None = None
    choice: str | None = None
    is_outdated: bool = False


@dataclass(frozen=True)
class Reason:
    """Why a document of a kind often goes back, in words that tell the company what to do."""

    code: str
    says: Words


@dataclass(frozen=True)
class Review:
    """How people look at a document: which points, by two of them or by one, and how long after that again.

    `is_by_rule_allowed` says that the seal of the issuer may confirm the facts without a person; `sealers` are the names
    that its certificates give as the organisation.
    """

    points: tuple[Words, ...]
    needs_second_reviewer: bool = False
    is_by_rule_allowed: bool = False
    sealers: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    next_look: Period = Period(months=12)


@dataclass(frozen=True)
class LegalGround:
    """An article or norm that a kind or a requirement rests on; `says` are our words, not the law's.

    `source` is where the fact was found. Unless `is_verified`, nobody compared it with the text of the law yet.
    """

    code: str
    name: Words
    says: Words
    source: str | None
    is_verified: bool


class Shape(StrEnum):
    """What the validity of a kind hangs on."""

    PERIOD = "period"
    ISSUED = "issued"
    AS_OF = "as_of"
    PERIOD_END = "period_end"


@dataclass(frozen=True)
class Axis:
    """The facts that decide on validity: `day` is the last day of a period, else the day of issue, as-of day or period end.

    `ongoing` and `tacit_renewal` name yes/no fields that excuse a last day that is missing or has passed;
    `issued` names the day of issue of a document whose validity is a period.
    """

    shape: Shape
    day: str
    start: str | None = None
    is_open_end_allowed: bool = False
    ongoing: str | None = None
    tacit_renewal: str | None = None
    issued: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the facts it reads."""
        names = (self.day, self.start, self.ongoing, self.tacit_renewal, self.issued)
        return tuple(name for name in names if name is not None)

    @property
    def issue_field(self) -> str | None:
        """The fact that holds the day of issue, if the kind has one."""
        return self.day if self.shape is Shape.ISSUED else self.issued


@dataclass(frozen=True)
class Equivalence:
    """The choice field, and its codes, by which a company says that this is an equivalent and not the thing itself.

    `scheme` names the choice field that says of what; the norms of a scheme are data beside the kinds.
    """

    field: str
    codes: frozenset[str]
    scheme: str


@dataclass(frozen=True)
class Confirmation:
    """The facts that somebody outside is asked to confirm: whom the field `by` names, where the field `address` says."""

    by: str
    address: str
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Norm:
    """One norm of a scheme: what its mark shows, and an equivalent shows in another way."""

    code: str
    name: Words
    says: Words


@dataclass(frozen=True)
class Scheme:
    """The norms of a mark or standard. `says` are our words; unless `is_verified`, nobody compared them with its text yet."""

    code: str
    norms: tuple[Norm, ...]
    source: str
    is_verified: bool


@dataclass(frozen=True)
class Kind:
    """One entry of the catalogue; `noun` is its name within a sentence, `reminders` are days before the end.

    `next_due` is how long after the axis' day a successor is due where that is not the end of validity; for a period
    without an end it counts from its first day.
    `holder` names the field with the KvK number of the one it is about; two documents whose `identity` fields are
    all the same are probably about the same thing.
    """

    code: str
    name: Words
    noun: Words
    description: Words
    issuer: Words
    axis: Axis
    fields: tuple[FieldSpec, ...]
    personal_data: Words
    review: Review
    legal_grounds: tuple[LegalGround, ...] = ()
    espd_criterion: str | None = None
    max_age: Period | None = None
    next_due: Period | None = None
    lead_time: Period | None = None
    reminders: tuple[int, ...] = ()
    rules: tuple[FactRule, ...] = ()
    checks: frozenset[FileCheck] = frozenset()
    holder: str | None = None
    equivalence: Equivalence | None = None
    confirmation: Confirmation | None = None
    is_late_issue_accepted: bool = False
    form: Form = Form.FILE
    totals: tuple[Total, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    identity: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()

    @property
    def list_field(self) -> FieldSpec | None:
        """The field that is a list of rows; a kind has one at most."""
        return next((field for field in self.fields if field.type is FieldType.ROWS), None)

    @property
    def totalled(self) -> frozenset[str]:
        """The names of the fields that follow from the rows, when there are any."""
        return frozenset(total.field for total in self.totals)

    @cached_property
    def _by_name(self) -> Mapping[str, FieldSpec]:
        return {field.name: field for field in self.fields}

    def field(self, name: str) -> FieldSpec | None:
        """The field of that name, or None."""
        return self._by_name.get(name)


class Status(StrEnum):
    """Validity on a day; computed, never stored."""

    MISSING = "missing"
    NOT_YET_VALID = "not_yet_valid"
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    UNDETERMINED = "undetermined"


STATUS_NAMES: dict[Status, Text] = {
    Status.MISSING: _("ontbreekt"),
    Status.NOT_YET_VALID: _("nog niet geldig"),
    Status.VALID: _("geldig"),
    Status.EXPIRING: _("verloopt binnenkort"),
    Status.EXPIRED: _("verlopen"),
    Status.UNDETERMINED: _("niet te bepalen"),
}


@dataclass(frozen=True)
class Dates:
    """The days that follow from facts; `valid_until` is the last valid day, None when it is open or not known.

    `issued_on` is the day of issue, the as-of day or the end of the period that the document reports on.
    """

    issued_on: date | None
    valid_from: date | None
    valid_until: date | None
    next_due_on: date | None


def day_in(facts: Facts, name: str | None) -> date | None:
    """A day among the facts, or None when it is not there."""
    text = facts.get(name) if name is not None else None
    return date.fromisoformat(text) if text else None


def is_ongoing(kind: Kind, facts: Facts) -> bool:
    """Whether the company says that it still goes on, so that no last day is expected."""
    axis = kind.axis
    return axis.ongoing is not None and facts.get(axis.ongoing) is True and not facts.get(axis.day)


def is_equivalent(kind: Kind, facts: Facts) -> bool:
    """Whether the document is put forward as an equivalent (Aw 2.78a, 2.96), which only a buyer can accept."""
    return kind.equivalence is not None and facts.get(kind.equivalence.field) in kind.equivalence.codes


def dates(kind: Kind, facts: Facts) -> Dates:
    """The days that follow from the facts by the kind's axis; ages count in calendar months."""
    axis = kind.axis
    day = day_in(facts, axis.day)
    if axis.shape is Shape.PERIOD:
        start = day_in(facts, axis.start)
        due = day or (kind.next_due.after(start) if kind.next_due and start else None)
        return Dates(day_in(facts, axis.issued), start, day, due)
    until = kind.max_age.after(day) if kind.max_age and day else None
    due = kind.next_due.after(day) if kind.next_due and day else until
    return Dates(day, day, until, due)


def dated_on(kind: Kind, facts: Facts) -> date | None:
    """The day by which documents of a kind come one after another: of issue, as of which, or that a period ends or begins."""
    axis = kind.axis
    if axis.shape is Shape.PERIOD:
        return day_in(facts, axis.issued) or day_in(facts, axis.start)
    return day_in(facts, axis.day)


def validity(kind: Kind, facts: Facts | None, day: date, *, expiring_days: int = 30) -> Status:
    """Whether a document with these facts is valid on a day; first and last day count. No facts at all is `missing`."""
    if facts is None:
        return Status.MISSING
    if kind.axis.shape is Shape.PERIOD:
        return _validity_of_period(kind.axis, facts, day, expiring_days)
    if is_ongoing(kind, facts):
        return Status.VALID
    found = dates(kind, facts)
    if found.valid_from is None:
        return Status.UNDETERMINED
    if day < found.valid_from:
        return Status.NOT_YET_VALID
    return _before_end(found.valid_until, day, expiring_days)


def _validity_of_period(axis: Axis, facts: Facts, day: date, expiring_days: int) -> Status:
    start, end = day_in(facts, axis.start), day_in(facts, axis.day)
    is_renewed = axis.tacit_renewal is not None and facts.get(axis.tacit_renewal) is True
    if end is not None and end < day:
        # Tacitly renewed cover may well run on, but this paper does not show it.
        return Status.UNDETERMINED if is_renewed else Status.EXPIRED
    if start is None:
        return Status.UNDETERMINED
    if day < start:
        return Status.NOT_YET_VALID
    if end is None and not axis.is_open_end_allowed:
        return Status.UNDETERMINED
    return _before_end(end, day, expiring_days)


def _before_end(end: date | None, day: date, expiring_days: int) -> Status:
    if end is None:
        return Status.VALID
    if end < day:
        return Status.EXPIRED
    return Status.EXPIRING if end - day <= timedelta(days=expiring_days) else Status.VALID


_RSIN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def is_kvk_number(text: str) -> bool:
    """Eight digits; the number has no public check digit."""
    return len(text) == 8 and text.isascii() and text.isdigit()


def is_rsin(text: str) -> bool:
    """Nine digits that pass the 11-proef."""
    if len(text) != len(_RSIN_WEIGHTS) or not (text.isascii() and text.isdigit()) or not int(text):
        return False
    return sum(int(digit) * weight for digit, weight in zip(text, _RSIN_WEIGHTS, strict=True)) % 11 == 0
