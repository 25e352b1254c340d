"""Whether a file bears out what its company says: whose it is, who sealed it, and each fact in its text. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from depot.catalogue.consistency import holds_citizen_number
from depot.catalogue.rules import NUMERIC, Facts, FieldSpec, FieldType, FileCheck, Kind
from depot.catalogue.schemas import reread
from depot.companies.names import normalised
from depot.core.i18n import speaking
from depot.verification import topics
from depot.verification.rules import NOT_LOOKED, OK, Finding, finding, holds_number
from depot.verification.seals import Signatures, Verdict

MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)


@dataclass(frozen=True)
class Claimed:
    """What a company says of a file: of which kind it is, its facts, and the names that the company goes by."""

    kind: Kind
    facts: Facts
    names: Sequence[str]


def judge_proof(claimed: Claimed, text: str, signatures: Signatures, sealed_on: date | None) -> list[Finding]:
    """Findings on a file whose text could be read; `sealed_on` is the day of its seal on the clocks of the Netherlands."""
    kind, found = claimed.kind, []
    if text.strip():
        read = normalised(text)
        if FileCheck.HOLDER_NAME in kind.checks:
            found.append(_holder_name(claimed.names, read))
        if FileCheck.CITIZEN_NUMBER in kind.checks:
            found.append(_citizen_number(claimed.facts, text))
        if FileCheck.TOPICS in kind.checks:
            found += topics.judge(kind, claimed.facts, read)
        if kind.review.sealers:
            found.append(_facts_in_text(claimed, text, read))
    if kind.review.sealers:
        found += _seal(claimed, signatures, sealed_on)
    return found


def is_proven(kind: Kind, findings: Sequence[Finding]) -> bool:
    """Whether the seal of the kind's issuer, holder, days and facts are all proven, and nothing else needs a look."""
    good = {item.check for item in findings if item.outcome is OK}
    return (
        kind.review.is_by_rule_allowed
        and not kind.review.needs_second_reviewer
        and good.issuperset(NEEDED)
        and all(item.outcome is OK or item.reason == NOT_LOOKED for item in findings)
    )


NEEDED = frozenset(
    {
        "virus",
        "type",
        "opens",
        "signature",
        "kvk_number",
        "holder_name",
        "facts_in_text",
        "sealed_by",
        "issue_day",
        "facts",
    }
)


def _says(read: str, name: str) -> bool:
    """Whether normalised text holds a name as words of its own."""
    wanted = normalised(name)
    return bool(wanted) and f" {wanted} " in f" {read} "


def _holder_name(names: Sequence[str], read: str) -> Finding:
    name = next((name for name in names if _says(read, name)), None)
    if name:
        return finding("holder_name", "found", name=name)
    return finding("holder_name", "not_found", names=", ".join(names))


def _citizen_number(facts: Facts, text: str) -> Finding:
    known = str(facts.get("rsin") or "")
    rest = re.sub(r"[\s.\-]?".join(known), "", text) if known else text
    return finding("citizen_number", "found" if holds_citizen_number(rest) else "none")


def _seal(claimed: Claimed, signatures: Signatures, sealed_on: date | None) -> Iterator[Finding]:
    seal, sealers = signatures.seal, claimed.kind.review.sealers
    issuer = claimed.kind.issuer.nl
    if seal is None:
        yield finding("sealed_by", "not_sealed", issuer=issuer)
        return
    if signatures.verdict is not Verdict.TRUSTED:
        yield finding("sealed_by", "unproven", issuer=issuer)
        return
    if normalised(seal.organisation) not in {normalised(name) for name in sealers}:
        yield finding("sealed_by", "other", issuer=issuer, signer=seal.organisation or seal.signer)
        return
    yield finding("sealed_by", "issuer", issuer=issuer)
    said = claimed.facts.get(claimed.kind.axis.issue_field or "")
    if said and sealed_on:
        is_same = date.fromisoformat(said) == sealed_on
        yield finding("issue_day", "same" if is_same else "other", day=f"{sealed_on:%d-%m-%Y}")


def _facts_in_text(claimed: Claimed, text: str, read: str) -> Finding:
    """Each fact as people print it; a choice by its words, a yes or no cannot be found."""
    facts, missing = reread(claimed.kind, claimed.facts), []
    with speaking("nl"):
        for name, value in facts.items():
            spec = claimed.kind.field(name)
            if spec and value not in (None, "", []) and not _stands(spec, value, text, read):
                missing.append(str(spec.label))
    return finding("facts_in_text", "some", labels=", ".join(missing)) if missing else finding("facts_in_text", "all")


def _stands(spec: FieldSpec, value: Any, text: str, read: str) -> bool:
    match value:
        case bool() | list():
            return False
        case date():
            return any(_says(read, form) for form in _days(value))
        case Decimal() | int() if spec.type in NUMERIC:
            return any(holds_number(text, form) for form in _numbers(Decimal(value)))
        case str() if spec.type in (FieldType.KVK_NUMBER, FieldType.RSIN):
            return holds_number(text, value)
        case str() if spec.type is FieldType.CHOICE:
            words = spec.choice(value).nl
            return any(_says(read, form) for form in (words.partition(" (")[0], *re.findall(r"\((.+?)\)", words)))
        case _:
            return all(_says(read, part) for part in str(value).split(","))


def _days(day: date) -> Iterator[str]:
    yield f"{day:%d-%m-%Y}"
    yield f"{day.day}-{day.month}-{day.year}"
    yield f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    yield day.isoformat()


def _numbers(number: Decimal) -> Iterator[str]:
    whole, _point, cents = f"{number:f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    for form in (whole, grouped):
        yield form
        yield f"{form},{cents.ljust(2, '0')}"
