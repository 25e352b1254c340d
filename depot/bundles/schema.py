"""The JSON Schema (2020-12) of `data/bundel.json`: what a program of a municipality may count on in a bundle."""

import json
from typing import Any

from depot.bundles.snapshot import SCHEMA
from depot.tenders.judgement import Verdict
from depot.tenders.models import PartyRole
from depot.tenders.requirements import RequirementKind
from depot.verification.confirmation_models import ConfirmationState
from depot.verification.confirmation_rules import Outcome as Answered
from depot.verification.equivalence_models import Shown
from depot.verification.rules import Outcome

Node = dict[str, Any]

TEXT: Node = {"type": "string"}
DAY: Node = {"type": "string", "format": "date"}
PERIOD: Node = {"type": "string", "format": "duration"}
INSTANT: Node = {"type": "string", "format": "date-time"}
SHA256: Node = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
SIZE: Node = {"type": "integer", "minimum": 0}
PATH: Node = {"type": "string", "pattern": "^data/"}
OPEN: Node = {"type": "object"}


def text() -> str:
    """The schema as text, as `docs/bundel.schema.json` holds it."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def json_schema() -> Node:
    """What `snapshot.describe_bundle` makes. Rules and facts have schemas of their own: that of eisen, and the catalogue."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Beschrijving van een verzegelde bundel",
        **_object(
            schema={"const": SCHEMA},
            nummer=TEXT,
            gemaaktOp=INSTANT,
            bewaren=_object(nietGegund=PERIOD, naEindeContract=PERIOD),
            adres={"type": "string", "format": "uri"},
            rechtsgrond=TEXT,
            aanbesteding=_object(nummer=TEXT, titel=TEXT, gemeente=TEXT, gemeenteCode=TEXT, sluitingOp=INSTANT),
            eisenset=_object(nummer={"type": "integer", "minimum": 1}, gepubliceerdOp=_or_null(INSTANT), regels=OPEN),
            deelnemers=_list(_participant()),
            nietMee=_list(_object(deelnemer=TEXT, naam=TEXT, kvkNummer=_or_null(TEXT), reden=TEXT)),
            leesbaar=_object(momenten=OPEN, soorten=OPEN, rollen=OPEN, bewaren=TEXT),
        ),
    }


def _participant() -> Node:
    return _object(
        naam=TEXT,
        percelen=_list(TEXT),
        geselecteerdOp=_or_null(INSTANT),
        partijen=_list(_party()),
        beoordeling=_assessment(),
        documenten=_list(_document()),
    )


def _party() -> Node:
    declaration = _object(
        tekst=TEXT,
        bevoegdheid=TEXT,
        ondertekendOp=INSTANT,
        pad=_or_null(PATH),
        sha256=_or_null(SHA256),
        omvang=_or_null(SIZE),
    )
    return _object(
        naam=TEXT,
        kvkNummer=_or_null(TEXT),
        rol={"enum": [role.value for role in PartyRole]},
        taak=TEXT,
        verklaringen=_list(declaration),
        toestemmingen=_list(_object(soorten=_list(TEXT), gegevenOp=INSTANT)),
    )


def _assessment() -> Node:
    requirement = _object(
        eis=TEXT,
        naam=TEXT,
        soort={"enum": [kind.value for kind in RequirementKind]},
        zin=TEXT,
        peildatum=_or_null(DAY),
        oordeel={"enum": [*(verdict.value for verdict in Verdict), None]},
        toelichting=TEXT,
    )
    moment = _object(day=DAY, handedInBy=INSTANT, knownAt=INSTANT)
    return _object(
        evaluator=TEXT,
        catalogus=TEXT,
        momenten={"type": "object", "additionalProperties": moment},
        eisen=_list(requirement),
        resultaat=OPEN,
    )


def _document() -> Node:
    finding = _object(
        controle=TEXT,
        versie={"type": "integer"},
        uitkomst={"enum": [outcome.value for outcome in Outcome]},
        toelichting=TEXT,
        gedaanOp=INSTANT,
    )
    return _object(
        pad=PATH,
        sha256=SHA256,
        omvang=SIZE,
        bestandsnaam=_or_null(TEXT),
        mediatype=TEXT,
        virusscan=TEXT,
        document={"type": "string", "format": "uuid"},
        versie={"type": "integer", "minimum": 1},
        soort=TEXT,
        soortNaam=TEXT,
        titel=TEXT,
        van=TEXT,
        kvkNummer=_or_null(TEXT),
        uitgever=TEXT,
        kenmerk=_or_null(TEXT),
        adres={"type": "string", "format": "uri"},
        gegevens=OPEN,
        gegevensLeesbaar=_list({"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}),
        berekend={"type": "object", "additionalProperties": TEXT},
        rijenLeesbaar=_list(TEXT),
        ingediendOp=_or_null(INSTANT),
        bevindingen=_list(finding),
        besluit=_object(
            uitkomst={"const": "approved"},
            door=TEXT,
            genomenOp=INSTANT,
            eersteBeoordelaarOp=_or_null(INSTANT),
            catalogus=TEXT,
        ),
        bevestiging=_or_null(_confirmation()),
        bewijsPerNorm=_or_null(_norms()),
    )


def _confirmation() -> Node:
    return _object(
        stand={"enum": [state.value for state in ConfirmationState]},
        gevraagdOp=INSTANT,
        gevraagd=OPEN,
        gevraagdOver=_object(document={"type": "string", "format": "uuid"}, versie={"type": "integer", "minimum": 1}),
        maildomein=TEXT,
        adresGecontroleerd=TEXT,
        beantwoordOp=_or_null(INSTANT),
        uitkomst={"enum": [*(outcome.value for outcome in Answered), None]},
        correcties=_list({"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}),
        naarTevredenheid=_or_null({"type": "boolean"}),
        functie=_or_null(TEXT),
        opmerkingen=_or_null(TEXT),
    )


def _norms() -> Node:
    proof = _object(
        document={"type": "string", "format": "uuid"},
        versie={"type": "integer", "minimum": 1},
        titel=TEXT,
        soort=TEXT,
        toelichting=TEXT,
        toegevoegdOp=INSTANT,
        blijktEruit={"enum": [*(shown.value for shown in Shown), None]},
        opmerking=TEXT,
        bekekenOp=_or_null(INSTANT),
    )
    return _object(
        regeling=TEXT,
        regelingNaam=TEXT,
        normen=_list(_object(norm=TEXT, naam=TEXT, bewijzen=_list(proof))),
    )


def _object(**members: Node) -> Node:
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def _list(of: Node) -> Node:
    return {"type": "array", "items": of}


def _or_null(of: Node) -> Node:
    return {"anyOf": [of, {"type": "null"}]}
