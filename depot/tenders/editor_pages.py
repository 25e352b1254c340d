"""The editor of requirements, a page a deed: fill in again, order, take over, say what a word means, ask on paper."""

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request, send_file
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.core.errors import NotFound
from depot.core.forms import submits
from depot.core.http import safe_name, see_other
from depot.core.i18n import _
from depot.tenders import annexes, dossiers, editing, editor, examples, library, queries, service
from depot.tenders import pages as tender_pages
from depot.tenders.definitions import definitions
from depot.tenders.reasons import ROLE_NAMES, requirement_sentence
from depot.tenders.requirements import ROLES
from depot.tenders.schemas import CopyIn, DeviationIn, OrderIn, PaperIn, RequirementIn

bp = Blueprint("editor", __name__)
OWN = "/gemeente/aanbestedingen/<uuid:tender_id>"


def _rules(tender_id: UUID, **_arguments: Any) -> ResponseReturnValue:
    """The page with all requirements, for the forms that stand on it."""
    return tender_pages.rules(tender_id)


@bp.get(f"{OWN}/eisen/<requirement>/wijzigen")
def requirement(tender_id: UUID, requirement: str) -> ResponseReturnValue:
    """One requirement, to fill in again."""
    tender, draft = service.draft_of(actor(), tender_id)
    item = next((item for item in draft.rules["requirements"] if item["id"] == requirement), None)
    line = next((line for line in editor.lines(tender, draft) if line.requirement.id == requirement), None)
    if item is None or line is None:
        raise NotFound(_("Deze eis bestaat niet."))
    known = library.recognise(item)
    return render_template(
        "tenders/requirement.html",
        tender=tender,
        line=line,
        standard=known[0] if known else None,
        asks=editor.asks(*known) if known else (),
        severities=editor.SEVERITIES,
        stages=[(stage.name, editor.STAGE_NAMES[stage.name]) for stage in tender.stages],
        roles=[(role, ROLE_NAMES[role]) for role in ROLES],
        aggregations=editor.AGGREGATIONS,
    )


@bp.post(f"{OWN}/eisen/<requirement>/wijzigen")
@submits(RequirementIn, again=requirement)
def rewrite(tender_id: UUID, requirement: str, data: dict[str, Any]) -> ResponseReturnValue:
    """Keep what was filled in."""
    editing.rewrite(actor(), tender_id, requirement, **data, answers=_Answers(request.form.to_dict(flat=False)))
    flash(str(_("De eis is bewaard.")), "good")
    return _at(tender_id, requirement)


class _Answers(dict[str, list[str]]):
    """A form as answers: what was left empty is no answer, and gets no default either."""

    def get(self, name: str, default: Any = None) -> Any:
        return dict.get(self, name, [])


@bp.post(f"{OWN}/eisen/<requirement>/omhoog")
@submits(None, again=_rules)
def up(tender_id: UUID, requirement: str) -> ResponseReturnValue:
    """One place up."""
    editing.step(actor(), tender_id, requirement, -1)
    return _at(tender_id, requirement)


@bp.post(f"{OWN}/eisen/<requirement>/omlaag")
@submits(None, again=_rules)
def down(tender_id: UUID, requirement: str) -> ResponseReturnValue:
    """One place down."""
    editing.step(actor(), tender_id, requirement, 1)
    return _at(tender_id, requirement)


