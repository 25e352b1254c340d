"""What the editor of requirements shows beside each of them: sentence, age, ground, and what is doubtful."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depot.catalogue.rules import Kind, LegalGround, Words
from depot.catalogue.service import catalogue, legal_grounds
from depot.companies.glossary import MUNICIPALITIES
from depot.core.forms import parse_amount
from depot.core.i18n import Text, _
from depot.core.pages import amount_typed
from depot.core.periods import Period
from depot.tenders import dossiers, examples, library
from depot.tenders.definitions import Definition, definitions
from depot.tenders.models import PaperRequest, StageName, Tender
from depot.tenders.models import RequirementSet as RequirementSetRow
from depot.tenders.proportionality import Call, Remark, lint
from depot.tenders.reasons import period_text, requirement_sentence
from depot.tenders.requirements import (
    AllOf,
    AnyOf,
    DatedWithin,
    DocumentRule,
    FieldTest,
    Requirement,
    RequirementSet,
    Rule,
)

STAGE_NAMES: Mapping[str, Text] = {
    StageName.APPLICATION: _("bij de aanmelding"),
    StageName.BID: _("bij de inschrijving"),
    StageName.EVIDENCE: _("na de selectie"),
    StageName.CONTRACT: _("bij de start van het contract"),
}

SEVERITIES: Mapping[str, Text] = {
    "knockout": _("Wie niet voldoet, valt af"),
    "minimum": _("Minimumeis"),
    "information": _("Ter informatie"),
}

AGGREGATIONS: Mapping[str, Text] = {
    "each": _("Elke partij voldoet zelf"),
    "any": _("Minstens één partij voldoet"),
    "sum": _("De partijen tellen samen"),
}


@dataclass(frozen=True)
class Doubt:
    """A remark with the ground that it rests on."""

    remark: Remark
    ground: LegalGround


@dataclass(frozen=True)
class Line:
    """One requirement as buyers and companies read it; `proof` are the kinds of document that show it."""

    requirement: Requirement
    sentence: Text
    asked_at: Text | None
    oldest: Text | None
    proof: tuple[Kind, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True)
class Deviation:
    """A word that a tender means otherwise than the list of definitions."""

    definition: Definition
    meaning: str


@dataclass(frozen=True)
class Paper:
    """A kind of document that is asked on paper though the depot holds it."""

    request: PaperRequest
    kind: Words


@dataclass(frozen=True)
class Ask:
    """A question of a standard requirement, with what it offers and what stands there before anybody typed."""

    question: library.Question
    options: tuple[tuple[str, Any], ...]
    value: str | tuple[str, ...]


def lines(tender: Tender, row: RequirementSetRow) -> tuple[Line, ...]:
    """The requirements of a set, in the buyer's order."""
    asked = dossiers.parsed(row)
    remarks = lint(asked, Call(tender.estimate, tender.procedure))
    return tuple(
        Line(
            item,
            requirement_sentence(item),
            STAGE_NAMES[item.stage] if item.stage else None,
            _oldest(item.rule),
            tuple(catalogue().kinds[code] for code in sorted(RequirementSet((item,)).kinds_asked)),
            tuple(Doubt(remark, legal_grounds()[remark.source]) for remark in remarks if remark.requirement == item.id),
        )
        for item in asked.requirements
    )


def shown(tender: Tender, row: RequirementSetRow) -> Mapping[str, Any]:
    """All that the page of a set shows: its lines, the library by group, words, paper, and what stands in the way."""
    found = lines(tender, row)
    wrong = [line.requirement.label for line in found if any(doubt.remark.is_error for doubt in line.doubts)]
    asked_on_paper = papers(tender)
    taken = {paper.request.kind for paper in asked_on_paper}
    kinds = {kind.code: kind.name for line in found for kind in line.proof if kind.code not in taken}
    return {
        "lines": found,
        "errors": wrong,
        "warnings": sum(not doubt.remark.is_error for line in found for doubt in line.doubts),
        "library": [
            (
                name,
                [
                    (each, asks(each, _own(each, tender)))
                    for each in library.standards().values()
                    if each.group == group
                ],
            )
            for group, name in library.GROUPS.items()
        ],
        "deviations": deviations(tender),
        "terms_offered": [(code, each.term) for code, each in definitions().items() if code not in tender.deviations],
        "paper_list": asked_on_paper,
        "kinds": list(kinds.items()),
    }


def deviations(tender: Tender) -> tuple[Deviation, ...]:
    """The words that a tender means otherwise, in the order of the list; a word that the list dropped is left out."""
    return tuple(
        Deviation(each, tender.deviations[code]) for code, each in definitions().items() if code in tender.deviations
    )


def papers(tender: Tender) -> tuple[Paper, ...]:
    """What is asked on paper though the depot holds it."""
    kinds = catalogue().kinds
    return tuple(
        Paper(row, kinds[row.kind].name if row.kind in kinds else Words(row.kind, row.kind))
        for row in examples.paper_requests(tender)
    )


def asks(standard: library.Standard, answers: Mapping[str, str | Sequence[str]] | None = None) -> tuple[Ask, ...]:
    """The questions of a standard requirement, with earlier answers or its defaults."""
    given = answers or {}
    return tuple(_ask(question, given.get(question.name, question.default)) for question in standard.questions)


def _own(standard: library.Standard, tender: Tender) -> Mapping[str, str]:
    """A buyer asks for branches in its own municipality first."""
    code = tender.municipality.municipality_code
    return {each.name: code for each in standard.questions if each.type == "municipality" and code}


def _ask(question: library.Question, value: str | Sequence[str]) -> Ask:
    options = library.offered(question, catalogue().kinds)
    match question.type, value:
        case "period", str():
            period = Period.parse(value)
            is_offered = str(period) in dict(options)
            return Ask(question, options if is_offered else (*options, (str(period), period_text(period))), str(period))
        case "amount", str():
            return Ask(question, options, amount_typed(parse_amount(value)))
        case "municipality", str():
            return Ask(question, options, MUNICIPALITIES.get(value, value))
        case "decimal", str():
            return Ask(question, options, value.replace(".", ","))
        case _:
            return Ask(question, options, value if isinstance(value, str) else tuple(value))


def _oldest(rule: Rule | None) -> Text | None:
    found = _ages(rule) if rule is not None else []
    return period_text(found[0]) if found else None


def _ages(rule: Rule) -> list[Period]:
    match rule:
        case DocumentRule(tests=tests):
            dated = [test.period for test in tests if isinstance(test, DatedWithin)]
            within = [test.values[0] for test in tests if isinstance(test, FieldTest)]
            return dated + [value for value in within if isinstance(value, Period)]
        case AnyOf(rules) | AllOf(rules):
            return [period for each in rules for period in _ages(each)]
        case _:
            return []
