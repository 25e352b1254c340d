"""Which stages a procedure has, and the instants at which they close, on Dutch clocks; and the lots of a tender."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy import delete

from depot.core import clock, db
from depot.core.errors import Invalid
from depot.core.forms import REQUIRED
from depot.core.i18n import Text, _
from depot.tenders.models import Lot, Procedure, Stage, StageName, Tender
from depot.tenders.requirements import RequirementSet

FUTURE = _("Kies een moment in de toekomst.")

FIELDS: Mapping[StageName, str] = {
    StageName.APPLICATION: "procedure",
    StageName.BID: "sluiting",
    StageName.EVIDENCE: "bewijsTot",
    StageName.CONTRACT: "startContract",
}
"""Where a form says whether a tender has a stage."""


def closings(
    procedure: Procedure,
    *,
    applications_until: datetime | None,
    closes_at: datetime,
    evidence_until: datetime | None,
    contract_starts_on: date | None,
) -> Mapping[StageName, datetime]:
    """When each stage of a procedure closes; raises Invalid with a sentence at the field that does not fit.

    Open house has no evidence of its own and no common start: who comes in brings its papers, until admission ends.
    """
    found = {StageName.BID: closes_at}
    wrong = {} if closes_at > clock.now() else {"sluiting": [FUTURE]}
    if applications_until is not None:
        found[StageName.APPLICATION] = applications_until
        wrong |= _wrong_application(procedure, applications_until)
    found[StageName.EVIDENCE] = evidence_until or closes_at
    wrong |= _wrong_evidence(procedure, evidence_until)
    if contract_starts_on and procedure is not Procedure.OPEN_HOUSE:
        found[StageName.CONTRACT] = start_of(contract_starts_on)
    wrong = disorder(procedure, found, contract_starts_on) | wrong
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    return found


def disorder(
    procedure: Procedure, closings: Mapping[StageName, datetime], contract_starts_on: date | None
) -> dict[str, list[Text]]:
    """What is wrong, by field, when stages do not follow on each other; an open house has one and no common start."""
    application, bids, papers = (
        closings.get(StageName.APPLICATION),
        closings[StageName.BID],
        closings[StageName.EVIDENCE],
    )
    wrong = {}
    if application and application >= bids:
        wrong["aanmeldenTot"] = [_("Dit moment ligt voor de sluiting.")]
    if procedure is not Procedure.OPEN_HOUSE:
        if papers <= bids:
            wrong["bewijsTot"] = [_("Dit moment ligt na de sluiting.")]
        if contract_starts_on and contract_starts_on <= clock.day_of(papers):
            wrong["startContract"] = [_("Deze dag ligt na de bewijstermijn.")]
    return wrong


def start_of(day: date) -> datetime:
    """The first instant of a day on a Dutch clock."""
    return datetime.combine(day, time(), clock.AMSTERDAM)


def _wrong_application(procedure: Procedure, until: datetime) -> dict[str, list[Text]]:
    if procedure is not Procedure.RESTRICTED:
        return {"aanmeldenTot": [_("Alleen bij een niet-openbare procedure melden bedrijven zich eerst aan.")]}
    return {} if until > clock.now() else {"aanmeldenTot": [FUTURE]}


def _wrong_evidence(procedure: Procedure, until: datetime | None) -> dict[str, list[Text]]:
    if procedure is Procedure.OPEN_HOUSE:
        return {"bewijsTot": [_("Bij een open house loopt de toelating door. Laat dit leeg.")]} if until else {}
    return {} if until else {"bewijsTot": [REQUIRED]}


def refuse_orphans(
    asked: RequirementSet, closings: Mapping[StageName, datetime], lots: Sequence[tuple[str, str]]
) -> None:
    """Raise Invalid when a requirement belongs to a stage or a lot that would no longer be there."""
    codes = {code for code, _title in lots}
    wrong: dict[str, list[Text]] = {}
    for item in asked.requirements:
        if item.stage and item.stage not in closings:
            said = _("De eis „%(requirement)s” hoort bij een fase die zo vervalt.", requirement=item.label)
            wrong.setdefault(FIELDS[StageName(item.stage)], []).append(said)
        if not codes.issuperset(item.lots):
            said = _("De eis „%(requirement)s” hoort bij een perceel dat zo vervalt.", requirement=item.label)
            wrong.setdefault("percelen", []).append(said)
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)


def write(tender: Tender, closings: Mapping[StageName, datetime], lots: Sequence[tuple[str, str]]) -> None:
    """Give a draft these stages and lots instead of those it had."""
    for table in (Stage, Lot):
        db.session.execute(delete(table).where(table.tender_id == tender.id))
    db.session.add_all(Stage(tender_id=tender.id, name=name, closes_at=at) for name, at in closings.items())
    db.session.add_all(Lot(tender_id=tender.id, code=code, title=title) for code, title in lots)