@bp.post(f"{OWN}/volgorde")
@submits(OrderIn, again=_rules)
def order(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """A requirement that was dragged to another place."""
    editing.move(actor(), tender_id, data["requirement"], data["to"])
    return _at(tender_id, data["requirement"])


@bp.post(f"{OWN}/eisen/<requirement>/gelijkwaardig")
@submits(None, again=_rules)
def accept_equivalent(tender_id: UUID, requirement: str) -> ResponseReturnValue:
    """Add the equivalent way."""
    editing.accept_equivalent(actor(), tender_id, requirement)
    flash(str(_("Gelijkwaardig bewijs telt nu mee bij deze eis.")), "good")
    return _at(tender_id, requirement)


@bp.get(f"{OWN}/overnemen")
def copies(tender_id: UUID) -> ResponseReturnValue:
    """Tenders to take requirements over from."""
    tender, _draft = service.draft_of(actor(), tender_id)
    found = examples.index(actor(), request.args.get("zoek", ""), besides=tender.id)
    return render_template("tenders/copies.html", tender=tender, found=found, limit=examples.LIMIT)


@bp.get(f"{OWN}/overnemen/<uuid:source_id>")
def copy(tender_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """The requirements of one of them."""
    tender, draft = service.draft_of(actor(), tender_id)
    source, found = examples.get(actor(), source_id)
    there = {str(requirement_sentence(item)) for item in dossiers.parsed(draft).requirements}
    asked = [(item, requirement_sentence(item)) for item in dossiers.parsed(found).requirements]
    return render_template(
        "tenders/copy.html",
        tender=tender,
        source=source,
        options=[
            (item.id, item.label, _("%(sentence)s U hebt deze eis al.", sentence=says) if str(says) in there else says)
            for item, says in asked
        ],
        new=[item.id for item, says in asked if str(says) not in there],
    )


@bp.post(f"{OWN}/overnemen/<uuid:source_id>")
@submits(CopyIn, again=copy)
def take_over(tender_id: UUID, source_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Take the ticked ones over."""
    editing.copy(actor(), tender_id, source_id, data["ids"])
    flash(str(_("De eisen zijn overgenomen. Kijk na of ze bij uw opdracht passen.")), "good")
    return see_other("tenders.rules", tender_id=tender_id)


@bp.post(f"{OWN}/afwijkingen")
@submits(DeviationIn, again=_rules)
def deviate(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Mean a word otherwise."""
    editing.deviate(actor(), tender_id, **data)
    flash(str(_("De afwijking is bewaard. Bedrijven zien haar bij de eisen.")), "good")
    return see_other("tenders.rules", tender_id=tender_id, _anchor="afwijkingen")


@bp.post(f"{OWN}/afwijkingen/<term>/weg")
@submits(None, again=_rules)
def follow(tender_id: UUID, term: str) -> ResponseReturnValue:
    """Mean a word as the list does."""
    editing.follow(actor(), tender_id, term)
    flash(str(_("Het begrip betekent weer wat in de lijst staat.")), "good")
    return see_other("tenders.rules", tender_id=tender_id, _anchor="afwijkingen")


@bp.post(f"{OWN}/op-papier")
@submits(PaperIn, again=_rules)
def ask_on_paper(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Ask on paper what the depot holds."""
    editing.ask_on_paper(actor(), tender_id, **data)
    flash(str(_("Bewaard. Bedrijven lezen uw reden.")), "good")
    return see_other("tenders.rules", tender_id=tender_id, _anchor="op-papier")


@bp.post(f"{OWN}/op-papier/<kind>/weg")
@submits(None, again=_rules)
def ask_no_paper(tender_id: UUID, kind: str) -> ResponseReturnValue:
    """Do not ask it on paper."""
    editing.ask_no_paper(actor(), tender_id, kind)
    flash(str(_("U vraagt dit niet meer op papier.")), "good")
    return see_other("tenders.rules", tender_id=tender_id, _anchor="op-papier")


@bp.get(f"{OWN}/bijlage.pdf")
def annex_pdf(tender_id: UUID) -> ResponseReturnValue:
    """The requirements as an annex to the specification."""
    tender = queries.own(actor(), tender_id)
    return _file(annexes.pdf(tender), annexes.PDF, f"bijlage-{tender.number.replace('/', '-')}.pdf")


@bp.get(f"{OWN}/bijlage.docx")
def annex_word(tender_id: UUID) -> ResponseReturnValue:
    """The same for Word."""
    tender = queries.own(actor(), tender_id)
    return _file(annexes.word(tender), annexes.WORD, f"bijlage-{tender.number.replace('/', '-')}.docx")


@bp.get("/begrippen")
def terms() -> ResponseReturnValue:
    """The list of definitions, for everybody."""
    return render_template("tenders/terms.html", definitions=definitions().values())


def _at(tender_id: UUID, requirement: str) -> Response:
    return see_other("tenders.rules", tender_id=tender_id, _anchor=f"eis-{requirement}")


def _file(content: bytes, media_type: str, name: str) -> Response:
    return send_file(
        BytesIO(content), mimetype=media_type, as_attachment=True, download_name=safe_name(name, "bijlage")
    )
