"""Who may do what, on one page. What this table does not grant is refused; page, API and job ask the same question."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from depot.core.errors import Forbidden
from depot.core.i18n import _


class Role(StrEnum):
    """What a membership lets a person be within one organisation."""

    COMPANY_ADMIN = "company_admin"
    COMPANY_MEMBER = "company_member"
    COMPANY_READER = "company_reader"
    BUYER = "buyer"
    MUNICIPALITY_READER = "municipality_reader"
    REVIEWER = "reviewer"
    OPERATOR_ADMIN = "operator_admin"
    SYSTEM = "system"


class Action(StrEnum):
    """Every act that is asked for permission, and the word that the audit trail keeps."""

    ACCOUNT_SIGN_IN = "account.sign_in"
    ACCOUNT_SIGN_OUT = "account.sign_out"
    ACCOUNT_SWITCH = "account.switch"
    ACCOUNT_JOIN = "account.join"
    ACCOUNT_RESET = "account.reset"
    MEMBERS_MANAGE = "members.manage"
    REGISTRATION_READ = "registration.read"
    REGISTRATION_DECIDE = "registration.decide"
    TOKEN_MANAGE = "token.manage"
    PROFILE_READ = "profile.read"
    PROFILE_CHANGE = "profile.change"
    REGISTER_ASK = "register.ask"
    REGISTER_READ = "register.read"
    REGISTER_SETTLE = "register.settle"
    DOCUMENT_READ = "document.read"
    DOCUMENT_DEPOSIT = "document.deposit"
    DOCUMENT_WITHDRAW = "document.withdraw"
    VERSION_CHECK = "version.check"
    VERSION_REVIEW = "version.review"
    LOOKS_READ = "looks.read"
    TENDER_BROWSE = "tender.browse"
    TENDER_READ = "tender.read"
    TENDER_WRITE = "tender.write"
    TENDER_PUBLISH = "tender.publish"
    TENDER_RESCHEDULE = "tender.reschedule"
    TENDER_INVITE = "tender.invite"
    TENDER_COUNT = "tender.count"
    TENDER_EXPORT = "tender.export"
    TENDER_DECIDE = "tender.decide"
    TENDER_SELECT = "tender.select"
    REFERENCE_READ = "reference.read"
    REFERENCE_ASK = "reference.ask"
    REFERENCE_ANSWER = "reference.answer"
    EQUIVALENCE_WRITE = "equivalence.write"
    EQUIVALENCE_LOOK = "equivalence.look"
    EQUIVALENCE_READ = "equivalence.read"
    TENDER_CURE = "tender.cure"
    TENDER_AWARD = "tender.award"
    TENDER_ABANDON = "tender.abandon"
    CONTRACT_RECORD = "contract.record"
    PARTICIPATION_WRITE = "participation.write"
    CONSENT_GIVE = "consent.give"
    BUNDLE_READ = "bundle.read"
    BUNDLE_RELEASE = "bundle.release"
    BUNDLE_FETCH = "bundle.fetch"
    BUNDLE_DESTROY = "bundle.destroy"
    BUNDLE_FLAG = "bundle.flag"
    CODE_READ = "code.read"
    CODE_MAKE = "code.make"
    CODE_REVOKE = "code.revoke"
    CODE_LOOK = "code.look"
    ADMISSION_JUDGE = "admission.judge"
    REMINDERS_SEND = "reminders.send"
    REMINDERS_PAUSE = "reminders.pause"
    REMINDERS_LEAVE = "reminders.leave"
    PREFERENCES_WRITE = "preferences.write"
    FEED_MANAGE = "feed.manage"
    OPERATIONS_READ = "operations.read"
    JOB_RUN = "job.run"
    ADDRESS_MARK = "address.mark"
    LINK_LAPSE = "link.lapse"


class Reach(StrEnum):
    """Whose things a grant covers."""

    OWN = "own"
    ALL = "all"


def _grants(reach: Reach, *actions: Action) -> dict[Action, Reach]:
    return dict.fromkeys(actions, reach)


_EVERYBODY = _grants(
    Reach.OWN,
    Action.ACCOUNT_SIGN_IN,
    Action.ACCOUNT_SIGN_OUT,
    Action.ACCOUNT_SWITCH,
    Action.ACCOUNT_JOIN,
    Action.ACCOUNT_RESET,
    Action.PREFERENCES_WRITE,
)
_COMPANY_READER = _EVERYBODY | _grants(
    Reach.OWN, Action.DOCUMENT_READ, Action.LOOKS_READ, Action.PROFILE_READ, Action.TENDER_BROWSE, Action.CODE_READ
)
_COMPANY_MEMBER = _COMPANY_READER | _grants(
    Reach.OWN,
    Action.DOCUMENT_DEPOSIT,
    Action.DOCUMENT_WITHDRAW,
    Action.REMINDERS_PAUSE,
    Action.REMINDERS_LEAVE,
    Action.EQUIVALENCE_WRITE,
    Action.PROFILE_CHANGE,
)
_MUNICIPALITY_READER = _EVERYBODY | _grants(
    Reach.OWN, Action.TENDER_READ, Action.TENDER_EXPORT, Action.BUNDLE_READ, Action.CODE_LOOK
)

GRANTS: Mapping[Role, Mapping[Action, Reach]] = {
    Role.COMPANY_READER: _COMPANY_READER,
    Role.COMPANY_MEMBER: _COMPANY_MEMBER,
    # Declaring intent and giving consent bind the company; they are left to who administers it.
    Role.COMPANY_ADMIN: _COMPANY_MEMBER
    | _grants(
        Reach.OWN,
        Action.PARTICIPATION_WRITE,
        Action.CONSENT_GIVE,
        Action.CODE_MAKE,
        Action.CODE_REVOKE,
        Action.TOKEN_MANAGE,
        Action.FEED_MANAGE,
        Action.MEMBERS_MANAGE,
    ),
    Role.MUNICIPALITY_READER: _MUNICIPALITY_READER,
    Role.BUYER: _MUNICIPALITY_READER
    | _grants(
        Reach.OWN,
        Action.TENDER_WRITE,
        Action.TENDER_PUBLISH,
        Action.TENDER_RESCHEDULE,
        Action.TENDER_INVITE,
        Action.TENDER_COUNT,
        Action.TENDER_DECIDE,
        Action.TENDER_SELECT,
        Action.REFERENCE_READ,
        Action.EQUIVALENCE_READ,
        Action.TENDER_CURE,
        Action.TENDER_AWARD,
        Action.TENDER_ABANDON,
        Action.CONTRACT_RECORD,
        Action.BUNDLE_RELEASE,
        Action.BUNDLE_FETCH,
        Action.MEMBERS_MANAGE,
    ),
    Role.REVIEWER: _EVERYBODY
    | _grants(
        Reach.ALL,
        Action.DOCUMENT_READ,
        Action.VERSION_REVIEW,
        Action.REGISTER_READ,
        Action.REGISTER_SETTLE,
        Action.REFERENCE_ASK,
        Action.EQUIVALENCE_LOOK,
    ),
    Role.OPERATOR_ADMIN: _EVERYBODY
    | _grants(Reach.OWN, Action.MEMBERS_MANAGE)
    | _grants(
        Reach.ALL,
        Action.OPERATIONS_READ,
        Action.JOB_RUN,
        Action.ADDRESS_MARK,
        Action.REGISTRATION_READ,
        Action.REGISTRATION_DECIDE,
    ),
    Role.SYSTEM: _grants(
        Reach.ALL,
        Action.DOCUMENT_READ,
        Action.REGISTER_ASK,
        Action.VERSION_CHECK,
        Action.VERSION_REVIEW,
        Action.REFERENCE_ANSWER,
        Action.ADMISSION_JUDGE,
        Action.REMINDERS_SEND,
        Action.BUNDLE_DESTROY,
        Action.BUNDLE_FLAG,
        Action.LINK_LAPSE,
    ),
}


class ActorKind(StrEnum):
    """What is acting: a person in a session, a program with a key, or the depot itself."""

    USER = "user"
    TOKEN = "token"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts, for which one organisation, in which one role."""

    kind: ActorKind
    id: UUID
    organisation_id: UUID
    role: Role
    origin: str = ""


SYSTEM = Actor(ActorKind.SYSTEM, UUID(int=0), UUID(int=0), Role.SYSTEM, "job")
"""The depot's own jobs."""


def may(actor: Actor, action: Action, owner: UUID | None = None) -> bool:
    """Whether the table grants this act, on a thing of `owner` when one is named."""
    reach = GRANTS[actor.role].get(action)
    return reach is Reach.ALL or (reach is Reach.OWN and owner in (None, actor.organisation_id))


def authorize(actor: Actor, action: Action, owner: UUID | None = None) -> None:
    """Raise Forbidden unless `may` says yes."""
    if not may(actor, action, owner):
        raise Forbidden(_("U hebt geen recht om dit te doen."))
