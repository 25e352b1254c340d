"""An equivalence file on paper: PDF/A-3a and PDF/UA-1, in Dutch, to go with a tender."""

from pathlib import Path
from typing import Any

from depot.catalogue.service import catalogue
from depot.core import clock
from depot.core.i18n import Text, _, shown, speaking
from depot.core.report import render
from depot.verification.equivalence import File
from depot.verification.equivalence_models import SHOWN_NAMES, NormProof

TEMPLATE = Path(__file__).parent / "proof" / "norms.typ"


def pdf(file: File) -> bytes:
    """The file as it stands now."""
    return render(TEMPLATE, content(file), at=clock.now())


def content(file: File) -> dict[str, Any]:
    """What the annex says, as texts."""
    with speaking("nl"):
        company = file.document.company
        return {
            "title": str(_("Bewijs per norm: %(scheme)s", scheme=file.scheme_name)),
            "company": company.legal_name,
            "number": company.organisation.kvk_number or "",
            "day": shown(clock.today()),
            "intro": str(
                _(
                    "%(company)s heeft dit keurmerk niet, en toont hieronder per norm hoe het daaraan voldoet. "
                    "Een beoordelaar van het depot keek of elk document dit toont. "
                    "Of het gelijkwaardig is, besluit de gemeente (Aw 2.96).",
                    company=company.legal_name,
                )
            ),
            "norms": [
                {
                    "name": line.norm.name.nl,
                    "says": line.norm.says.nl,
                    "proofs": [_proof(row) for row in line.proofs],
                }
                for line in file.lines
            ],
            "nothing": str(_("Hiervoor is niets aangeleverd.")),
        }


def _proof(row: NormProof) -> dict[str, str]:
    version = row.version
    state: Text = SHOWN_NAMES[row.shown] if row.shown else _("nog niet bekeken")
    kind = catalogue().kinds[version.document.kind]
    return {
        "title": f"{version.document.title} ({kind.name.nl})",
        "version": str(_("Versie %(number)s, ingediend op %(at)s", number=version.number, at=version.submitted_at)),
        "explanation": row.explanation,
        "looked": f"{state}{f': {row.remark}' if row.remark else ''}",
    }
