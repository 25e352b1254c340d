"""Standard requirements that a buyer picks from and fills in; the list itself is `library.yaml`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from depot.catalogue.rules import FieldSpec, Kind, Words
from depot.catalogue.service import legal_grounds
from depot.companies.glossary import MUNICIPALITIES, SERVICES, TARGET_GROUPS
from depot.core.errors import Invalid, NotFound
from depot.core.forms import parse_amount
from depot.core.i18n import Text, _
from depot.core.periods import Period
from depot.tenders.language import MUNICIPALITY
from depot.tenders.reasons import period_text

FILE = Path(__file__).parent / "library.yaml"

GROUPS: Mapping[str, Text] = {
    "company": _("Bedrijf en uitsluiting"),
    "standing": _("Geld en verzekering"),
    "experience": _("Ervaring en resultaten"),
    "people": _("Medewerkers"),
    "quality": _("Kwaliteit en regels"),
    "profile": _("Aanbod van het bedrijf"),
    "performance": _("Uitvoering: het bedrijf verklaart het"),
    "award": _("Gunning: het depot toont het"),
}

_GLOSSARY: Mapping[str, Mapping[str, Text]] = {"services": SERVICES, "targetGroups": TARGET_GROUPS}
_MONTHS = (1, 3, 6, 12, 18, 24, 36)
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,4})?")

Answers = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Question:
    """What the buyer fills in; `type` is period, amount, count, decimal, text, municipality, choice or choices.

    `options` names a list of the glossary, or a choice field of a kind as `kind.field` (`kind.list.column`).
    """

    name: str
    type: str
    label: Words
    default: str | tuple[str, ...]
    options: str | None = None


@dataclass(frozen=True)
class Standard:
    """One standard requirement, with questions where it has room; `group` is a key of GROUPS."""

    code: str
    group: str
    label: Words
    explanation: Words
    questions: tuple[Question, ...]
    requirement: Mapping[str, Any]


@cache
def standards() -> Mapping[str, Standard]:
    """All standard requirements by code, in the order of the list."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {row["code"]: _standard(row) for row in rows}


def standard(code: str) -> Standard:
    """One standard requirement; raises NotFound."""
    if code not in standards():
        raise NotFound(_("Deze standaardeis bestaat niet."))
    return standards()[code]


def fill(code: str, answers: Answers, id: str) -> dict[str, Any]:
    """A requirement in rule JSON from a standard one and the buyer's answers; raises Invalid on a field that is wrong.

    A question that is not among the answers gets its default.
    """
    found = standard(code)
    values, wrong = {}, {}
    for question in found.questions:
        try:
            values[question.name] = _read(question, answers.get(question.name, question.default))
        except ValueError:
            wrong[question.name] = [HOW[question.type]]
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    return {"id": id, "label": found.label.nl, **_filled(found.requirement, values)}


def recognise(requirement: Mapping[str, Any]) -> tuple[Standard, dict[str, str | tuple[str, ...]]] | None:
    """The standard that a requirement was made from, with the answers that give its rule; None for a rule of one's own."""
    if "rule" not in requirement:
        return None
    for found in standards().values():
        values: dict[str, Any] = {}
        if "rule" in found.requirement and _fits(found.requirement["rule"], requirement["rule"], values):
            answers = {name: _typed(value) for name, value in values.items()}
            if _gives(found, answers, values):
                return found, answers
    return None


def offered(question: Question, kinds: Mapping[str, Kind]) -> tuple[tuple[str, Text | Words], ...]:
    """The codes that a question takes, with their words; none for what is typed."""
    if question.type == "period":
        return tuple((f"P{months}M", period_text(Period(months))) for months in _MONTHS)
    if question.options is None:
        return ()
    if question.options in _GLOSSARY:
        return tuple(_GLOSSARY[question.options].items())
    kind, *names = question.options.split(".")
    found: Kind | FieldSpec | None = kinds.get(kind)
    for name in names:
        found = found.field(name) if found is not None else None
    return found.choices if isinstance(found, FieldSpec) else ()


HOW: Mapping[str, Text] = {
    "period": _("Schrijf een termijn als P6M (6 maanden) of P2Y (2 jaar)."),
    "amount": _("Schrijf een bedrag als 1.250.000,00."),
    "count": _("Schrijf een heel getal."),
    "decimal": _("Schrijf een getal als 7,5."),
    "text": _("Vul dit in."),
    "municipality": _("Schrijf de code van een gemeente als gm0200."),
    "choice": _("Kies een van de mogelijkheden."),
    "choices": _("Kies er minstens een."),
}


def _read(question: Question, answer: str | Sequence[str]) -> str | int | list[str]:
    given = [answer] if isinstance(answer, str) else list(answer)
    texts = [text.strip() for text in given if text.strip()]
    if not texts:
        raise ValueError(answer)
    text = texts[0]
    match question.type:
        case "period":
            Period.parse(text.upper())
            return text.upper()
        case "amount":
            return f"{parse_amount(text):.2f}"
        case "count":
            return int(text)
        case "decimal":
            return _decimal(text.replace(",", "."))
        case "municipality":
            return _municipality(text)
        case "choices":
            return [_known(each, question) for each in texts]
        case "choice":
            return _known(text, question)
        case _:
            return text


def _decimal(text: str) -> str:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return text


def _municipality(text: str) -> str:
    by_name = {name.lower(): code for code, name in MUNICIPALITIES.items()}
    code = by_name.get(text.lower(), text.lower())
    if not MUNICIPALITY.fullmatch(code):
        raise ValueError(text)
    return code


def _known(code: str, question: Question) -> str:
    """A code as it is; whether a field of a kind has it, the language says."""
    if code not in _GLOSSARY.get(question.options or "", {code: None}):
        raise ValueError(code)
    return code


def _typed(value: Any) -> str | tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else str(value)


def _gives(found: Standard, answers: Mapping[str, str | tuple[str, ...]], values: Mapping[str, Any]) -> bool:
    """Whether these answers lead back to the rule that they were read from."""
    try:
        return all(_read(question, answers[question.name]) == values[question.name] for question in found.questions)
    except ValueError:
        return False


def _fits(template: Any, value: Any, found: dict[str, Any]) -> bool:
    """Whether a value has the shape of a template; what stands at its questions is put into `found`."""
    if isinstance(template, dict) and "$" in template:
        return bool(found.setdefault(template["$"], value) == value)
    if isinstance(template, dict) and isinstance(value, dict):
        return template.keys() == value.keys() and all(_fits(template[key], value[key], found) for key in template)
    if isinstance(template, list) and isinstance(value, list):
        return len(template) == len(value) and all(
            _fits(one, other, found) for one, other in zip(template, value, strict=True)
        )
    return type(template) is type(value) and bool(template == value)


def _filled(value: Any, answers: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return answers[value["$"]] if "$" in value else {key: _filled(item, answers) for key, item in value.items()}
    return [_filled(item, answers) for item in value] if isinstance(value, list) else value


def _standard(row: Mapping[str, Any]) -> Standard:
    requirement = dict(row["requirement"])
    if "legalBasis" in requirement:
        requirement["legalBasis"] = "; ".join(legal_grounds()[code].name.nl for code in requirement["legalBasis"])
    return Standard(
        row["code"],
        row["group"],
        Words(**row["label"]),
        Words(**row["explanation"]),
        tuple(map(_question, row.get("questions", ()))),
        requirement,
    )


def _question(item: Mapping[str, Any]) -> Question:
    default = item["default"]
    return Question(
        item["name"],
        item["type"],
        Words(**item["label"]),
        tuple(default) if isinstance(default, list) else default,
        item.get("options"),
    )
