from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.catalogue.service import catalogue
from depot.companies import queries as companies
from depot.companies import service as profiles
from depot.core import clock
from depot.core.http import DepotFlask
from depot.documents import service as documents
from depot.documents.models import FactSource, Version
from depot.tenders import dossiers
from depot.tenders import service as tenders
from depot.tenders.evidence import Evidence, evidence_at
from depot.tenders.judgement import Verdict
from depot.tenders.models import Participation, Tender
from depot.tenders.rules import canonical
from depot.verification import service as verification
from tests import factories

MET, MANUAL, NOT_MET = Verdict.MET, Verdict.MANUAL, Verdict.NOT_MET


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def tender(buyer: Actor) -> Tender:
    return factories.tender(buyer, "kvk-extract", "professional-liability", "services")


def verdicts(row: Participation) -> list[Verdict | None]:
    return [item.verdict for item in dossiers.judge(row.tender, [row]).verdicts[row.id]]


def counted(version: Version, tender: Tender) -> str | None:
    [facts] = dossiers.evidence_of([version.document])
    kind = catalogue().kinds[version.document.kind]
    found = evidence_at(facts, kind, dossiers.moments(tender, clock.now())["evidence"])
    return found.version.version_id if isinstance(found, Evidence) else None


def test_an_approved_document_and_a_profile_make_the_verdicts(company: Actor, reviewer: Actor, tender: Tender) -> None:
    row = factories.participant(company, tender)
    assert verdicts(row) == [NOT_MET, NOT_MET, NOT_MET]
    waiting = factories.checked(company)
    assert verdicts(row) == [MANUAL, NOT_MET, NOT_MET]
    verification.approve(reviewer, waiting.id, facts=factories.facts())
    profiles.describe(company, services=["trajectbegeleiding", "toeleiden-naar-werk"], target_groups=[])
    assert verdicts(row) == [MET, NOT_MET, MET]
    factories.approved(company, reviewer, "liability_insurance")
    assert verdicts(row) == [MET, MET, MET]


def test_only_confirmed_facts_count(company: Actor, reviewer: Actor, tender: Tender) -> None:
    row = factories.participant(company, tender)
    version = factories.checked(company, "liability_insurance")
    facts = (version.facts(FactSource.SUBMITTED) or {}) | {"amountPerClaim": "1000000.00"}
    verification.approve(reviewer, version.id, facts=facts)
    assert verdicts(row)[1] is NOT_MET


def test_proof_counts_when_it_comes_before_the_evidence_stage_ends(
    company: Actor, reviewer: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    with clock.moved_to(tender.stages[1].closes_at):
        in_time = factories.deposited(company)
    with clock.moved_to(tender.stages[1].closes_at + timedelta(microseconds=1)):
        late = factories.deposited(company, "liability_insurance")
    with clock.moved_to(tender.stages[1].closes_at + timedelta(days=9)):
        verification.run_checks()
        for version in (in_time, late):
            verification.approve(reviewer, version.id, facts=version.facts(FactSource.SUBMITTED) or {})
        assert verdicts(row)[:2] == [MET, NOT_MET]


def test_a_moment_of_the_past_gives_the_same_bytes_whatever_came_later(
    company: Actor, reviewer: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    version = factories.approved(company, reviewer)
    at = clock.now()
    before = canonical(dossiers.judge(tender, [row], known_at=at).verdicts[row.id])
    with clock.moved_to(at + timedelta(days=1)):
        factories.approved(company, reviewer, "liability_insurance")
        documents.withdraw(company, version.document_id)
        assert verdicts(row)[:2] == [NOT_MET, MET]
        assert canonical(dossiers.judge(tender, [row], known_at=at).verdicts[row.id]) == before


def test_of_two_policies_the_one_that_covers_the_closing_counts(
    company: Actor, reviewer: Actor, tender: Tender
) -> None:
    closing = clock.day_of(tender.closes_at)
    older = factories.approved(
        company, reviewer, "liability_insurance", endDate=(closing - timedelta(days=1)).isoformat()
    )
    assert counted(older, tender) == str(older.id)
    facts = factories.facts("liability_insurance", startDate=closing.isoformat())
    paper = factories.file(factories.pdf("volgend jaar"))
    newer = documents.deposit_next(company, older.document_id, relation="renewal", upload=paper, facts=facts)
    verification.run_checks()
    assert counted(older, tender) == str(older.id)
    verification.approve(reviewer, newer.id, facts=facts)
    assert counted(older, tender) == str(newer.id)


def test_a_company_sees_beforehand_what_its_verdicts_would_be(company: Actor, reviewer: Actor, tender: Tender) -> None:
    factories.approved(company, reviewer)
    profile = companies.profile(company)
    alone = dossiers.judge_company(tender, profile).verdicts[company.organisation_id]
    row = factories.participant(company, tender)
    known = clock.now()
    with clock.moved_to(known):
        again = dossiers.judge_company(tender, profile).verdicts[company.organisation_id]
        assert canonical(again) == canonical(dossiers.judge(tender, [row]).verdicts[row.id])
    assert [item.verdict for item in alone] == [MET, NOT_MET, NOT_MET]


def test_what_a_company_declares_is_told_and_not_judged(buyer: Actor, company: Actor) -> None:
    row = tenders.create(
        buyer,
        number="3",
        title="Jobcoaching",
        procedure="open",
        closes_at=clock.now() + timedelta(days=9),
        evidence_until=clock.now() + timedelta(days=10),
    )
    for code in ("performance", "award"):
        tenders.add_requirement(buyer, row.id, code, {"label": "Binnen twee weken starten"})
    made = factories.participant(company, tenders.publish(buyer, row.id))
    [declared, shown] = dossiers.judge(row, [made]).verdicts[made.id]
    assert (declared.kind, declared.verdict, declared.reason.code) == ("performance", None, "declared")
    assert (shown.kind, shown.verdict) == ("award", None)


def test_a_draft_without_requirements_is_judged_without_verdicts(buyer: Actor) -> None:
    row = tenders.create(
        buyer,
        number="4",
        title="Jobcoaching",
        procedure="open",
        closes_at=clock.now() + timedelta(days=9),
        evidence_until=clock.now() + timedelta(days=10),
    )
    assert dossiers.judge(row, []).requirements.requirements == ()


def test_judging_many_participants_asks_the_database_as_little_as_judging_one(
    app: DepotFlask, session: Session, reviewer: Actor, tender: Tender
) -> None:
    rows = []
    for number in range(6):
        actor = factories.company(f"900000{number:02d}")
        for _document in range(1 + number % 2):
            factories.deposited(actor)
        rows.append(factories.participant(actor, tender))
    verification.run_checks(limit=100)
    session.commit()
    for some in (rows[:1], rows):
        session.expunge_all()
        fresh = list(session.query(Participation).filter(Participation.id.in_([row.id for row in some])))
        with factories.queries_at_most(app, 12):
            assert len(dossiers.judge(fresh[0].tender, fresh).verdicts) == len(some)
