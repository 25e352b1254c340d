import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depot.tenders.evidence import Absence, Decided, DocumentFacts, Evidence, FactSet, Moment, evidence_at
from depot.tenders.judgement import Reason, Verdict, rank
from depot.tenders.requirements import RequirementKind
from depot.tenders.rules import BuyerDecision, Profile, assess, canonical, to_json
from tests.tenders.dossiers import (
    CLOSING,
    DAY,
    EARLIER,
    KINDS,
    KNOWN,
    MARK,
    MOMENT,
    POLICY,
    REFERENCE,
    document,
    dossier,
    extract,
    judge,
    requirements,
    version,
)

EXTRACT = {"document": "kvk_extract", "all": [{"issuedWithin": "P6M"}]}
INSURANCE = {
    "document": "liability_insurance",
    "all": [
        {"validOn": "reference"},
        {"field": "coverKind", "in": ["BAV", "combi"]},
        {"field": "amountPerClaim", "gte": {"amount": "1250000.00", "currency": "EUR"}},
        {"field": "amountPerYear", "gte": {"amount": "2500000.00", "currency": "EUR"}},
    ],
}
EXPERIENCE = {
    "document": "reference",
    "atLeast": 1,
    "where": [
        {"field": "domains", "containsAny": ["toeleiden-naar-werk"]},
        {"field": "endDate", "within": "P3Y", "ongoing": "executedPart"},
        {"field": "amountInWindow", "gte": {"amount": "600000.00", "currency": "EUR"}},
        {"field": "satisfied", "equals": True},
    ],
}
QUALITY = {
    "anyOf": [
        {
            "document": "quality_mark",
            "all": [
                {"field": "scheme", "in": ["blik-op-werk", "iso-9001"]},
                {"field": "status", "equals": "definitief"},
                {
                    "field": "scopeServices",
                    "containsAll": ["toeleiden-naar-werk"],
                    "onlyIf": {"field": "scheme", "equals": "blik-op-werk"},
                },
                {"validOn": "reference"},
            ],
        },
        {"equivalent": "quality_mark", "decision": "buyer"},
    ]
}
HEADCOUNT = {"document": "qualified_staff_list", "all": [{"asOfWithin": "P6M"}, {"field": "headcount", "gte": 10}]}
MET, NOT_MET, MANUAL = Verdict.MET, Verdict.NOT_MET, Verdict.MANUAL


def codes(reason: Reason) -> list[str]:
    return [reason.code, *(code for part in reason.parts for code in codes(part))]


def policy(**more: Any) -> dict[str, Any]:
    return {name: value for name, value in (POLICY | more).items() if value is not None}


def chosen(*versions: Any, kind: str = "liability_insurance", moment: Moment = MOMENT) -> str:
    """The number of the version that is evidence, or why there is none."""
    found = evidence_at(document(kind, *versions), KINDS[kind], moment)
    return str(found.version.number) if isinstance(found, Evidence) else str(found)


# The age of what is dated by issue


@pytest.mark.parametrize(
    ("issued", "verdict", "code"),
    [
        ("2026-05-21", MET, "recent"),
        ("2026-05-20", NOT_MET, "too_old"),
        ("2026-11-21", MET, "recent"),
    ],
)
def test_six_months_are_calendar_months_and_the_first_day_counts(issued: str, verdict: Verdict, code: str):
    found = judge(EXTRACT, dossier(document("kvk_extract", extract(issued))))
    assert found.verdict is verdict
    assert code in codes(found.reason)


def test_an_extract_of_184_days_still_meets_six_months():
    moment = replace(MOMENT, day=date(2027, 2, 28))
    assert judge(EXTRACT, dossier(document("kvk_extract", extract("2026-08-28"))), moment=moment).verdict is MET


@pytest.mark.parametrize(("issued", "verdict"), [("2024-11-21", MET), ("2024-11-20", NOT_MET)])
def test_two_years_are_calendar_years(issued: str, verdict: Verdict):
    rule = {"document": "kvk_extract", "all": [{"issuedWithin": "P2Y"}]}
    assert judge(rule, dossier(document("kvk_extract", extract(issued)))).verdict is verdict


