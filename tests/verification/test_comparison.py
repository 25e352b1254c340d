"""A version beside the one before it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from depot.catalogue import service as catalogue
from depot.core.i18n import shown
from depot.verification.comparison import compare, gap

POLICY = catalogue.load(catalogue.FOLDER).kinds["liability_insurance"]
EXTRACT = catalogue.load(catalogue.FOLDER).kinds["kvk_extract"]
END = date(2026, 3, 31)


def period(start: date, end: date) -> dict[str, str]:
    return {"startDate": start.isoformat(), "endDate": end.isoformat()}


def test_each_fact_stands_beside_its_predecessor_and_says_whether_it_changed() -> None:
    before = {"insurer": "Een", "policyNumber": "1", "amountPerClaim": "1000000.00"}
    now = {"insurer": "Een", "policyNumber": "2", "startDate": "2026-01-01"}
    found = {line.label: (line.before, line.now, line.is_changed) for line in compare(POLICY, before, now, "nl")}
    assert found[str(POLICY.field("insurer").label)] == ("Een", "Een", False)
    assert found[str(POLICY.field("policyNumber").label)] == ("1", "2", True)
    assert found[str(POLICY.field("amountPerClaim").label)][1:] == (None, True)
    assert found[str(POLICY.field("startDate").label)] == (None, "1 januari 2026", True)


@given(st.integers(-400, 400))
def test_days_between_two_periods_are_counted(days: int) -> None:
    before = period(date(2025, 4, 1), END)
    start = END + timedelta(days=1 + days)
    said = shown(gap(POLICY, before, period(start, start + timedelta(days=365))))
    if days > 1:
        assert f"zitten {days} dagen" in said
    elif days == 1:
        assert "zit 1 dag die" in said
    else:
        assert "er zit geen dag tussen" in said


def test_without_the_days_nothing_is_said_of_a_gap() -> None:
    assert gap(POLICY, {}, period(END, END)) is None
    assert gap(POLICY, period(END, END), {}) is None
    assert gap(EXTRACT, {"issueDate": "2026-01-01"}, {"issueDate": "2026-05-01"}) is not None
