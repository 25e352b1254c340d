"""The verdicts on all participants of a bundle in one view: a workbook and a table to read, both from its description."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depot.tenders import matrix
from depot.tenders.judgement import Verdict

TEMPLATE = Path(__file__).parent / "report" / "overzicht.typ"
HEAD = ("Deelnemer", "Percelen", "Geselecteerd op", "Eis", "Omschrijving", "Oordeel", "Toelichting", "Peildatum")


def workbook(said: Mapping[str, Any]) -> bytes:
    """An XLSX with a line for each participant and requirement."""
    return matrix.workbook("Oordelen", _lines(said))


def _lines(said: Mapping[str, Any]) -> Iterator[list[str]]:
    moments = said["leesbaar"]["momenten"]
    yield list(HEAD)
    for participant in said["deelnemers"]:
        who = [
            participant["naam"],
            " ".join(participant["percelen"]),
            moments.get(participant["geselecteerdOp"], ""),
        ]
        for item in participant["beoordeling"]["eisen"]:
            verdict = matrix.VERDICT_NAMES[Verdict(item["oordeel"])].message if item["oordeel"] else ""
            day = moments.get(item["peildatum"], "")
            yield [*who, item["eis"], item["naam"], verdict, item["toelichting"], day]


def table(said: Mapping[str, Any]) -> dict[str, Any]:
    """What the PDF shows: the requirements that have a verdict, and the verdicts of each participant by requirement."""
    asked = {
        item["eis"]: item["naam"]
        for participant in said["deelnemers"]
        for item in participant["beoordeling"]["eisen"]
        if item["oordeel"]
    }
    return {
        "number": said["nummer"],
        "tender": said["aanbesteding"],
        "madeAt": said["leesbaar"]["momenten"][said["gemaaktOp"]],
        "closesAt": said["leesbaar"]["momenten"][said["aanbesteding"]["sluitingOp"]],
        "requirements": [{"id": id, "name": name} for id, name in asked.items()],
        "rows": [
            {
                "name": participant["naam"],
                "verdicts": {
                    item["eis"]: {
                        "verdict": item["oordeel"],
                        "reason": item["toelichting"],
                        "day": said["leesbaar"]["momenten"].get(item["peildatum"], ""),
                    }
                    for item in participant["beoordeling"]["eisen"]
                    if item["oordeel"]
                },
            }
            for participant in said["deelnemers"]
        ],
        "leftOut": said["nietMee"],
    }
