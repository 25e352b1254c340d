"""Whether the trade register bears out an extract, and asking again what it did not answer."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from depot.catalogue.rules import Facts, FileCheck, Kind
from depot.companies import looks
from depot.companies.names import normalised
from depot.companies.register import Answer, Outcome, Profile
from depot.core import clock, db
from depot.core.i18n import Text, _, shown, speaking
from depot.documents.models import FactSource, State, Version
from depot.documents.service import kind_of
from depot.verification.models import Finding as Row
from depot.verification.rules import NOT_LOOKED, REGISTER_UNREACHABLE, Finding, finding

CHECK = "register"
RETRY = timedelta(minutes=10)


def look(kind: Kind, facts: Facts, company_id: UUID) -> list[Finding]:
    """What the register says of an extract, for kinds that ask it; to be called outside any transaction."""
    if FileCheck.REGISTER not in kind.checks:
        return []
    return [judge(kind, facts, looks.answer_for(company_id), clock.today())]


def judge(kind: Kind, facts: Facts, answer: Answer | None, today: date) -> Finding:
    """The finding that follows from an answer, or from none: that nobody was asked is no doubt about the document."""
    day = f"{today:%d-%m-%Y}"
    if answer is None:
        return finding(CHECK, NOT_LOOKED)
    if answer.outcome is Outcome.UNREACHABLE:
        return finding(CHECK, REGISTER_UNREACHABLE, why=answer.reason)
    if answer.profile is None:
        return finding(CHECK, "not_found", number=str(facts.get("kvkNumber", "")), day=day)
    if not answer.profile.is_active:
        return finding(CHECK, "ended", day=day)
    with speaking("nl"):
        said = [shown(each) for each in _differences(kind, facts, answer.profile)]
    return finding(CHECK, "differs", day=day, differences=" ".join(said)) if said else finding(CHECK, "equal", day=day)


def ask_again(limit: int) -> dict[str, int]:
    """Ask the register again for up to `limit` documents before a reviewer that it did not answer for.

    The first that gets no answer ends the run; findings are replaced, decisions stay with people.
    """
    figures = {"answered": 0, "unreachable": 0}
    with db.transaction(write=False):
        waiting = db.session.scalars(
            select(Row.version_id)
            .join(Version, Version.id == Row.version_id)
            .where(Row.check == CHECK, Row.reason == REGISTER_UNREACHABLE, Row.at < clock.now() - RETRY)
            .where(Version.state == State.IN_REVIEW)
            .order_by(Row.at)
            .limit(limit)
        ).all()
    for version_id in waiting:
        with db.transaction(write=False):
            version = db.session.get_one(Version, version_id)
            kind, facts = kind_of(version.document.kind), version.facts(FactSource.SUBMITTED) or {}
            company_id = version.document.company_id
        found = judge(kind, facts, looks.answer_for(company_id), clock.today())
        with db.transaction():
            replace(version_id, found)
        if found.reason == REGISTER_UNREACHABLE:
            figures["unreachable"] += 1
            break
        figures["answered"] += 1
    return figures


def replace(version_id: UUID, found: Finding) -> None:
    """Put what a register says now in the place of what it said, or did not say, before."""
    wanted = select(Row).where(
        Row.version_id == version_id, Row.check == found.check, Row.check_version == found.check_version
    )
    row = db.session.scalars(wanted.with_for_update()).one()
    row.outcome, row.reason, row.detail, row.at = found.outcome, found.reason, found.detail, clock.now()


def _differences(kind: Kind, facts: Facts, told: Profile) -> list[Text]:
    """What an extract says otherwise: name in any spelling, legal form, and RSIN where both give one."""
    found = []
    if normalised(str(facts.get("statutoryName", ""))) not in {
        normalised(each) for each in (told.name, *told.trade_names)
    }:
        found.append(_("De naam is daar: %(name)s.", name=told.name))
    if told.legal_form and facts.get("legalForm") != told.legal_form:
        spec = kind.field("legalForm")
        form = str(spec.choice(told.legal_form)) if spec else told.legal_form
        found.append(_("De rechtsvorm is daar: %(form)s.", form=form))
    if told.rsin and facts.get("rsin") not in (None, "", told.rsin):
        found.append(_("Het RSIN is daar: %(rsin)s.", rsin=told.rsin))
    return found
