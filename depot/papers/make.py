"""The sample's papers: PDFs that look like what companies really hand in, each marked on every page as an example."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from depot.catalogue import service as catalogue
from depot.catalogue.rules import Facts, FieldType, Kind
from depot.catalogue.schemas import as_shown
from depot.core import clock, report
from depot.core.authority import init
from depot.core.i18n import shown, speaking
from depot.core.seal import Seal, load

FOLDER = Path(__file__).parent
REGISTER = "Voorbeeld Kamer van Koophandel (TEST)"


@dataclass(frozen=True)
class Holder:
    """The company that a paper is about; `legal_form` is a code of the register extract, `rsin` is None without one."""

    name: str
    kvk_number: str
    rsin: str | None
    legal_form: str
    seat: str


def authority(folder: Path) -> Seal:
    """The seal of the sample's register, made in that folder when it is not there yet; never the depot's own."""
    init(folder, organisation=REGISTER)
    return load(folder)


def make(kind: str, facts: Facts, company: Holder, *, at: datetime, seal: Seal | None = None) -> bytes:
    """A paper of a kind that shows exactly these facts, in Dutch; with a seal it carries a PAdES seal of that instant.

    Without a seal the same arguments give the same bytes. Raises KeyError for a kind or a fact that the catalogue
    does not know.
    """
    spec = _kinds()[kind]
    with speaking("nl"):
        data = {
            "kind": {"name": str(spec.name), "issuer": str(spec.issuer), "description": str(spec.description)},
            "company": asdict(company) | {"legal_form": _legal_form(company.legal_form)},
            "facts": _entries(spec, facts),
            "order": [field.name for field in spec.fields if field.name in facts],
            "at": shown(at),
            "day": shown(clock.day_of(at)),
            "is_sealed": seal is not None,
        }
    own = FOLDER / f"{kind}.typ"
    pdf = report.render(own if own.is_file() else FOLDER / "general.typ", data, at=at)
    if seal is None:
        return pdf
    with clock.moved_to(at):
        return seal.seal_pdf(pdf, reason="Waarmerk van een voorbeeld", field="Waarmerk")


@cache
def _kinds() -> Mapping[str, Kind]:
    return catalogue.load(catalogue.FOLDER).kinds


def _legal_form(code: str) -> str:
    field = _kinds()["kvk_extract"].field("legalForm")
    return str(field.choice(code)) if field else code


def _entries(kind: Kind, facts: Facts) -> dict[str, dict[str, Any]]:
    """Each fact by name: its label and value as people read them, and as a code for the template's choices."""
    specs = {spec.name: spec for spec in kind.fields}
    return {
        name: {
            "label": str(specs[name].label),
            "value": as_shown(specs[name], value),
            "code": value,
            "is_prose": specs[name].type is FieldType.PROSE,
        }
        for name, value in facts.items()
    }
