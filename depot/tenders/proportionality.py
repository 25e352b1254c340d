"""What a set of requirements asks too much, each remark with the source that says so. Pure: requirements in, remarks out.

Remarks are warnings; only a quality mark without an equivalent is an error (Aw 2.78a, 2.96).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from depot.catalogue.rules import Kind, Shape
from depot.core.i18n import Euro, Text, _
from depot.core.periods import Period
from depot.tenders.reasons import period_text
from depot.tenders.requirements import (
    AllOf,
    AnyOf,
    DatedWithin,
    DocumentRule,
    FieldTest,
    Manual,
    Operator,
    Requirement,
    RequirementSet,
    Rule,
    SameAs,
)

REFERENCE_WINDOW = Period(months=36)
REFERENCE_SHARE = Decimal("0.6")
TURNOVER_TIMES = 3
INSURANCE_TIMES = 3
"""A rule of thumb of our own: no source sets a limit to what a policy covers per claim."""

_ANY_DAY = date(2027, 1, 1)
_EARLY = ("application", "bid")
_STATEMENTS = frozenset({"reference", "espd", "consortium_agreement"})
_CONTINUOUS = "open_house"
_REFERENCE_AMOUNTS = frozenset({"amountInWindow", "amountTotalExVat"})
_TURNOVER = frozenset({"turnover", "turnoverInDomain"})

_PERSONAL: tuple[tuple[str, re.Pattern[str], Text, str], ...] = (
    (
        "citizen_number",
        re.compile(r"\b(bsn|burgerservicenummers?)\b", re.IGNORECASE),
        _("Vraag niet om een burgerservicenummer. Het depot weigert het ook."),
        "uavg-46",
    ),
    (
        "conduct_of_staff",
        re.compile(r"\bvog('?s)?\b|verklaring(en)? omtrent (het )?gedrag", re.IGNORECASE),
        _("Vraag niet om een VOG van medewerkers. Vraag hoogstens of die er is, en van welke datum."),
        "avg-5-1-c",
    ),
    (
        "resume",
        re.compile(r"\bcv('?s)?\b|curriculum vitae|curricula vitae", re.IGNORECASE),
        _("Een cv is meestal niet nodig. Wat u hier vraagt, mag u bij de gunning niet nog eens wegen."),
        "avg-5-1-c",
    ),
    (
        "names_of_staff",
        re.compile(r"\bdiploma\w*|\bnamenlijst\w*|\bnamen van\b|\bpaspoort\w*|\bidentiteitsbewij\w+", re.IGNORECASE),
        _("Vraag niet om namen, diploma's of identiteitsbewijzen. Aantallen en niveaus volstaan."),
        "avg-5-1-c",
    ),
)


@dataclass(frozen=True)
class Call:
    """What is known of the tender: its value in euro without VAT, and its procedure."""

    estimate: Decimal | None = None
    procedure: str = "open"


@dataclass(frozen=True)
class Remark:
    """What is doubtful in one requirement; `source` is a code of the legal grounds. An error stops publication."""

    code: str
    requirement: str
    text: Text
    source: str
    is_error: bool = False


def lint(asked: RequirementSet, call: Call) -> tuple[Remark, ...]:
    """All remarks on a set, in the order of its requirements and each at most once."""
    found = [remark for requirement in asked.requirements for remark in _on_requirement(requirement, call)]
    return tuple(remark for place, remark in enumerate(found) if remark not in found[:place])


def mark_needed(rule: Rule) -> Kind | None:
    """The kind of mark that nobody can do without, though an equivalent exists; None where there is another way."""
    match rule:
        case DocumentRule(kind):
            return kind if kind.equivalence is not None else None
        case SameAs(rule=same):
            return mark_needed(same)
        case AllOf(rules):
            return next(filter(None, map(mark_needed, rules)), None)
        case AnyOf(rules):
            needed = [mark_needed(each) for each in rules]
            return needed[0] if all(needed) else None
        case _:
            return None


def with_equivalent(rule: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """Rule JSON in which an equivalent is accepted wherever a document of the kind `mark` is asked."""
    branch = {"equivalent": mark, "decision": "buyer"}
    if "anyOf" in rule:
        parts = [with_equivalent(part, mark) for part in rule["anyOf"]]
        inside = [each for part in parts for each in part.get("anyOf", [part])]
        once = [each for place, each in enumerate(inside) if each not in inside[:place]]
        return {**rule, "anyOf": once}
    if "allOf" in rule:
        return {**rule, "allOf": [with_equivalent(part, mark) for part in rule["allOf"]]}
    if rule.get("document") == mark or "sameAs" in rule:
        return {"anyOf": [dict(rule), branch]}
    return dict(rule)


def _on_requirement(asked: Requirement, call: Call) -> Iterator[Remark]:
    for code, pattern, text, source in _PERSONAL:
        if any(pattern.search(words) for words in _words(asked)):
            yield Remark(code, asked.id, text, source)
    if asked.rule is None:
        return
    mark = mark_needed(asked.rule)
    if mark is not None:
        yield Remark(
            "mark_without_equivalent",
            asked.id,
            _(
                "Wie om een %(mark)s vraagt, moet ook een gelijkwaardig bewijs aannemen. Zonder die weg kunt u niet publiceren.",
                mark=mark.noun,
            ),
            "aw-2.78a",
            is_error=True,
        )
    documents = list(_documents(asked.rule))
    if documents and asked.legal_basis is None:
        text = _("Noem waarop deze eis rust: een wetsartikel of een norm.")
        yield Remark("no_legal_basis", asked.id, text, "aw-1.10")
    for rule in documents:
        if asked.stage in _EARLY and rule.kind.code not in _STATEMENTS and call.procedure != _CONTINUOUS:
            yield Remark(
                "proof_too_early",
                asked.id,
                _(
                    "Vraag dit bewijs pas na de selectie: %(document)s. Tot dan volstaat de eigen verklaring.",
                    document=rule.kind.noun,
                ),
                "aw-2.85",
            )
        yield from _on_document(asked.id, rule, call)


def _words(asked: Requirement) -> Iterator[str]:
    yield asked.label
    if asked.rule is not None:
        yield from _questions(asked.rule)


def _questions(rule: Rule) -> Iterator[str]:
    match rule:
        case Manual(question):
            yield question
        case AnyOf(rules) | AllOf(rules):
            for each in rules:
                yield from _questions(each)
        case _:
            return


def _documents(rule: Rule) -> Iterator[DocumentRule]:
    """Every document that a rule itself asks; what it takes over from another requirement is that one's."""
    match rule:
        case DocumentRule():
            yield rule
        case AnyOf(rules) | AllOf(rules):
            for each in rules:
                yield from _documents(each)
        case _:
            return


