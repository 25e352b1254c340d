"""Whether the text of a privacy policy or a complaints procedure speaks of what it should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.catalogue import service as catalogue
from depot.companies.names import normalised
from depot.verification import topics
from depot.verification.rules import Outcome

KINDS = catalogue.load(catalogue.FOLDER).kinds
POLICY, PROCEDURE = KINDS["privacy_policy"], KINDS["complaints_procedure"]
MENTIONS = [code for topic in POLICY.topics if (code := topic.choice)]
TEXT = """Dit reglement volgt de Algemene Verordening Gegevensbescherming. De grondslag is een overeenkomst. De
bewaartermijn is twee jaar. U hebt recht op inzage. Vragen? Neem contact op met onze functionaris. Een datalek melden wij
binnen 72 uur. Met elke verwerker sluiten wij een overeenkomst."""


def judged(kind, facts, text):
    return {item.check: item for item in topics.judge(kind, facts, normalised(text))}


def test_a_policy_that_speaks_of_all_that_was_ticked_is_in_order():
    assert {name: item.reason for name, item in judged(POLICY, {"mentions": MENTIONS}, TEXT).items()} == {
        "topics": "all"
    }


def test_what_was_ticked_and_is_not_there_is_named():
    found = judged(
        POLICY, {"mentions": MENTIONS}, TEXT.replace("datalek", "voorval").replace("bewaartermijn", "termijn")
    )
    assert found["topics"].outcome is Outcome.WARNING
    assert found["topics"].detail["names"] == "bewaartermijnen, datalekken"


def test_what_was_not_ticked_is_not_looked_for():
    assert judged(POLICY, {"mentions": ["retention"]}, "AVG. Wij bewaren niets.")["topics"].reason == "all"


@pytest.mark.parametrize("text", ["Op grond van de Wbp.", "De Wet bescherming persoonsgegevens en de AVG gelden."])
def test_a_policy_that_rests_on_the_former_act_is_a_signal(text):
    assert judged(POLICY, {"mentions": []}, text)["outdated_topics"].outcome is Outcome.WARNING


def test_a_word_that_only_ends_so_is_not_the_topic():
    assert judged(POLICY, {"mentions": []}, "Het onderzoek van drs. Kravg.")["topics"].reason == "some"


@pytest.mark.parametrize(
    ("days", "said"),
    [(28, "binnen 4 weken"), (28, "binnen 28 dagen"), (7, "in 1 week"), (10, "tien (10) dagen"), (5, "5 werkdagen")],
)
def test_the_term_for_an_answer_is_found_as_people_write_it(days, said):
    text = f"U krijgt {said} antwoord. Daarna kunt u naar de geschillencommissie."
    assert judged(PROCEDURE, {"answerDays": days}, text)["topics"].reason == "all"


@pytest.mark.parametrize(("days", "said"), [(28, "binnen 14 dagen"), (4, "binnen 14 dagen"), (28, "128 dagen")])
def test_another_term_is_a_signal(days, said):
    text = f"U krijgt {said} antwoord. Daarna kunt u naar de geschillencommissie."
    assert judged(PROCEDURE, {"answerDays": days}, text)["topics"].detail["names"] == "de termijn voor een antwoord"


@given(st.text(max_size=200), st.lists(st.sampled_from(MENTIONS), unique=True))
def test_more_text_never_makes_a_topic_missing(more, mentions):
    before, after = (judged(POLICY, {"mentions": mentions}, text)["topics"] for text in (TEXT, f"{TEXT} {more}"))
    assert (before.reason, after.reason) == ("all", "all")
