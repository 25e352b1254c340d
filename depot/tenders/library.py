"""Standard requirements that a buyer picks from and fills in; the list itself is `library.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from depot.catalogue.rules import Words
from depot.catalogue.service import legal_grounds
from depot.core.errors import Invalid, NotFound
from depot.core.forms import parse_amount
from depot.core.i18n import Text, _
from depot.core.periods import Period

FILE = Path(__file__).parent / "library.yaml"


@dataclass(frozen=True)
class Question:
    """What the buyer fills in; `type` is period, amount, count or text."""

    name: str
    type: str
    label: Words
    default: str


@dataclass(frozen=True)
class Standard:
    """One standard requirement, with questions where it has room."""

    code: str
    label: Words
    explanation: Words
    questions: tuple[Question, ...]
    requirement: Mapping[str, Any]


@cache
def standards() -> Mapping[str, Standard]:
    """All standard requirements by code, in the order of the list."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {row["code"]: _standard(row) for row in rows}


def fill(code: str, answers: Mapping[str, str], id: str) -> dict[str, Any]:
    """A requirement in rule JSON from a standard one and the buyer's answers; raises Invalid on a field that is wrong."""
    if code not in standards():
        raise NotFound(_("Deze standaardeis bestaat niet."))
    standard = standards()[code]
    values, wrong = {}, {}
    for question in standard.questions:
        try:
            values[question.name] = _read(question.type, answers.get(question.name, "").strip())
        except ValueError:
            wrong[question.name] = [HOW[question.type]]
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    return {"id": id, "label": standard.label.nl, **_filled(standard.requirement, values)}


HOW: Mapping[str, Text] = {
    "period": _("Schrijf een termijn als P6M (6 maanden) of P2Y (2 jaar)."),
    "amount": _("Schrijf een bedrag als 1.250.000,00."),
    "count": _("Schrijf een heel getal."),
    "text": _("Vul dit in."),
}


def _read(type: str, text: str) -> str | int:
    if not text:
        raise ValueError(text)
    match type:
        case "period":
            Period.parse(text.upper())
            return text.upper()
        case "amount":
            return f"{parse_amount(text):.2f}"
        case "count":
            return int(text)
        case _:
            return text


def _filled(value: Any, answers: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return answers[value["$"]] if "$" in value else {key: _filled(item, answers) for key, item in value.items()}
    return [_filled(item, answers) for item in value] if isinstance(value, list) else value


def _standard(row: Mapping[str, Any]) -> Standard:
    questions = tuple(
        Question(item["name"], item["type"], Words(**item["label"]), item["default"])
        for item in row.get("questions", ())
    )
    requirement = dict(row["requirement"])
    if "legalBasis" in requirement:
        requirement["legalBasis"] = "; ".join(legal_grounds()[code].name.nl for code in requirement["legalBasis"])
    return Standard(row["code"], Words(**row["label"]), Words(**row["explanation"]), questions, requirement)