def _on_document(id: str, rule: DocumentRule, call: Call) -> Iterator[Remark]:
    if rule.kind.code == "reference" and rule.at_least > 1:
        text = _("U vraagt %(number)s referenties. Eén per kerncompetentie volstaat.", number=rule.at_least)
        yield Remark("several_references", id, text, "gids-3.5g")
    for test in rule.tests:
        match test:
            case DatedWithin(field, period):
                yield from _on_age(id, rule.kind, field.name, period)
            case FieldTest(field, Operator.WITHIN, (Period() as period,)):
                yield from _on_age(id, rule.kind, field.name, period)
            case FieldTest(field, Operator.GTE, (Decimal() as value,)):
                yield from _on_amount(id, rule.kind, field.name, value, call)


def _on_age(id: str, kind: Kind, name: str, period: Period) -> Iterator[Remark]:
    if kind.code == "reference" and _is_longer(period, REFERENCE_WINDOW):
        text = _("U kijkt %(asked)s terug. Voor referenties is drie jaar het langst.", asked=period_text(period))
        yield Remark("reference_window", id, text, "aw-2.93")
    if kind.axis.shape is not Shape.ISSUED or kind.max_age is None or name != kind.axis.day:
        return
    if _is_longer(kind.max_age, period):
        text = _(
            "Dit is strenger dan de wet: %(document)s mag %(lawful)s oud zijn, u vraagt hoogstens %(asked)s.",
            document=kind.noun,
            lawful=period_text(kind.max_age),
            asked=period_text(period),
        )
        yield Remark("stricter_than_law", id, text, kind.legal_grounds[0].code if kind.legal_grounds else "aw-1.10")


def _on_amount(id: str, kind: Kind, name: str, asked: Decimal, call: Call) -> Iterator[Remark]:
    match kind.code:
        case "reference" if name in _REFERENCE_AMOUNTS:
            yield from _over(
                Remark(
                    "reference_amount",
                    id,
                    _(
                        "Vraag voor een referentie hoogstens 60%% van de geraamde waarde. U vraagt %(asked)s.",
                        asked=Euro(asked),
                    ),
                    "gids-3.5g",
                ),
                asked,
                REFERENCE_SHARE,
                call,
            )
        case "annual_accounts" if name in _TURNOVER:
            text = _("Een omzeteis heeft een zwaarwegende reden nodig. Zet die reden in uw aanbestedingsstukken.")
            yield Remark("turnover_unmotivated", id, text, "gids-3.5d")
            yield from _over(
                Remark(
                    "turnover_too_high",
                    id,
                    _("Vraag hoogstens drie keer de geraamde waarde als omzet. U vraagt %(asked)s.", asked=Euro(asked)),
                    "gids-3.5d",
                ),
                asked,
                Decimal(TURNOVER_TIMES),
                call,
            )
        case "liability_insurance" if name == "amountPerClaim" and call.estimate is not None:
            yield from _over(
                Remark(
                    "insurance_too_high",
                    id,
                    _(
                        "De verzekerde som is meer dan drie keer de geraamde waarde: %(asked)s. Past dat?",
                        asked=Euro(asked),
                    ),
                    "aw-1.10",
                ),
                asked,
                Decimal(INSURANCE_TIMES),
                call,
            )


def _over(remark: Remark, asked: Decimal, share: Decimal, call: Call) -> Iterator[Remark]:
    """The remark if more is asked than a share of the estimate; without an estimate nobody can tell."""
    if call.estimate is None:
        text = _("Vul een geraamde waarde in; nu is niet te zien of dit bedrag bij de opdracht past.")
        yield Remark("amount_without_estimate", remark.requirement, text, remark.source)
    elif asked > share * call.estimate:
        yield remark


def _is_longer(period: Period, than: Period) -> bool:
    return period.before(_ANY_DAY) < than.before(_ANY_DAY)
