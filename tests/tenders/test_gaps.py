from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.tenders.gaps import Act, Gap, Status, gap
from depot.tenders.judgement import Reason, Verdict
from tests.tenders import dossiers

DAY = date(2027, 2, 15)
START = date(2027, 6, 1)
EXTRACT = {"document": "kvk_extract", "all": [{"issuedWithin": "P6M"}]}


def asked(rule: dict[str, Any] = EXTRACT, *roles: str) -> Any:
    [requirement] = dossiers.requirements(rule, roles=roles or ("bidder",)).requirements
    return requirement


def document(verdict: Verdict, id: str = "own") -> Reason:
    return Reason("document", verdict, {"documentId": id})


def found(reason: Reason, ends: dict[str, date] | None = None, requirement: Any = None, **more: Any) -> Gap:
    more = {"role": "bidder", "own": {"own", "second"}, "days": [START, DAY], **more}
    return gap(requirement or asked(), reason, ends=ends or {}, **more)


def test_what_is_met_and_stays_so_takes_nothing() -> None:
    assert found(document(Verdict.MET)) == Gap(Status.MET, Act.NOTHING)
    assert found(document(Verdict.MET), {"own": START}) == Gap(Status.MET, Act.NOTHING)


@pytest.mark.parametrize(("end", "before"), [(DAY - timedelta(days=1), DAY), (DAY, START)])
def test_a_deciding_document_that_ends_before_a_day_that_matters_is_renewed(end: date, before: date) -> None:
    assert found(document(Verdict.MET), {"own": end}) == Gap(Status.LAPSES, Act.RENEW, "own", (), end, before)


def test_of_a_choice_only_the_best_decides() -> None:
    reason = Reason("any_of", Verdict.MET, {}, (document(Verdict.MET), document(Verdict.MET, "second")))
    assert found(reason, {"second": DAY}).status is Status.MET
    assert found(reason, {"own": DAY}).document_id == "own"


def test_what_lies_there_and_falls_short_is_renewed_what_is_not_there_added() -> None:
    short = found(Reason("documents", Verdict.NOT_MET, {}, (document(Verdict.NOT_MET),)))
    assert (short.status, short.act, short.document_id) == (Status.MISSING, Act.RENEW, "own")
    missing = found(Reason("missing", Verdict.NOT_MET, {"document": "uittreksel"}))
    assert (missing.status, missing.act, missing.kinds) == (Status.MISSING, Act.ADD, ("kvk_extract",))


def test_another_companys_document_is_never_named() -> None:
    for verdict in Verdict:
        assert found(document(verdict, "theirs"), {"theirs": DAY}).document_id is None


def test_what_is_asked_of_others_is_mended_by_asking_one() -> None:
    reason = Reason("no_party", Verdict.NOT_MET)
    assert found(reason, requirement=asked(EXTRACT, "subcontractor")).act is Act.ASK_PARTY
    uncommitted = Reason("party", Verdict.MANUAL, {}, (Reason("commitment_not_shown", Verdict.MANUAL),))
    assert found(uncommitted) == Gap(Status.WAITS, Act.ASK_PARTY)


def test_what_a_person_judges_takes_nothing() -> None:
    assert found(Reason("question_undecided", Verdict.MANUAL)) == Gap(Status.WAITS, Act.NOTHING)


def test_what_the_profile_lacks_is_mended_there() -> None:
    requirement = asked({"profile": {"establishmentIn": "gm0200"}})
    assert found(Reason("profile_lacks", Verdict.NOT_MET), requirement=requirement).act is Act.PROFILE


reasons = st.recursive(
    st.builds(
        Reason,
        st.sampled_from(["document", "missing", "not_yet_reviewed"]),
        st.sampled_from(Verdict),
        st.fixed_dictionaries({}, optional={"documentId": st.sampled_from(["own", "second", "theirs"])}),
        st.just(()),
    ),
    lambda inner: st.builds(
        Reason,
        st.sampled_from(["any_of", "all_of", "each_party", "any_party", "documents"]),
        st.sampled_from(Verdict),
        st.just({}),
        st.lists(inner, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=8,
)


@given(reasons, st.dictionaries(st.sampled_from(["own", "second", "theirs"]), st.dates(), max_size=3))
def test_whatever_the_reason_the_act_can_be_done(reason: Reason, ends: dict[str, date]) -> None:
    made = found(reason, ends)
    assert made.document_id in (None, "own", "second")
    assert (made.act is Act.RENEW) == (made.document_id is not None)
    assert (made.status is Status.LAPSES) == (made.ends_on is not None and made.before is not None)
    if made.ends_on is not None and made.before is not None:
        assert made.ends_on < made.before
    if reason.verdict is Verdict.MET:
        assert made.status in (Status.MET, Status.LAPSES)
    elif reason.verdict is Verdict.MANUAL:
        assert made.status is Status.WAITS
    else:
        assert made.act is not Act.NOTHING
