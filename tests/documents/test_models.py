"""The states of a version, walked at random against a table that is written out here by hand."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core.errors import Conflict
from depot.documents.models import PENDING, RELATION_NAMES, STATE_NAMES, Relation, State, Version

VERBS = {
    "submit": lambda version: version.submit(uuid4()),
    "begin_checking": Version.begin_checking,
    "send_to_review": Version.send_to_review,
    "approve": Version.approve,
    "stay_in_review": Version.stay_in_review,
    "send_back": Version.send_back,
    "revoke": Version.revoke,
    "withdraw": Version.withdraw,
}
WAYS = {
    State.DRAFT: {"submit": State.SUBMITTED, "withdraw": State.WITHDRAWN},
    State.SUBMITTED: {"begin_checking": State.CHECKING, "withdraw": State.WITHDRAWN},
    State.CHECKING: {
        "begin_checking": State.CHECKING,
        "send_to_review": State.IN_REVIEW,
        "send_back": State.RETURNED,
        "withdraw": State.WITHDRAWN,
    },
    State.IN_REVIEW: {
        "approve": State.APPROVED,
        "stay_in_review": State.IN_REVIEW,
        "send_back": State.RETURNED,
        "withdraw": State.WITHDRAWN,
    },
    State.APPROVED: {"revoke": State.REVOKED, "withdraw": State.WITHDRAWN},
    State.RETURNED: {},
    State.WITHDRAWN: {},
    State.REVOKED: {},
}


def draft(state=State.DRAFT):
    return Version(document_id=uuid4(), number=1, relation=Relation.FIRST, state=state)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", State)
def test_each_verb_moves_only_from_the_states_it_is_for(state, verb):
    version = draft(state)
    if verb in WAYS[state]:
        VERBS[verb](version)
        assert version.state is WAYS[state][verb]
    else:
        with pytest.raises(Conflict) as caught:
            VERBS[verb](version)
        assert str(STATE_NAMES[state]) in str(caught.value.text)
        assert (version.state, version.submitted_at, version.withdrawn_at) == (state, None, None)


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
def test_whatever_is_tried_nothing_counts_unsubmitted_and_what_ended_stays_ended(verbs):
    version, seen = draft(), [State.DRAFT]
    for verb in verbs:
        try:
            VERBS[verb](version)
        except Conflict:
            continue
        seen.append(version.state)
        assert (version.withdrawn_at is not None) == (version.state is State.WITHDRAWN)
        assert version.submitted_at is not None or version.state in (State.DRAFT, State.WITHDRAWN)
    assert State.APPROVED not in seen or seen.index(State.SUBMITTED) < seen.index(State.CHECKING) < seen.index(
        State.IN_REVIEW
    ) < seen.index(State.APPROVED)
    ends = [state for state in seen if not WAYS[state]]
    assert ends in ([], seen[-1:])


def test_a_version_waits_exactly_while_somebody_still_has_to_decide():
    assert {state for state in State if "submit" in WAYS[state]} < PENDING
    assert {state for state in State if not WAYS[state]}.isdisjoint(PENDING)
    assert State.APPROVED not in PENDING


def test_every_state_and_relation_has_a_name_for_people():
    assert set(STATE_NAMES) == set(State)
    assert set(RELATION_NAMES) == set(Relation)
