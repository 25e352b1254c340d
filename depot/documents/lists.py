"""Lists of rows in a draft: brought in as a table, or row by row. The file is read and forgotten; only rows are kept."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from flask import current_app
from werkzeug.datastructures import FileStorage

from depot.access import Action, Actor, authorize
from depot.catalogue.rules import ROW_LIMIT, FieldSpec
from depot.catalogue.schemas import ROW_ID, row_schema, rows_to_json
from depot.core import db, sandbox
from depot.core.antivirus import CHUNK, Scanner
from depot.core.antivirus import State as Scanned
from depot.core.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from depot.core.forms import check
from depot.core.i18n import Text, _
from depot.core.storage import Incoming
from depot.documents import importing, queries, sheets
from depot.documents.models import FactSet, FactSource, State, Version
from depot.documents.service import kind_of

SIZE_LIMIT = 5 << 20
SECONDS = 10
REFUSALS: Mapping[str, Text] = {
    "rows": _("Een lijst heeft ten hoogste %(limit)s rijen.", limit=ROW_LIMIT),
    "columns": _("De lijst heeft te veel kolommen. Haal de kolommen weg die niet in het sjabloon staan."),
    "cell": _("In een cel staat meer dan 500 tekens. Maak die tekst korter."),
    "unpacked": _("Uitgepakt is dit bestand te groot. Zet alleen de lijst in een nieuw werkblad, zonder opmaak."),
}


def spec_of(version: Version) -> FieldSpec:
    """The list that the kind of a version asks for; NotFound when it asks for none."""
    listed = kind_of(version.document.kind).list_field
    if listed is None:
        raise NotFound(_("Bij dit soort document hoort geen lijst."))
    return listed


def rows_of(version: Version) -> list[dict[str, Any]]:
    """The rows of a version: as handed in, of a draft as entered so far."""
    found: list[dict[str, Any]] = queries.kept_rows(version, kind_of(version.document.kind)).get(
        spec_of(version).name, []
    )
    return found


def row_at(version: Version, place: int) -> dict[str, Any]:
    """One row at a place from 1; empty just past the last one, NotFound elsewhere."""
    rows = [*rows_of(version), {}]
    if not 1 <= place <= len(rows):
        raise NotFound(_("Deze rij staat niet in de lijst."))
    return rows[place - 1]


def bring(actor: Actor, version_id: UUID, *, upload: FileStorage) -> importing.Preview:
    """Put the rows of a CSV or XLSX file in the place of the draft's; when anything in it is wrong, nothing changes."""
    version = _draft(actor, version_id)
    spec = spec_of(version)
    found = importing.preview(spec, table_in(upload))
    if found.is_right:
        _keep(actor, version, rows_to_json(spec, found.rows))
    return found


def put(actor: Actor, version_id: UUID, place: int, *, values: Mapping[str, Any]) -> None:
    """Write one row of a draft at a place from 1; one past the last adds it."""
    version = _draft(actor, version_id)
    spec, rows = spec_of(version), rows_of(version)
    if not 1 <= place <= min(len(rows) + 1, ROW_LIMIT):
        raise NotFound(_("Deze rij staat niet in de lijst."))
    _keep(actor, version, [*rows[: place - 1], *rows_to_json(spec, [check(row_schema(spec)(), values)]), *rows[place:]])


def remove(actor: Actor, version_id: UUID, place: int) -> None:
    """Take one row out of a draft."""
    version = _draft(actor, version_id)
    rows = rows_of(version)
    if not 1 <= place <= len(rows):
        raise NotFound(_("Deze rij staat niet in de lijst."))
    _keep(actor, version, [*rows[: place - 1], *rows[place:]])


def clear(actor: Actor, version_id: UUID) -> None:
    """Take all rows out of a draft."""
    _keep(actor, _draft(actor, version_id), [])


def take_over(actor: Actor, version_id: UUID) -> None:
    """Begin a draft's list with the rows of the version before it."""
    version = _draft(actor, version_id)
    before = queries.before(version)
    if before is None:
        raise NotFound(_("Er is geen vorige versie met een lijst."))
    _keep(actor, version, rows_of(before))


def _draft(actor: Actor, version_id: UUID) -> Version:
    version = queries.version(actor, version_id)
    authorize(actor, Action.DOCUMENT_DEPOSIT, version.document.company_id)
    if version.state is not State.DRAFT:
        raise Conflict(_("Deze versie is al ingediend. De gegevens zijn niet meer te veranderen."))
    return version


def _keep(actor: Actor, version: Version, rows: Sequence[Mapping[str, Any]]) -> None:
    """What a draft holds so far stands in one proposed set, which is replaced: nobody handed it in yet."""
    kept = {spec_of(version).name: [{**row, ROW_ID: f"r{place}"} for place, row in enumerate(rows, start=1)]}
    facts = {**(version.facts(FactSource.PROPOSED) or {}), **kept}
    for item in version.fact_sets:
        if item.source is FactSource.PROPOSED:
            db.session.delete(item)
    db.session.add(FactSet(version_id=version.id, source=FactSource.PROPOSED, facts=facts, by=actor.id))
    db.session.flush()
    db.session.refresh(version, ["fact_sets"])


def table_in(upload: FileStorage) -> importing.Table:
    """The cells of a CSV or XLSX file as text, read in the sandbox; Invalid says what is wrong with the file."""
    incoming = upload.stream
    if not isinstance(incoming, Incoming) or incoming.size > SIZE_LIMIT or incoming.is_too_large:
        raise TooLarge(
            _("Het bestand is te groot."),
            {"bestand": [_("Een lijst mag %(limit)s MB zijn; dit is groter.", limit=SIZE_LIMIT >> 20)]},
        )
    with incoming.finish().open("rb") as file:
        refuse_infected(file)
        told = sandbox.run(sheets.read, file, seconds=SECONDS)
    if told.outcome in (sandbox.Outcome.TIMED_OUT, sandbox.Outcome.OUT_OF_MEMORY, sandbox.Outcome.TOO_MUCH_OUTPUT):
        raise _refused(REFUSALS["unpacked"])
    if told.outcome is not sandbox.Outcome.OK or not _is_table(told.value):
        raise _refused(_("Dit bestand is niet te lezen. Sla de lijst op als CSV of als Excel-werkmap (.xlsx)."))
    if told.value["refused"]:
        raise _refused(REFUSALS[told.value["refused"]])
    rows: importing.Table = told.value["rows"]
    return rows


def _is_table(told: Any) -> bool:
    """Whether the answer has its shape: the child read a hostile file, and may have been taken over by it."""
    return (
        isinstance(told, dict)
        and told.get("refused") in (None, *REFUSALS)
        and isinstance(told.get("rows"), list)
        and all(isinstance(row, list) and all(isinstance(cell, str) for cell in row) for row in told["rows"])
    )


def refuse_infected(file: BinaryIO) -> None:
    """Raise when the scanner finds something in a file that just came, or cannot say; without a scanner nothing is said."""
    scanner: Scanner | None = current_app.extensions["depot.scanner"]
    if scanner is None:
        return
    found = scanner.scan(iter(partial(file.read, CHUNK), b""))
    if found.state is Scanned.INFECTED:
        raise _refused(_("In dit bestand is een virus gevonden. Het is niet bewaard. Laat uw computer nakijken."))
    if found.state is not Scanned.CLEAN:
        raise Unavailable(_("De virusscanner is nu niet bereikbaar. Probeer het over een halve minuut opnieuw."))


def _refused(text: Text) -> Invalid:
    return Invalid(_("Deze lijst is niet overgenomen."), {"bestand": [text]})