def test_an_extract_issued_after_the_reference_day_counts_within_the_term_for_evidence():
    asked_later = replace(MOMENT, handed_in_by=KNOWN)
    late = version(extract("2026-12-01"), submitted_at=CLOSING + timedelta(days=10))
    found = judge(EXTRACT, dossier(document("kvk_extract", late)), moment=asked_later)
    assert (found.verdict, "issued_after_reference" in codes(found.reason)) == (MET, True)


def test_an_extract_issued_long_after_the_reference_day_is_for_a_person():
    strict = {"document": "kvk_extract", "all": [{"issuedWithin": "P6M", "maxAfterReference": "P5D"}]}
    late = version(extract("2026-12-01"), submitted_at=CLOSING + timedelta(days=10))
    found = judge(strict, dossier(document("kvk_extract", late)), moment=replace(MOMENT, handed_in_by=KNOWN))
    assert (found.verdict, "issued_long_after_reference" in codes(found.reason)) == (MANUAL, True)


def test_an_insurance_certificate_may_not_be_newer_than_the_reference_day():
    rule = {"document": "liability_insurance", "all": [{"issuedWithin": "P12M"}]}
    found = judge(rule, dossier(document("liability_insurance", policy(certificateDate="2026-11-22"))))
    assert (found.verdict, "dated_after_reference" in codes(found.reason)) == (NOT_MET, True)


# Amounts, periods, missing facts


def test_the_insured_amount_itself_is_enough():
    assert judge(INSURANCE, dossier(document("liability_insurance", POLICY))).verdict is MET
    a_cent_less = policy(amountPerClaim="1249999.99")
    assert judge(INSURANCE, dossier(document("liability_insurance", a_cent_less))).verdict is NOT_MET


def test_a_missing_amount_per_year_is_for_a_person():
    found = judge(INSURANCE, dossier(document("liability_insurance", policy(amountPerYear=None))))
    assert (found.verdict, "fact_missing" in codes(found.reason)) == (MANUAL, True)


def test_a_missing_document_is_not_met():
    found = judge(INSURANCE, dossier())
    assert (found.verdict, "missing" in codes(found.reason)) == (NOT_MET, True)


@pytest.mark.parametrize(
    ("more", "verdict", "code"),
    [
        ({"endDate": "2026-11-21"}, MET, "valid"),
        ({"endDate": "2026-11-20"}, NOT_MET, "expired"),
        ({"startDate": "2026-11-21"}, MET, "valid"),
        ({"startDate": "2026-11-22"}, NOT_MET, "not_yet_valid"),
        ({"endDate": None}, MET, "valid"),
        ({"startDate": None}, MANUAL, "period_unknown"),
        ({"endDate": "2026-11-20", "tacitRenewal": True}, MANUAL, "tacitly_renewed"),
        ({"coverKind": "AVB"}, NOT_MET, "field_differs"),
    ],
)
def test_cover_on_the_reference_day(more: dict[str, Any], verdict: Verdict, code: str):
    found = judge(INSURANCE, dossier(document("liability_insurance", policy(**more))))
    assert found.verdict is verdict
    assert code in codes(found.reason)


def test_cover_can_be_asked_for_a_fixed_day_and_takes_the_version_of_that_day():
    rule = {"document": "liability_insurance", "all": [{"validOn": "2027-01-01"}]}
    renewed = version(policy(startDate="2027-01-01", endDate="2027-12-31"), 2, "renewal")
    assert judge(rule, dossier(document("liability_insurance", POLICY))).verdict is NOT_MET
    assert judge(rule, dossier(document("liability_insurance", POLICY, renewed))).verdict is MET


