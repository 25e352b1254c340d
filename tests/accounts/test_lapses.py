"""Links whose time is over are recorded once, and what opened them is forgotten."""

from datetime import timedelta

from sqlalchemy import select

from depot.access import Action
from depot.accounts import lapses, members, queries, resets
from depot.accounts.models import Invitation, PasswordReset
from depot.audit.models import Event
from depot.core import clock
from tests import factories
from tests.factories import email_of


def lapsed(session):
    return session.scalars(select(Event.object_type).where(Event.action == Action.LINK_LAPSE)).all()


def test_an_invitation_that_nobody_used_ends_once_and_stays_to_be_seen(session):
    donald = factories.company()
    row = members.invite(donald, email="nieuw@bedrijf.example", role="company_member")
    assert lapses.end_invitations() == 0
    with clock.moved_to(row.until):
        assert (lapses.end_invitations(), lapses.end_invitations()) == (1, 0)
        assert queries.invitations(donald) == [row]
    assert (row.token_hash, row.lapsed_at) == (None, row.until)
    assert lapsed(session) == ["invitations"]


def test_several_invitations_lapse_beside_each_other(session):
    donald = factories.company()
    for name in ("a", "b", "c"):
        members.invite(donald, email=f"{name}@bedrijf.example", role="company_member")
    with clock.moved_to(clock.now() + timedelta(days=20)):
        assert lapses.end_invitations() == 3
    assert session.scalars(select(Invitation.token_hash)).all().count(None) == 3


def test_an_invitation_that_was_used_or_withdrawn_does_not_lapse(session):
    donald = factories.company()
    row = members.invite(donald, email="nieuw@bedrijf.example", role="company_member")
    members.revoke(donald, row.id)
    with clock.moved_to(row.until):
        assert lapses.end_invitations() == 0


def test_a_link_for_another_password_is_removed_and_on_record(session):
    donald = factories.company()
    resets.request(email_of(donald), "192.0.2.1")
    with clock.moved_to(clock.now() + timedelta(hours=3)):
        assert (lapses.end_resets(), lapses.end_resets()) == (1, 0)
    assert session.scalars(select(PasswordReset)).all() == []
    assert lapsed(session) == ["password_resets"]
