"""Tenders, seen by the municipality that writes them and by the companies that take part."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize, may
from depot.accounts.session import actor
from depot.catalogue.rules import Kind
from depot.catalogue.service import catalogue
from depot.companies import queries as companies
from depot.core.errors import Invalid
from depot.core.forms import submits
from depot.core.http import see_other
from depot.core.i18n import Text, _
from depot.tenders import (
    awards,
    calls,
    coverage,
    declarations,
    dossiers,
    editor,
    equivalents,
    letters,
    library,
    participations,
    parties,
    queries,
    references,
    revisions,
    service,
    standing,
)
from depot.tenders import matrix as verdicts
from depot.tenders.models import PARTICIPATION_NAMES, PartyRole
from depot.tenders.reasons import ROLE_NAMES, requirement_sentence, sentence
from depot.tenders.requirements import Requirement, RequirementSet
from depot.tenders.schemas import PROCEDURES, DecisionIn, MotivationIn, RulesIn, TakePartIn, TenderIn

bp = Blueprint("tenders", __name__)


@bp.get("/gemeente/aanbestedingen")
def own() -> ResponseReturnValue:
    """The municipality's own tenders."""
    return render_template(
        "tenders/own.html", tenders=queries.index(actor(), Action.TENDER_READ), undecided=queries.undecided(actor())
    )


@bp.get("/gemeente/aanbestedingen/nieuw")
def new() -> ResponseReturnValue:
    """A new tender."""
    authorize(actor(), Action.TENDER_WRITE)
    return render_template("tenders/new.html", procedures=PROCEDURES)


@bp.post("/gemeente/aanbestedingen/nieuw")
@submits(TenderIn, again=new)
def create(data: dict[str, Any]) -> ResponseReturnValue:
    """Make it, and go on to its requirements."""
    return see_other("tenders.rules", tender_id=service.create(actor(), **data).id)


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>/eisen")
def rules(tender_id: UUID) -> ResponseReturnValue:
    """The requirements as sentences, and the library to add from."""
    tender = queries.own(actor(), tender_id)
    row = queries.newest_set(tender)
    return render_template(
        "tenders/rules.html",
        tender=tender,
        set=row,
        changes=revisions.changes(queries.requirement_set(tender).rules, row.rules),
        text=json.dumps(row.rules, ensure_ascii=False, indent=2),
        seen=coverage.shown(tender, row),
        **editor.shown(tender, row),
    )


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/eisen/<code>")
@submits(None, again=rules)
def add_requirement(tender_id: UUID, code: str) -> ResponseReturnValue:
    """Add a standard requirement."""
    answers = {question.name: request.form.getlist(question.name) for question in library.standard(code).questions}
    service.add_requirement(actor(), tender_id, code, answers)
    flash(str(_("De eis is toegevoegd.")), "good")
    return see_other("tenders.rules", tender_id=tender_id)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/eisen/<requirement>/weg")
@submits(None, again=rules)
def remove_requirement(tender_id: UUID, requirement: str) -> ResponseReturnValue:
    """Take a requirement out."""
    service.remove_requirement(actor(), tender_id, requirement)
    flash(str(_("De eis is weggehaald.")), "good")
    return see_other("tenders.rules", tender_id=tender_id)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/regels")
