from flask.ctx import AppContext
from sqlalchemy import event, select

from depot.audit.models import Event
from depot.core import db
from depot.reminders import preferences
from depot.reminders.models import Rhythm
from depot.reminders.preferences import Choice
from tests.factories import DONALD, company


def test_who_chose_nothing_is_written_to_daily_and_gets_the_statement(ctx: AppContext) -> None:
    anna = company(DONALD)
    assert preferences.of(anna.id, anna.organisation_id) == Choice(Rhythm.DAILY, wants_statement=True)


def test_a_choice_holds_for_one_person_and_one_organisation_and_can_be_changed(ctx: AppContext) -> None:
    anna, other = company(DONALD), company("90000002")
    preferences.choose(anna, rhythm=Rhythm.WEEKLY, wants_statement=False)
    preferences.choose(anna, rhythm=Rhythm.WEEKLY, wants_statement=True)
    asked = [(anna.id, anna.organisation_id), (anna.id, other.organisation_id), (other.id, other.organisation_id)]
    found = preferences.of_people(asked)
    assert [found[pair].rhythm for pair in asked] == [Rhythm.WEEKLY, Rhythm.DAILY, Rhythm.DAILY]
    assert db.session.scalars(select(Event.action).where(Event.object_type == "preferences")).all() == [
        "preferences.write",
        "preferences.write",
    ]


def test_the_choices_of_many_cost_one_query(ctx: AppContext) -> None:
    anna = company(DONALD)
    statements: list[str] = []
    engine = db.session().get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    preferences.of_people([(anna.id, anna.organisation_id)] * 50)
    assert len(statements) == 1