def test_what_holds_until_it_is_replaced_needs_no_end():
    no_end = {name: value for name, value in MARK.items() if name != "validUntil"}
    party = dossier(document("quality_mark", no_end))
    assert judge({"document": "quality_mark", "all": [{"validOn": "reference"}]}, party).verdict is MANUAL
    assert judge({"document": "quality_mark", "all": [{"inForceOn": "reference"}]}, party).verdict is MET


@pytest.mark.parametrize(
    ("as_of", "headcount", "verdict"),
    [
        ("2026-05-21", 10, MET),
        ("2026-05-20", 10, NOT_MET),
        ("2026-06-01", 9, NOT_MET),
        ("2026-11-22", 10, NOT_MET),
        ("2026-06-01", None, MANUAL),
        (None, 10, MANUAL),
    ],
)
def test_a_staff_list_is_judged_by_its_as_of_day(as_of: str | None, headcount: int | None, verdict: Verdict):
    facts = {name: value for name, value in {"asOfDate": as_of, "headcount": headcount}.items() if value is not None}
    assert judge(HEADCOUNT, dossier(document("qualified_staff_list", facts))).verdict is verdict


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({}, MET),
        ({"endDate": "2023-11-21"}, MET),
        ({"endDate": "2023-11-20"}, NOT_MET),
        ({"endDate": None}, MANUAL),
        ({"endDate": None, "ongoing": True}, MET),
        ({"endDate": "2027-06-30", "ongoing": True}, MET),
        ({"endDate": None, "ongoing": True, "startDate": "2026-12-01"}, NOT_MET),
        ({"endDate": None, "ongoing": True, "startDate": None}, MANUAL),
        ({"amountInWindow": None}, MANUAL),
        ({"amountInWindow": "599999.99"}, NOT_MET),
        ({"satisfied": False}, NOT_MET),
        ({"domains": ["outplacement"]}, NOT_MET),
    ],
)
def test_a_reference_counts_with_what_was_carried_out_in_three_years(more: dict[str, Any], verdict: Verdict):
    facts = {name: value for name, value in (REFERENCE | more).items() if value is not None}
    assert judge(EXPERIENCE, dossier(document("reference", facts))).verdict is verdict


def test_a_contract_that_still_runs_is_no_ended_one_unless_its_executed_part_counts():
    rule = {"document": "reference", "all": [{"field": "endDate", "within": "P3Y"}]}
    later = document("reference", REFERENCE | {"endDate": "2027-06-30"})
    assert judge(rule, dossier(later)).verdict is NOT_MET


def test_distinct_documents_are_counted():
    twice = {**EXPERIENCE, "atLeast": 2}
    first, second = document("reference", REFERENCE, id="a"), document("reference", REFERENCE, id="b")
    unclear = document("reference", {**REFERENCE, "satisfied": None}, id="c")
    assert judge(twice, dossier(first)).verdict is NOT_MET
    assert judge(twice, dossier(first, second)).verdict is MET
    assert judge(twice, dossier(first, unclear)).verdict is MANUAL


def test_a_document_of_somebody_else_does_not_count():
    found = judge(EXTRACT, dossier(document("kvk_extract", extract("2026-11-01", kvkNumber="69599084"))))
    assert (found.verdict, "other_holder" in codes(found.reason)) == (NOT_MET, True)


def test_whose_document_it_is_may_be_unknown():
    by_paper = judge(EXTRACT, dossier(document("kvk_extract", {"issueDate": "2026-11-01"})))
    by_party = judge(EXTRACT, dossier(document("kvk_extract", extract("2026-11-01")), kvk_number=None))
    assert (by_paper.verdict, by_party.verdict) == (MANUAL, MANUAL)


def test_of_several_documents_the_one_that_satisfies_is_chosen_and_among_equals_the_latest():
    papers = [
        document("kvk_extract", extract(issued), id=id)
        for id, issued in [("old", "2026-01-01"), ("recent", "2026-07-01"), ("newest", "2026-10-01")]
    ]
    found = judge(EXTRACT, dossier(*papers)).reason.parts[0].parts[0]
    assert found.values["chosen"] == ["newest"]
    assert [part.values["documentId"] for part in found.parts] == ["newest", "recent", "old"]
    assert found.parts[2].parts[0].code == "too_old"


