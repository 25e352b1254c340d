"""Open house: who was admitted is judged anew each day, and a verdict that turned is told once to both sides."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from depot.access import SYSTEM, Action, Role
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.core import db
from depot.mail import service as mail
from depot.tenders import dossiers, queries
from depot.tenders.judgement import Verdict
from depot.tenders.models import Participation, ParticipationState, Procedure, Tender, TenderState

ADMISSION = "admission"
"""The purpose of the verdicts that are kept because they turned."""


def running() -> Sequence[UUID]:
    """The open houses that companies are admitted to."""
    is_running = (Tender.procedure == Procedure.OPEN_HOUSE, Tender.state == TenderState.PUBLISHED)
    return db.session.scalars(select(Tender.id).where(*is_running).order_by(Tender.id)).all()


def judge_again(tender_id: UUID) -> int:
    """Judge all who were admitted to one open house; gives for how many a verdict turned since it was last kept."""
    tender = db.session.get_one(Tender, tender_id)
    rows = queries.of_tender(tender, {ParticipationState.SELECTED})
    judged = dossiers.judge(tender, rows)
    labels = {item.id: item.label for item in judged.requirements.requirements}
    count = 0
    for row in rows:
        now = {item.requirement_id: item.verdict for item in judged.verdicts[row.id] if item.verdict}
        lost, regained = turned(_kept(row), now)
        if not lost and not regained:
            continue
        kept = dossiers.keep(row, ADMISSION)
        db.session.flush()
        audit.record(SYSTEM, Action.ADMISSION_JUDGE, row, about=row.company_id, lost=lost, regained=regained)
        _tell(kept.id, row, [labels[id] for id in lost], [labels[id] for id in regained])
        count += 1
    return count


def turned(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The requirements that were met and no longer are, and the other way round; what a person must judge turned nothing."""
    lost = [id for id, verdict in now.items() if verdict == Verdict.NOT_MET and before.get(id) == Verdict.MET]
    regained = [id for id, verdict in now.items() if verdict == Verdict.MET and before.get(id) == Verdict.NOT_MET]
    return lost, regained


def _kept(row: Participation) -> Mapping[str, str]:
    """The verdicts by requirement as they were last kept: at admission, or when one turned since."""
    found = queries.last_assessment(row.id, ADMISSION) or queries.last_assessment(row.id, "selection")
    result: Mapping[str, Any] = found.result if found else {"assessments": []}
    return {item["requirementId"]: item["verdict"] for item in result["assessments"] if item["verdict"]}


def _tell(key: UUID, row: Participation, lost: Sequence[str], regained: Sequence[str]) -> None:
    tender = row.tender
    readers = [
        *((person, f"/aanbestedingen/{tender.id}") for person in accounts.people(row.company_id, Role.COMPANY_ADMIN)),
        *((person, f"/gemeente/deelnemers/{row.id}") for person in accounts.people(tender.municipality_id, Role.BUYER)),
    ]
    for person, path in readers:
        mail.write(
            person,
            "admission_turned",
            dedupe_key=f"admission:{key}:{person.id}",
            company=row.company.legal_name,
            tender=tender.title,
            municipality=tender.municipality.name,
            lost=list(lost),
            regained=list(regained),
            path=path,
        )
