"""The matrix of a tender: three dates, filters, pages, and the same rows as a file."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.audit.models import Event
from depot.core import clock
from depot.core.errors import Forbidden, NotFound
from depot.documents.models import Document
from depot.tenders import dossiers, matrix, participations, queries
from depot.tenders.dossiers import AsOf
from depot.tenders.judgement import Verdict
from depot.tenders.matrix import Filters, Outcome
from depot.tenders.models import Participation, ParticipationState, Tender
from depot.tenders.rules import Dossier, assess, canonical
from tests import factories

MET, MANUAL, NOT_MET = Verdict.MET, Verdict.MANUAL, Verdict.NOT_MET


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def tender(buyer: Actor) -> Tender:
    row = factories.tender(buyer, "kvk-extract", "professional-liability")
    row.contract_starts_on = clock.day_of(row.closes_at) + timedelta(days=60)
    return row


def after(tender: Tender) -> Any:
    return clock.moved_to(tender.closes_at + timedelta(hours=1))


def taking_part(tender: Tender, reviewer: Actor, number: str, *, until: date | None = None) -> Participation:
    """A company with both papers, its insurance ending on a day; without a day it has none."""
    actor = factories.company(number)
    factories.approved(actor, reviewer)
    if until:
        factories.approved(actor, reviewer, "liability_insurance", endDate=until.isoformat())
    return factories.participant(actor, tender)


def crowd(tender: Tender, reviewer: Actor) -> list[Participation]:
    """One that meets all, one whose insurance ends before the contract starts, one without insurance."""
    closing, start = clock.day_of(tender.closes_at), tender.contract_starts_on
    assert start is not None
    ends = {"90000001": start, "90000002": closing + timedelta(days=9), "90000003": None}
    return [taking_part(tender, reviewer, number, until=until) for number, until in ends.items()]


def found(buyer: Actor, tender: Tender, **filters: Any) -> list[Participation]:
    with after(tender):
        return [row.participation for row in matrix.of(buyer, tender, Filters(**filters)).rows]


def test_a_verdict_stands_on_three_dates(buyer: Actor, reviewer: Actor, tender: Tender) -> None:
    _good, ending, _bare = crowd(tender, reviewer)
    with after(tender):
        cells = matrix.cells(ending)
    extract, insurance = cells.values()
    assert [insurance.assessments[as_of].verdict for as_of in AsOf] == [MET, MET, NOT_MET]
    assert insurance.differs
    assert insurance.verdict is MET
    assert insurance.assessments[AsOf.START].moment.day == tender.contract_starts_on
    assert [document for *_more, document in insurance.told] == [insurance.told[0][3]] * 3
    assert insurance.told[0][3].endswith("versie 1")
    assert extract.verdict is MET


def test_without_a_start_there_are_two_dates(buyer: Actor, reviewer: Actor, tender: Tender) -> None:
    tender.contract_starts_on = None
    row = taking_part(tender, reviewer, "90000001")
    with after(tender):
        assert list(matrix.cells(row)["E1"].assessments) == [AsOf.CLOSING, AsOf.TODAY]


def test_what_came_in_after_the_closing_counts_today_and_not_at_the_closing(
    buyer: Actor, reviewer: Actor, tender: Tender
) -> None:
    actor = factories.company("90000001")
    row = factories.participant(actor, tender)
    with clock.moved_to(tender.evidence_until + timedelta(days=1)):
        factories.approved(actor, reviewer)
    with clock.moved_to(tender.evidence_until + timedelta(days=2)):
        cell = matrix.cells(row)["E1"]
    assert [cell.assessments[as_of].verdict for as_of in (AsOf.CLOSING, AsOf.TODAY)] == [NOT_MET, MET]


def test_the_rows_are_filtered_by_verdict_requirement_and_state(buyer: Actor, reviewer: Actor, tender: Tender) -> None:
    good, ending, bare = crowd(tender, reviewer)
    assert found(buyer, tender) == [good, ending, bare]
    assert found(buyer, tender, outcome=Outcome.ALL_MET) == [good, ending]
    assert found(buyer, tender, outcome=Outcome.NOT_MET) == [bare]
    assert found(buyer, tender, outcome=Outcome.NOT_MET, requirement="E1") == []
    assert found(buyer, tender, outcome=Outcome.CHANGES) == [ending]
    assert found(buyer, tender, outcome=Outcome.OPEN) == []
    with after(tender):
        participations.reject(buyer, bare.id, motivation="Er is geen verzekering.")
    assert found(buyer, tender, state=ParticipationState.REJECTED) == [bare]
    assert found(buyer, tender, lot="1") == []


def test_before_the_closing_nobody_stands_in_it(buyer: Actor, reviewer: Actor, tender: Tender) -> None:
    crowd(tender, reviewer)
    assert matrix.of(buyer, tender, Filters()).total == 0


def test_who_withdrew_is_not_in_it(buyer: Actor, tender: Tender) -> None:
    actor = factories.company("90000001")
    factories.participant(actor, tender)
    participations.withdraw(actor, tender.id)
    assert found(buyer, tender) == []


@pytest.mark.parametrize(
    ("arguments", "filters"),
    [
        ({}, Filters()),
        ({"oordeel": "niet", "eis": "E1", "perceel": "2", "stand": "selected", "pagina": "3"}, None),
        ({"oordeel": "x", "stand": "x", "pagina": "-1"}, Filters()),
        ({"pagina": "9" * 30}, Filters()),
    ],
)
def test_words_in_the_address_that_mean_nothing_filter_nothing(
    arguments: dict[str, str], filters: Filters | None
) -> None:
    expected = filters or Filters(Outcome.NOT_MET, "E1", "2", ParticipationState.SELECTED, 3)
    assert Filters.of(arguments) == expected


def test_fifty_stand_on_a_page(tender: Tender) -> None:
    rows = tuple(matrix.Row(Participation(tender_id=tender.id, company_id=tender.id), "", ()) for _row in range(101))
    shown = matrix.Matrix((), (), rows, 101, 0, Filters(page=3))
    assert (shown.pages, shown.number, len(shown.shown), shown.has_next) == (3, 3, 1, False)
    assert matrix.Matrix((), (), rows, 101, 0, Filters(page=9)).number == 3
    assert len(matrix.Matrix((), (), rows, 101, 0, Filters()).shown) == matrix.PAGE


def test_the_csv_has_the_rows_that_the_filters_leave(
    session: Session, buyer: Actor, reviewer: Actor, tender: Tender
) -> None:
    _good, ending, bare = crowd(tender, reviewer)
    bare.company.legal_name = "=1+1 BV"
    with after(tender):
        data = matrix.export(buyer, tender, Filters(), "csv")
        few = matrix.export(buyer, tender, Filters(outcome=Outcome.CHANGES), "csv")
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert data.startswith(b"\xef\xbb\xbf")
    assert len(lines) == 6
    assert {line["Bedrijf"] for line in lines if line["Bedrijf"].startswith("'")} == {"'=1+1 BV"}
    [line] = [line for line in lines if line["Bedrijf"] == ending.company.legal_name and line["Eis"] == "E2"]
    verdicts = [value for name, value in line.items() if name.startswith("Oordeel")]
    assert verdicts == ["voldoet", "voldoet", "voldoet niet"]
    assert all(line[name] for name in line if name.startswith(("Reden", "Document")))
    assert len(few.decode().splitlines()) == 3
    events = session.scalars(select(Event).where(Event.action == "tender.export").order_by(Event.id)).all()
    assert [event.detail for event in events] == [{"form": "csv", "companies": 3}, {"form": "csv", "companies": 1}]


def test_the_workbook_holds_the_same_and_no_formula(buyer: Actor, reviewer: Actor, tender: Tender) -> None:
    row = taking_part(tender, reviewer, "90000001")
    row.company.legal_name = "=cmd()\x01 BV"
    with after(tender):
        data = matrix.export(buyer, tender, Filters(), "xlsx")
        text = matrix.export(buyer, tender, Filters(), "csv").decode("utf-8-sig")
    [sheet] = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    lines = [[value or "" for value in line] for line in sheet.iter_rows(values_only=True)]
    assert lines == list(csv.reader(io.StringIO(text), delimiter=";"))
    assert lines[1][0] == "'=cmd() BV"
    assert {each.data_type for line in sheet.iter_rows() for each in line} <= {"s", "inlineStr", "n"}


def test_another_municipality_takes_nothing_along(buyer: Actor, tender: Tender) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    with pytest.raises(Forbidden):
        matrix.export(other, tender, Filters(), "csv")
    with pytest.raises(NotFound):
        queries.own(other, tender.id)


def test_reading_many_gives_the_same_bytes_as_reading_documents_one_by_one(
    session: Session, buyer: Actor, reviewer: Actor, tender: Tender
) -> None:
    rows = crowd(tender, reviewer)
    with after(tender):
        judged = dossiers.judge_all(tender, queries.TAKES_PART)
        for row in rows:
            owned = session.scalars(select(Document).where(Document.company_id == row.company_id)).all()
            alone = Dossier(
                "bidder",
                str(row.company_id),
                row.company.organisation.kvk_number,
                tuple(dossiers.evidence_of(owned)),
                is_declared=True,
            )
            again = assess(judged.requirements, [alone], judged.moments[row.id])
            assert canonical(again) == canonical(judged.verdicts[row.id])


def test_a_buyer_filters_on_the_page_and_downloads_what_is_left(
    session: Session, client: FlaskClient, buyer: Actor, reviewer: Actor, tender: Tender
) -> None:
    _good, ending, bare = crowd(tender, reviewer)
    session.commit()
    page = f"/gemeente/aanbestedingen/{tender.id}"
    with after(tender):
        factories.signed_in(client, buyer)
        whole = client.get(page).text
        assert "bij de start van het contract: " in whole
        changing = client.get(f"{page}?oordeel=verandert").text
        assert ending.company.legal_name in changing
        assert bare.company.legal_name not in changing
        assert "oordelen.csv?oordeel=verandert" in changing
        answer = client.get(f"{page}/oordelen.xlsx?oordeel=verandert")
        assert (answer.status_code, answer.mimetype.rpartition(".")[2]) == (200, "sheet")
        assert "filename=oordelen-2027-01.xlsx" in answer.headers["Content-Disposition"]
        assert "Geen deelnemers gevonden" in client.get(f"{page}?oordeel=open").text
        own = client.get(f"/gemeente/deelnemers/{ending.id}").text
    assert "bij de start van het contract:" in own
    assert "Vandaag en bij de start van het contract is het oordeel hetzelfde." in own