def test_the_reason_shows_document_version_hash_and_the_facts_that_were_used():
    found = judge(INSURANCE, dossier(document("liability_insurance", POLICY))).reason.parts[0].parts[0].parts[0]
    assert found.values["documentId"] == "d1"
    assert found.values["versionId"] == "v1"
    assert found.values["sha256"] == "ab" * 32
    assert found.values["facts"]["amountPerClaim"] == "1250000.00"
    assert "insurer" not in found.values["facts"]


# Marks and equivalents


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({}, MET),
        ({"status": "aspirant"}, NOT_MET),
        ({"scheme": "cedeo"}, NOT_MET),
        ({"scopeServices": ["outplacement"]}, NOT_MET),
        ({"scheme": "iso-9001", "scopeServices": ["outplacement"]}, MET),
        ({"scopeServices": None}, MANUAL),
        ({"validUntil": "2026-11-20"}, NOT_MET),
        ({"proofKind": "equivalent_measures"}, MANUAL),
    ],
)
def test_a_mark_or_what_a_buyer_may_accept_instead(more: dict[str, Any], verdict: Verdict):
    facts = {name: value for name, value in (MARK | more).items() if value is not None}
    assert judge(QUALITY, dossier(document("quality_mark", facts))).verdict is verdict


def test_an_equivalent_never_passes_for_the_mark_itself():
    claim = document("quality_mark", MARK | {"proofKind": "equivalent_certificate"})
    assert judge(QUALITY["anyOf"][0], dossier(claim)).verdict is NOT_MET


@pytest.mark.parametrize(("is_accepted", "verdict"), [(True, MET), (False, NOT_MET)])
def test_the_buyer_decides_on_an_equivalent_within_one_tender(is_accepted: bool, verdict: Verdict):
    claim = document("quality_mark", MARK | {"proofKind": "equivalent_measures"})
    decision = BuyerDecision("E1", is_accepted, "Zelfde criteria", CLOSING + timedelta(days=2))
    elsewhere = replace(decision, requirement_id="E9")
    too_late = replace(decision, at=KNOWN + timedelta(seconds=1))
    assert judge(QUALITY, dossier(claim, decisions=(decision,))).verdict is verdict
    assert judge(QUALITY, dossier(claim, decisions=(elsewhere, too_late))).verdict is MANUAL


def test_the_last_decision_counts():
    first = BuyerDecision("E1", False, "Nee", CLOSING + timedelta(days=1))
    second = BuyerDecision("E1", True, "Toch wel", CLOSING + timedelta(days=2))
    question = {"manual": {"question": "Past de visie?"}}
    assert judge(question, dossier(decisions=(second, first))).verdict is MET
    assert judge(question, dossier()).verdict is MANUAL


def test_an_equivalent_that_nobody_put_forward_is_not_met():
    only = {"equivalent": "quality_mark", "decision": "buyer"}
    assert judge(only, dossier()).verdict is NOT_MET
    assert judge(only, dossier(document("quality_mark", version(None)))).verdict is MANUAL


# Profile


@pytest.mark.parametrize(
    ("profile", "verdict"),
    [
        ({"establishmentIn": "gm0200"}, MET),
        ({"establishmentIn": "gm0363"}, NOT_MET),
        ({"services": {"containsAny": ["jobcoaching", "scholing"]}}, MET),
        ({"services": {"containsAll": ["jobcoaching", "scholing"]}}, NOT_MET),
        ({"targetGroups": {"containsAny": ["jongeren"]}}, NOT_MET),
    ],
)
def test_what_a_company_says_of_itself(profile: dict[str, Any], verdict: Verdict):
    party = dossier(profile=Profile(frozenset({"jobcoaching"}), frozenset(), frozenset({"gm0200"})))
    assert judge({"profile": profile}, party).verdict is verdict


# Parties


