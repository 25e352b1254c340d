"""Reads of reference codes: a company sees its own, a municipality those that were made for it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from depot.access import Action, Actor, authorize
from depot.accounts.models import Organisation, OrganisationState
from depot.bundles import queries as bundles
from depot.bundles.code_models import Code, CodeLook
from depot.bundles.models import Bundle
from depot.companies.models import Company
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.tenders import queries as tenders
from depot.tenders.models import Participation, Party, PartyState, Tender


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """A company's own codes."""
    return Code.company_id == actor.organisation_id


def made_for(actor: Actor) -> ColumnElement[bool]:
    """The codes that were made for the actor's municipality, of companies that still take part."""
    takes_part = Company.organisation.has(Organisation.state == OrganisationState.ACTIVE)
    return (Code.recipient_id == actor.organisation_id) & Code.company.has(takes_part)


def index(actor: Actor) -> Sequence[Code]:
    """The codes of the actor's company, newest first."""
    authorize(actor, Action.CODE_READ)
    return db.session.scalars(_own(actor).order_by(Code.id.desc())).unique().all()


def get(actor: Actor, code_id: UUID) -> Code:
    """One code of the actor's company."""
    authorize(actor, Action.CODE_READ)
    row = db.session.scalar(_own(actor).where(Code.id == code_id))
    if row is None:
        raise NotFound(_("Deze verwijzing bestaat niet."))
    return row


def of_company(actor: Actor, code_ids: Collection[UUID]) -> Mapping[UUID, Code]:
    """Some codes of the actor's company by their key; others are left out."""
    return {row.id: row for row in db.session.scalars(_own(actor).where(Code.id.in_(code_ids))).unique()}


def found(actor: Actor, codes: Collection[str]) -> Mapping[str, Code]:
    """Those of some codes that were made for the actor's municipality."""
    rows = db.session.scalars(select(Code).where(Code.code.in_(codes), made_for(actor))).unique()
    return {row.code: row for row in rows}


def earlier(actor: Actor, limit: int) -> Sequence[tuple[Code, datetime]]:
    """The codes that the actor's municipality looked up, with its last look at each, newest first."""
    authorize(actor, Action.CODE_LOOK)
    last = _last_looks(CodeLook.municipality_id == actor.organisation_id).subquery()
    asked = select(Code, last.c.at).join(last, last.c.code_id == Code.id).where(made_for(actor))
    rows = db.session.execute(asked.order_by(last.c.at.desc()).limit(limit)).unique()
    return [(row[0], row[1]) for row in rows]


def looks(code_id: UUID, limit: int) -> Sequence[CodeLook]:
    """Who looked a code up, newest first."""
    asked = select(CodeLook).where(CodeLook.code_id == code_id).order_by(CodeLook.id.desc())
    return db.session.scalars(asked.limit(limit)).all()


def look_counts(code_ids: Collection[UUID]) -> Mapping[UUID, tuple[int, datetime]]:
    """How often each of some codes was looked up, and when last."""
    asked = (
        select(CodeLook.code_id, func.count(), func.max(CodeLook.at))
        .where(CodeLook.code_id.in_(code_ids))
        .group_by(CodeLook.code_id)
    )
    return {row[0]: (row[1], row[2]) for row in db.session.execute(asked) if row[0]}


def last_look(code: Code, before: datetime) -> datetime | None:
    """When its recipient last looked a code up before an instant."""
    asked = select(func.max(CodeLook.at)).where(CodeLook.code_id == code.id, CodeLook.at < before)
    return db.session.scalar(asked)


def misses(municipality_id: UUID, since: datetime) -> tuple[int, datetime | None]:
    """How often a municipality asked for what is no code of its own since an instant, and when first."""
    asked = select(func.count(), func.min(CodeLook.at)).where(
        CodeLook.municipality_id == municipality_id, CodeLook.code_id.is_(None), CodeLook.at > since
    )
    row = db.session.execute(asked).one()
    return row[0], row[1]


def opened(actor: Actor, code: Code) -> Sequence[tuple[Participation, Bundle | None]]:
    """Where the code's company was selected in a tender of the actor's municipality (in the code's, when it names one).

    With the newest bundle that holds its evidence. The code itself opens no document: the bundle does.
    """
    is_party = exists().where(
        Party.participation_id == Participation.id,
        Party.company_id == code.company_id,
        Party.state == PartyState.CONFIRMED,
    )
    asked = (
        select(Participation)
        .join(Participation.tender)
        .where(tenders.participations_visible_to(actor), Participation.state.in_(tenders.CHOSEN), is_party)
        .order_by(Participation.id.desc())
    )
    if code.tender_id is not None:
        asked = asked.where(Tender.id == code.tender_id)
    rows = db.session.scalars(asked).unique().all()
    released = bundles.newest_of(actor, [row.id for row in rows])
    return [(row, released.get(row.id)) for row in rows]


def _own(actor: Actor) -> Select[Code]:
    return select(Code).where(visible_to(actor))


def _last_looks(*conditions: ColumnElement[bool]) -> Select[UUID | None, datetime]:
    asked = select(CodeLook.code_id, func.max(CodeLook.at).label("at")).where(CodeLook.code_id.is_not(None))
    return asked.where(*conditions).group_by(CodeLook.code_id)