@submits(RulesIn, again=rules)
def write_rules(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Replace all requirements by rule JSON."""
    try:
        service.write_rules(actor(), tender_id, _json(data["rules"]))
    except Invalid as error:
        raise Invalid(error.text, {"regels": _with_paths(error.fields)}) from error
    flash(str(_("De eisen zijn bewaard.")), "good")
    return see_other("tenders.rules", tender_id=tender_id)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/publiceren")
@submits(None, again=rules)
def publish(tender_id: UUID) -> ResponseReturnValue:
    """Publish."""
    service.publish(actor(), tender_id)
    flash(str(_("Gepubliceerd. De eisen liggen nu vast.")), "good")
    return see_other("tenders.matrix", tender_id=tender_id)


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>")
def matrix(tender_id: UUID) -> ResponseReturnValue:
    """Who takes part, and the verdict on each requirement."""
    tender = queries.own(actor(), tender_id)
    return render_template(
        "tenders/matrix.html",
        tender=tender,
        matrix=verdicts.of(actor(), tender, verdicts.Filters.of(request.args)),
        outcomes=verdicts.OUTCOME_NAMES.items(),
        states=[(state, name) for state, name in PARTICIPATION_NAMES.items() if state not in queries.NOT_IN],
        dates=verdicts.DATE_NAMES,
        may_be_bundled=queries.may_be_bundled(tender),
    )


@bp.get("/gemeente/deelnemers/<uuid:participation_id>")
def participant(participation_id: UUID) -> ResponseReturnValue:
    """One company: verdicts with reasons, decisions, what can be done next."""
    row = queries.opened(actor(), participation_id)
    judged = dossiers.judge(row.tender, [row])
    written = queries.letters(row.id)
    return render_template(
        "tenders/participant.html",
        row=row,
        tender=row.tender,
        verdicts=explained(judged, row.id),
        dated=verdicts.cells(row),
        dates=verdicts.DATE_NAMES,
        consents=queries.consents([row.id]),
        declarations=queries.declarations([row.id]),
        letters=written,
        titles=letters.titles(row.tender, written),
        cure=queries.cure(row.id),
        precedents=awards.precedents(actor(), row) if may(actor(), Action.TENDER_DECIDE) else {},
        role_names=ROLE_NAMES,
        outcomes={item.lot: item for item in queries.lot_outcomes([row.id])},
        holders=queries.lot_holders(row.tender),
        references=references.readable(row) if may(actor(), Action.REFERENCE_READ) else [],
        equivalents=equivalents.readable(row) if may(actor(), Action.EQUIVALENCE_READ) else [],
        decisions={decided.requirement: decided for decided in queries.decisions([row.id])},
        kinds=catalogue().kinds,
    )


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/eisen/<requirement>/besluit")
@submits(DecisionIn, again=participant)
def decide(participation_id: UUID, requirement: str, data: dict[str, Any]) -> ResponseReturnValue:
    """Decide on one requirement."""
    participations.decide(actor(), participation_id, requirement, **data)
    flash(str(_("Uw besluit is bewaard.")), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/selecteren")
@submits(MotivationIn, again=participant)
def select(participation_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Go on with this company."""
    row = participations.select(actor(), participation_id, **data)
    said = (
        _("Het bedrijf is toegelaten en krijgt een mail.")
        if row.tender.is_continuous
        else _("Het bedrijf is geselecteerd en krijgt een mail.")
    )
    flash(str(said), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/afwijzen")
@submits(MotivationIn, again=participant)
def reject(participation_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Do not go on with this company."""
    participations.reject(actor(), participation_id, **data)
    flash(str(_("Het bedrijf is afgewezen en krijgt een mail met uw motivering.")), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.get("/aanbestedingen")
def open_to_companies() -> ResponseReturnValue:
    """Tenders that a company can take part in, or does."""
    return render_template(
        "tenders/open.html",
        tenders=queries.index(actor(), Action.TENDER_BROWSE),
        own={row.tender_id: row for row in queries.own_participations(actor())},
        asked=queries.asked_of(actor()),
        role_names=ROLE_NAMES,
    )


@bp.get("/aanbestedingen/<uuid:tender_id>")
def gap(tender_id: UUID) -> ResponseReturnValue:
    """What is asked, what the company has of it, and what mends the rest."""
    tender = queries.get(actor(), tender_id)
    company = companies.profile(actor())
    own = queries.own_participation(actor(), tender)
    judged, key = standing.judge_own(tender, company, own)
    kinds = parties.kinds_for(tender, *parties.OWN)
    written = queries.letters(own.id) if own else []
    return render_template(
        "tenders/gap.html",
        tender=tender,
        own=own,
        procedures=PROCEDURES,
        verdicts=explained(judged, key),
        dated=verdicts.own_cells(tender, company, own if own and key == own.id else None),
        dates=verdicts.DATE_NAMES,
        gaps=standing.gaps(actor(), tender, judged, key, own.own_party.role if own else PartyRole.BIDDER),
        kinds=catalogue().kinds,
        readable=standing.readable(actor(), kinds),
        invitation=calls.own(actor(), tender),
        shows_references=references.is_asked(judged.requirements),
        lot_options=[(lot.code, f"{lot.code} {lot.title}") for lot in tender.lots],
        requirements_set=queries.requirement_set(tender),
        is_unconfirmed=own is not None and revisions.is_unconfirmed(own),
        outcomes={item.lot: item for item in queries.lot_outcomes([own.id])} if own else {},
        declaration=declarations.intent(tender),
        text_version=declarations.TEXT_VERSION,
        consents=queries.consents([own.id]) if own else [],
        declared=queries.declarations([own.id]) if own else [],
        letters=written,
        titles=letters.titles(tender, written),
        cure=queries.cure(own.id) if own else None,
        deviations=editor.deviations(tender),
        paper_list=editor.papers(tender),
        roles=[(str(role), ROLE_NAMES[role]) for role in parties.OTHERS],
        role_names=ROLE_NAMES,
    )


@bp.post("/aanbestedingen/<uuid:tender_id>/meedoen")
@submits(TakePartIn, again=gap)
def take_part(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Declare and consent."""
    row = participations.take_part(actor(), tender_id, **data)
    said = (
        _("U doet mee. De gemeente ziet nu uw oordelen, en uw documenten als zij u toelaat.")
        if row.tender.is_continuous
        else _("U doet mee. De gemeente ziet na de sluiting uw oordelen, en na selectie uw documenten.")
    )
    flash(str(said), "good")
    return see_other("tenders.gap", tender_id=tender_id)


@bp.post("/aanbestedingen/<uuid:tender_id>/terugtrekken")
@submits(None, again=gap)
def withdraw(tender_id: UUID) -> ResponseReturnValue:
    """Step out."""
    participations.withdraw(actor(), tender_id)
    flash(str(_("U doet niet meer mee.")), "good")
    return see_other("tenders.gap", tender_id=tender_id)


@bp.post("/aanbestedingen/<uuid:tender_id>/toestemming-intrekken")
@submits(None, again=gap)
def withdraw_consent(tender_id: UUID) -> ResponseReturnValue:
    """Take the consent back."""
    participations.withdraw_consent(actor(), tender_id)
    flash(str(_("Uw toestemming is ingetrokken.")), "good")
    return see_other("tenders.gap", tender_id=tender_id)


def explained(judged: dossiers.Judged, key: UUID) -> list[dict[str, Any]]:
    """Each requirement with its sentence, verdict and reason, for a page."""
    asked = {item.id: item for item in judged.requirements.requirements}
    return [
        {
            "requirement": asked[item.requirement_id],
            "sentence": requirement_sentence(asked[item.requirement_id]),
            "verdict": item.verdict,
            "reason": sentence(item.reason),
            "kinds": _kinds(asked[item.requirement_id]),
        }
        for item in judged.verdicts[key]
    ]


def _kinds(requirement: Requirement) -> list[Kind]:
    """The kinds of document that can prove a requirement."""
    return [catalogue().kinds[code] for code in sorted(RequirementSet((requirement,)).kinds_asked)]


def _json(text: str) -> Any:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # an escaped half character is JSON, but cannot be shown
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise Invalid(_("De eisen kloppen niet."), {"": [_("Dit is geen JSON: regel %(line)s.", line=line)]}) from error
    return found


def _with_paths(fields: Mapping[str, Sequence[Text]]) -> list[Text]:
    """Where in the JSON each sentence belongs, as one list for the one field that holds the JSON."""
    return [
        Text("%(path)s: %(reason)s", {"path": path, "reason": line}) if path else line
        for path, lines in fields.items()
        for line in lines
    ]