def with_extract(issued: str, role: str, organisation: str, **more: Any) -> Any:
    return dossier(document("kvk_extract", extract(issued)), role=role, organisation=organisation, **more)


def test_each_party_of_a_role_must_meet_or_any_one():
    good, bad = with_extract("2026-11-01", "lead", "o1"), with_extract("2026-01-01", "member", "o2")
    assert judge(EXTRACT, good, bad, roles=("member",), aggregation="each").verdict is NOT_MET
    assert judge(EXTRACT, good, bad, roles=("member",), aggregation="any").verdict is MET


def test_a_lead_is_a_member_and_bids():
    lead = with_extract("2026-01-01", "lead", "o1")
    assert judge(EXTRACT, lead, roles=("member",)).verdict is NOT_MET
    assert judge(EXTRACT, lead, roles=("bidder",)).verdict is NOT_MET


def test_a_role_that_nobody_has_asks_nothing_of_anybody_and_gives_nothing():
    bidder = with_extract("2026-11-01", "bidder", "o1")
    assert judge(EXTRACT, bidder, roles=("subcontractor",), aggregation="each").verdict is MET
    assert judge(EXTRACT, bidder, roles=("subcontractor",), aggregation="any").verdict is NOT_MET


def test_means_of_a_third_party_count_only_with_its_commitment():
    bidder = dossier(organisation="o1")
    third = with_extract("2026-11-01", "relied_on", "o2")
    roles = ("bidder", "reliedOn")
    assert judge(EXTRACT, bidder, third, roles=roles, aggregation="any").verdict is MANUAL
    committed = replace(third, has_commitment=True)
    assert judge(EXTRACT, bidder, committed, roles=roles, aggregation="any").verdict is MET
    assert judge(EXTRACT, third, roles=("reliedOn",), aggregation="each").verdict is MET


# Evidence at a moment


def test_only_what_was_submitted_in_time_and_approved_counts():
    late = version(POLICY, submitted_at=CLOSING + timedelta(seconds=1))
    assert chosen(late) == Absence.HANDED_IN_LATE
    assert chosen(version(None)) == Absence.NOT_YET_REVIEWED
    assert chosen(version(POLICY, withdrawn_at=KNOWN)) == Absence.WITHDRAWN
    assert chosen(version(POLICY, withdrawn_at=KNOWN + timedelta(seconds=1))) == "1"
    assert chosen(version(POLICY, decided=(Decided("returned", EARLIER),))) == Absence.RETURNED
    revoked = (Decided("approved", EARLIER), Decided("revoked", KNOWN))
    assert chosen(version(POLICY, decided=revoked)) == Absence.APPROVAL_REVOKED


def test_papers_handed_in_on_time_count_once_they_are_reviewed():
    paper = version(POLICY, decided=(Decided("approved", KNOWN),), fact_sets=(FactSet("confirmed", POLICY, KNOWN),))
    assert chosen(paper) == "1"
    assert chosen(paper, moment=replace(MOMENT, known_at=CLOSING)) == Absence.NOT_YET_REVIEWED


def test_only_confirmed_facts_count_and_of_those_the_last():
    proposed = FactSet("proposed", policy(endDate="2099-12-31"), EARLIER)
    assert chosen(version(POLICY, fact_sets=(proposed,))) == Absence.NOT_YET_REVIEWED
    mended = FactSet("confirmed", policy(endDate="2026-11-20"), KNOWN)
    first = FactSet("confirmed", POLICY, EARLIER)
    paper = document("liability_insurance", version(POLICY, fact_sets=(mended, first, proposed)))
    assert judge(INSURANCE, dossier(paper)).verdict is NOT_MET
    assert judge(INSURANCE, dossier(paper), moment=replace(MOMENT, known_at=KNOWN - timedelta(1))).verdict is MET


def test_a_renewal_counts_when_the_older_one_has_ended():
    renewal = version(policy(startDate="2026-11-01", endDate="2027-10-31"), 2, "renewal")
    assert chosen(POLICY, renewal) == "1"
    assert chosen(POLICY, renewal, moment=replace(MOMENT, day=date(2026, 12, 31))) == "1"
    assert chosen(POLICY, renewal, moment=replace(MOMENT, day=date(2027, 1, 1))) == "2"


