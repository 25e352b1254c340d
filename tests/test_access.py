"""The permission table, compared whole: a change to it is a change to this page."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.access import GRANTS, SYSTEM, Action, Actor, ActorKind, Reach, Role, authorize, may
from depot.core.errors import Forbidden

TABLE = """
action               | company_admin | company_member | company_reader | buyer | municipality_reader | reviewer | operator_admin | system
account.sign_in      | own           | own            | own            | own   | own                 | own      | own            | -
account.sign_out     | own           | own            | own            | own   | own                 | own      | own            | -
account.switch       | own           | own            | own            | own   | own                 | own      | own            | -
account.join         | own           | own            | own            | own   | own                 | own      | own            | -
account.reset        | own           | own            | own            | own   | own                 | own      | own            | -
members.manage       | own           | -              | -              | own   | -                   | -        | own            | -
registration.read    | -             | -              | -              | -     | -                   | -        | all            | -
registration.decide  | -             | -              | -              | -     | -                   | -        | all            | -
token.manage         | own           | -              | -              | -     | -                   | -        | -              | -
profile.read         | own           | own            | own            | -     | -                   | -        | -              | -
profile.change       | own           | own            | -              | -     | -                   | -        | -              | -
register.ask         | -             | -              | -              | -     | -                   | -        | -              | all
register.read        | -             | -              | -              | -     | -                   | all      | -              | -
register.settle      | -             | -              | -              | -     | -                   | all      | -              | -
document.read        | own           | own            | own            | -     | -                   | all      | -              | all
document.deposit     | own           | own            | -              | -     | -                   | -        | -              | -
document.withdraw    | own           | own            | -              | -     | -                   | -        | -              | -
version.check        | -             | -              | -              | -     | -                   | -        | -              | all
version.review       | -             | -              | -              | -     | -                   | all      | -              | all
looks.read           | own           | own            | own            | -     | -                   | -        | -              | -
tender.browse        | own           | own            | own            | -     | -                   | -        | -              | -
tender.read          | -             | -              | -              | own   | own                 | -        | -              | -
tender.write         | -             | -              | -              | own   | -                   | -        | -              | -
tender.publish       | -             | -              | -              | own   | -                   | -        | -              | -
tender.reschedule    | -             | -              | -              | own   | -                   | -        | -              | -
tender.invite        | -             | -              | -              | own   | -                   | -        | -              | -
tender.count         | -             | -              | -              | own   | -                   | -        | -              | -
tender.export        | -             | -              | -              | own   | own                 | -        | -              | -
tender.decide        | -             | -              | -              | own   | -                   | -        | -              | -
tender.select        | -             | -              | -              | own   | -                   | -        | -              | -
reference.read       | -             | -              | -              | own   | -                   | -        | -              | -
reference.ask        | -             | -              | -              | -     | -                   | all      | -              | -
reference.answer     | -             | -              | -              | -     | -                   | -        | -              | all
equivalence.write    | own           | own            | -              | -     | -                   | -        | -              | -
equivalence.look     | -             | -              | -              | -     | -                   | all      | -              | -
equivalence.read     | -             | -              | -              | own   | -                   | -        | -              | -
tender.cure          | -             | -              | -              | own   | -                   | -        | -              | -
tender.award         | -             | -              | -              | own   | -                   | -        | -              | -
tender.abandon       | -             | -              | -              | own   | -                   | -        | -              | -
contract.record      | -             | -              | -              | own   | -                   | -        | -              | -
participation.write  | own           | -              | -              | -     | -                   | -        | -              | -
consent.give         | own           | -              | -              | -     | -                   | -        | -              | -
bundle.read          | -             | -              | -              | own   | own                 | -        | -              | -
bundle.release       | -             | -              | -              | own   | -                   | -        | -              | -
bundle.fetch         | -             | -              | -              | own   | -                   | -        | -              | -
bundle.destroy       | -             | -              | -              | -     | -                   | -        | -              | all
bundle.flag          | -             | -              | -              | -     | -                   | -        | -              | all
code.read            | own           | own            | own            | -     | -                   | -        | -              | -
code.make            | own           | -              | -              | -     | -                   | -        | -              | -
code.revoke          | own           | -              | -              | -     | -                   | -        | -              | -
code.look            | -             | -              | -              | own   | own                 | -        | -              | -
admission.judge      | -             | -              | -              | -     | -                   | -        | -              | all
reminders.send       | -             | -              | -              | -     | -                   | -        | -              | all
reminders.pause      | own           | own            | -              | -     | -                   | -        | -              | -
reminders.leave      | own           | own            | -              | -     | -                   | -        | -              | -
preferences.write    | own           | own            | own            | own   | own                 | own      | own            | -
feed.manage          | own           | -              | -              | -     | -                   | -        | -              | -
operations.read      | -             | -              | -              | -     | -                   | -        | all            | -
job.run              | -             | -              | -              | -     | -                   | -        | all            | -
address.mark         | -             | -              | -              | -     | -                   | -        | all            | -
link.lapse           | -             | -              | -              | -     | -                   | -        | -              | all
"""


def test_the_table_is_exactly_this() -> None:
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    found = [[action, *(GRANTS[Role(role)].get(action, "-") for role in head[1:])] for action in Action]
    assert found == rows
    assert set(head[1:]) == set(Role)


def actor(role: Role) -> Actor:
    return Actor(ActorKind.USER, uuid4(), uuid4(), role)


@given(st.sampled_from(Role), st.sampled_from(Action))
def test_nothing_is_granted_on_another_tenants_thing_unless_the_reach_is_all(role: Role, action: Action) -> None:
    assert may(actor(role), action, uuid4()) == (GRANTS[role].get(action) is Reach.ALL)


def test_what_the_table_does_not_grant_is_refused() -> None:
    with pytest.raises(Forbidden):
        authorize(actor(Role.COMPANY_READER), Action.DOCUMENT_DEPOSIT)


def test_the_depots_own_jobs_cannot_act_for_a_company() -> None:
    assert not may(SYSTEM, Action.CONSENT_GIVE)