def test_in_a_gap_the_version_that_ended_last_tells_why():
    renewal = version(policy(startDate="2027-02-01", endDate="2027-12-31"), 2, "renewal")
    assert chosen(POLICY, renewal, moment=replace(MOMENT, day=date(2027, 1, 15))) == "1"
    assert chosen(POLICY, renewal, moment=replace(MOMENT, day=date(2025, 1, 15))) == "1"


def test_a_correction_replaces_what_it_corrects_only_once_it_is_approved():
    corrected = version(policy(amountPerClaim="500000.00"), 2, "correction")
    assert chosen(POLICY, corrected) == "2"
    assert chosen(POLICY, version(None, 2, "correction")) == "1"
    twice = version(POLICY, 3, "correction")
    assert chosen(POLICY, corrected, twice) == "3"
    assert chosen(POLICY, version(None, 2, "correction"), twice) == "3"


def test_a_change_ends_its_predecessor_on_its_day():
    change = version(policy(startDate="2026-06-01"), 2, "change", effective_on=date(2026, 12, 1))
    assert chosen(POLICY, change) == "1"
    assert chosen(POLICY, change, moment=replace(MOMENT, day=date(2026, 11, 30))) == "1"
    assert chosen(POLICY, change, moment=replace(MOMENT, day=date(2026, 12, 1))) == "2"
    assert chosen(change) == Absence.NOT_IN_FORCE


def test_a_correction_of_a_change_is_that_change():
    change = version(POLICY, 2, "change", effective_on=date(2026, 10, 1))
    corrected = version(POLICY, 3, "correction")
    assert chosen(POLICY, change, corrected) == "3"
    assert chosen(POLICY, change, corrected, moment=replace(MOMENT, day=date(2026, 9, 30))) == "1"


def test_a_change_leaves_a_renewal_that_begins_later_alone():
    renewal = version(policy(startDate="2027-01-01", endDate="2027-12-31"), 2, "renewal")
    change = version(POLICY, 3, "change", effective_on=date(2026, 10, 1))
    assert chosen(POLICY, renewal, change) == "3"
    assert chosen(POLICY, renewal, change, moment=replace(MOMENT, day=date(2027, 1, 1))) == "2"


def test_of_extracts_the_last_on_or_before_the_day_counts_else_the_first_after():
    def on(day: date) -> str:
        first, second = version(extract("2026-06-01")), version(extract("2026-10-01"), 2, "renewal")
        return chosen(first, second, kind="kvk_extract", moment=replace(MOMENT, day=day))

    assert on(date(2026, 5, 1)) == "1"
    assert on(date(2026, 6, 1)) == "1"
    assert on(date(2026, 9, 30)) == "1"
    assert on(date(2026, 10, 1)) == "2"
    assert chosen(version({}), kind="kvk_extract") == "1"


def test_a_renewal_that_is_still_in_review_keeps_the_old_and_makes_a_refusal_manual():
    waiting = version(None, 2, "renewal")
    ended = document("liability_insurance", policy(endDate="2026-11-20"), waiting)
    running = document("liability_insurance", POLICY, waiting)
    assert judge(INSURANCE, dossier(running)).verdict is MET
    found = judge(INSURANCE, dossier(ended))
    assert (found.verdict, "document_in_review" in codes(found.reason)) == (MANUAL, True)


# The set as a whole


def test_only_suitability_has_a_verdict():
    rules = requirements(EXTRACT)
    first = rules.requirements[0]
    more = [
        replace(first, id=kind, kind=kind, rule=None, subject=None, stage=None)
        for kind in (RequirementKind.PERFORMANCE, RequirementKind.AWARD)
    ]
    rules = replace(rules, requirements=(first, *more))
    declared = assess(rules, [dossier(is_declared=True)], {"bid": MOMENT})
    assert [(each.verdict, each.reason.code) for each in declared] == [
        (NOT_MET, "each_party"),
        (None, "declared"),
        (None, "award"),
    ]
    assert assess(rules, [dossier()], {"bid": MOMENT})[1].reason.code == "undeclared"


def test_each_stage_has_its_own_moment():
    rules = requirements(EXTRACT)
    both = replace(rules, requirements=(*rules.requirements, replace(rules.requirements[0], id="E2", stage="evidence")))
    party = dossier(document("kvk_extract", extract("2026-05-21")))
    later = replace(MOMENT, day=DAY + timedelta(days=1))
    found = assess(both, [party], {"bid": MOMENT, "evidence": later})
    assert [each.verdict for each in found] == [MET, NOT_MET]


def test_a_stored_reason_reads_back():
    found = judge(QUALITY, dossier(document("quality_mark", MARK)))
    stored = json.loads(canonical([found]))
    assert stored == to_json([found])
    assert stored["evaluatorVersion"] == "1"
    assert Reason.from_json(stored["assessments"][0]["reason"]) == found.reason


# Properties

DATES = st.dates(date(2023, 6, 1), date(2027, 6, 1)).map(date.isoformat)
INSTANTS = st.integers(0, 60).map(lambda days: EARLIER + timedelta(days=days))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def facts_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    found = st.fixed_dictionaries({name: maybe(strategy) for name, strategy in fields.items()})
    return found.map(lambda facts: {name: value for name, value in facts.items() if value is not None})


AMOUNTS = st.sampled_from(["0.00", "600000.00", "1250000.00", "2500000.00"])
FACTS = {
    "kvk_extract": facts_of(kvkNumber=st.sampled_from(["68750110", "69599084"]), issueDate=DATES),
    "liability_insurance": facts_of(
        coverKind=st.sampled_from(["AVB", "BAV"]),
        amountPerClaim=AMOUNTS,
        amountPerYear=AMOUNTS,
        startDate=DATES,
        endDate=DATES,
        tacitRenewal=st.booleans(),
    ),
    "reference": facts_of(
        domains=st.sampled_from([["toeleiden-naar-werk"], ["outplacement"]]),
        startDate=DATES,
        endDate=DATES,
        ongoing=st.booleans(),
        amountInWindow=AMOUNTS,
        satisfied=st.booleans(),
    ),
    "quality_mark": facts_of(
        proofKind=st.sampled_from(["certificate", "equivalent_measures"]),
        scheme=st.sampled_from(["blik-op-werk", "iso-9001", "other"]),
        status=st.sampled_from(["definitief", "aspirant"]),
        kvkNumber=st.just("68750110"),
        scopeServices=st.sampled_from([["toeleiden-naar-werk"], ["outplacement"]]),
        validFrom=DATES,
        validUntil=DATES,
    ),
    "qualified_staff_list": facts_of(asOfDate=DATES, headcount=st.integers(0, 20)),
}
RULES = [
    EXTRACT,
    INSURANCE,
    EXPERIENCE,
    {**EXPERIENCE, "atLeast": 2},
    QUALITY,
    HEADCOUNT,
    {"allOf": [EXTRACT, QUALITY]},
]


@st.composite
def versions(draw: st.DrawFn, kind: str, number: int) -> Any:
    submitted = draw(INSTANTS)
    relation = "first" if number == 1 else draw(st.sampled_from(["renewal", "correction", "change"]))
    outcomes = draw(st.lists(st.sampled_from(["approved", "approved", "returned", "revoked"]), max_size=2))
    decided = [Decided(outcome, submitted + timedelta(days=draw(st.integers(1, 20)))) for outcome in outcomes]
    return version(
        draw(FACTS[kind]),
        number,
        relation,
        submitted_at=submitted,
        effective_on=date.fromisoformat(draw(DATES)) if relation == "change" else None,
        withdrawn_at=draw(maybe(INSTANTS)),
        decided=tuple(decided),
    )


@st.composite
def documents(draw: st.DrawFn) -> list[DocumentFacts]:
    found = []
    for place in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(sorted(FACTS)))
        papers = [draw(versions(kind, number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
        found.append(document(kind, *papers, id=f"d{place}"))
    return found


@settings(deadline=None)
@given(papers=documents(), rule=st.sampled_from(RULES), seed=st.randoms())
def test_the_order_of_documents_and_versions_does_not_matter(papers: list[DocumentFacts], rule: Any, seed: Any):
    shuffled = [replace(paper, versions=tuple(seed.sample(paper.versions, len(paper.versions)))) for paper in papers]
    seed.shuffle(shuffled)
    assert canonical([judge(rule, dossier(*papers))]) == canonical([judge(rule, dossier(*shuffled))])


@settings(deadline=None)
@given(papers=documents(), more=documents(), rule=st.sampled_from(RULES))
def test_adding_a_document_never_makes_it_worse(papers: list[DocumentFacts], more: list[DocumentFacts], rule: Any):
    added = [replace(paper, document_id=f"more-{paper.document_id}") for paper in more]
    assert rank(judge(rule, dossier(*papers, *added)).reason) >= rank(judge(rule, dossier(*papers)).reason)


@settings(deadline=None)
@given(papers=documents(), rule=st.sampled_from(RULES))
def test_without_any_facts_nothing_is_met(papers: list[DocumentFacts], rule: Any):
    emptied = [
        replace(
            paper,
            versions=tuple(
                replace(each, fact_sets=tuple(replace(facts, facts={}) for facts in each.fact_sets))
                for each in paper.versions
            ),
        )
        for paper in papers
    ]
    assert judge(rule, dossier(*emptied)).verdict is not MET


@settings(deadline=None)
@given(
    facts=FACTS["liability_insurance"],
    name=st.sampled_from(["coverKind", "amountPerClaim", "amountPerYear", "startDate"]),
)
def test_leaving_a_fact_out_never_satisfies(facts: dict[str, Any], name: str):
    without = {key: value for key, value in facts.items() if key != name}
    assert judge(INSURANCE, dossier(document("liability_insurance", without))).verdict is not MET


@settings(deadline=None)
@given(papers=documents(), rule=st.sampled_from(RULES), later=st.data())
def test_what_happens_later_does_not_change_a_verdict_of_the_past(papers: list[DocumentFacts], rule: Any, later: Any):
    before = canonical([judge(rule, dossier(*papers))])
    after = KNOWN + timedelta(seconds=1)
    grown = [_grown(paper, after, later.draw(FACTS[paper.kind])) for paper in papers]
    new = document("kvk_extract", version(extract("2026-11-20"), submitted_at=after), id="new")
    assert canonical([judge(rule, dossier(*grown, new))]) == before


def _grown(paper: DocumentFacts, at: Any, facts: dict[str, Any]) -> DocumentFacts:
    versions = [
        replace(
            each,
            withdrawn_at=each.withdrawn_at or at,
            decided=(*each.decided, Decided("revoked", at)),
            fact_sets=(*each.fact_sets, FactSet("confirmed", facts, at)),
        )
        for each in paper.versions
    ]
    added = version(facts, len(versions) + 1, "correction", submitted_at=at)
    return replace(paper, versions=(*versions, added))


@settings(deadline=None)
@given(papers=documents(), day=st.dates(date(2023, 1, 1), date(2028, 1, 1)))
def test_evidence_is_always_approved_in_time_and_confirmed(papers: list[DocumentFacts], day: date):
    moment = replace(MOMENT, day=day)
    for paper in papers:
        found = evidence_at(paper, KINDS[paper.kind], moment)
        if isinstance(found, Evidence):
            version = next(each for each in paper.versions if each.version_id == found.version.version_id)
            assert version.submitted_at is not None
            assert version.submitted_at <= CLOSING
            assert version.withdrawn_at is None or version.withdrawn_at > KNOWN
            assert found.facts in [each.facts for each in version.fact_sets]
