"""The four tenders of 2001 and 2002 as acceptance tests: who meets them, who fails in which way, and where a person decides."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from depot.sample import calls
from depot.tenders import language, library
from depot.tenders.evidence import DocumentFacts
from depot.tenders.judgement import Verdict
from depot.tenders.reasons import sentence
from depot.tenders.requirements import RequirementKind, RequirementSet
from depot.tenders.rules import Assessment, BuyerDecision, Dossier, Profile, assess
from tests.tenders.dossiers import (
    CLOSING,
    KINDS,
    KVK,
    MARK,
    MOMENT,
    POLICY,
    REFERENCE,
    document,
    extract,
)

FACTS: Mapping[str, dict[str, Any]] = {
    "kvk_extract": extract("2026-10-01"),
    "procurement_conduct_certificate": {"kvkNumber": KVK, "issueDate": "2025-11-21"},
    "tax_compliance_statement": {"statementKind": "tax_obligations", "outcome": "fulfilled", "issueDate": "2026-06-01"},
    "liability_insurance": POLICY,
    "quality_mark": MARK,
    "reference": {
        **REFERENCE,
        "domains": ["toeleiden-naar-werk", "sociale-activering"],
        "resultPct": "55",
    },
    "qualified_staff_list": {"asOfDate": "2026-10-01", "fteHbo": "4", "headcount": "6", "rows": []},
    "annual_accounts": {"documentKind": "company", "kvkNumber": KVK, "fiscalYear": "2025", "periodEnd": "2025-12-31"},
    "privacy_policy": {"effectiveDate": "2024-01-01"},
    "complaints_procedure": {"effectiveDate": "2024-01-01"},
    "client_satisfaction_survey": {
        "periodEnd": "2026-06-30",
        "scale": "1-10",
        "responsePct": "45",
        "overallScore": "7.4",
    },
}
PROFILE = Profile(
    frozenset({"trajectbegeleiding", "toeleiden-naar-werk"}), frozenset(), frozenset({"gm0957", "gm0200"})
)
CASES = {
    "Apeldoorn": calls.APELDOORN,
    "Amsterdam": calls.AMSTERDAM,
    "Emmen": calls.EMMEN,
    "Roermond": calls.ROERMOND,
}


def asked(call: calls.Call) -> RequirementSet:
    """The requirement set of a sample tender, as its buyer would have made it."""
    filled = [library.fill(code, answers, f"E{number}") for number, (code, answers) in enumerate(call.asked, start=1)]
    return language.parse({"schema": language.SCHEMA, "requirements": [*call.own_rules, *filled]}, KINDS)


def papers(without: Sequence[str] = (), **changes: Mapping[str, Any]) -> tuple[DocumentFacts, ...]:
    """One approved document of each kind, some left out or with other facts."""
    return tuple(
        document(kind, {**facts, **changes.get(kind, {})}, id=kind)
        for kind, facts in FACTS.items()
        if kind not in without
    )


def judged(call: calls.Call, *parties: Dossier) -> dict[str, Assessment]:
    rules = asked(call)
    moments = {item.stage: MOMENT for item in rules.requirements if item.stage}
    return {item.requirement_id: item for item in assess(rules, parties, moments)}


def company(call: calls.Call, documents: Sequence[DocumentFacts], **more: Any) -> Dossier:
    """A company that declares what is asked, with the buyer's yes to every open question unless told otherwise."""
    questions = [item.id for item in asked(call).requirements if item.asks_buyer]
    yes = tuple(BuyerDecision(id, is_accepted=True, motivation="Goed.", at=CLOSING) for id in questions)
    found = {"role": "bidder", "organisation": "o1", "kvk_number": KVK, "is_declared": True, "decisions": yes}
    return Dossier(documents=tuple(documents), **{**found, "profile": PROFILE, **more})


def verdicts(found: Mapping[str, Assessment]) -> set[Verdict]:
    return {item.verdict for item in found.values() if item.kind is RequirementKind.SUITABILITY and item.verdict}


def short(found: Mapping[str, Assessment]) -> dict[str, str]:
    """The sentences of what is not met."""
    return {id: str(sentence(item.reason)) for id, item in found.items() if item.verdict is Verdict.NOT_MET}


@pytest.mark.parametrize("call", CASES.values(), ids=CASES)
def test_a_company_with_all_papers_meets_all_that_is_assessed(call: calls.Call) -> None:
    found = judged(call, company(call, papers()))
    assert verdicts(found) == {Verdict.MET}, short(found)
    declared = {item.reason.code for item in found.values() if item.kind is RequirementKind.PERFORMANCE}
    assert declared <= {"declared"}
    assert all(item.verdict is None for item in found.values() if item.kind is RequirementKind.AWARD)


@pytest.mark.parametrize(
    ("call", "documents", "more", "reason"),
    [
        (calls.APELDOORN, papers(reference={"resultPct": "54.9"}), {}, "„Trajecten die hun doel haalden” is 54,9"),
        (calls.APELDOORN, papers(kvk_extract=extract("2026-05-20")), {}, "ouder dan 6 maanden"),
        (calls.APELDOORN, papers(), {"profile": Profile()}, "het profiel van het bedrijf noemt niet"),
        (calls.AMSTERDAM, papers(procurement_conduct_certificate={"issueDate": "2024-11-20"}), {}, "ouder dan 2 jaar"),
        (calls.AMSTERDAM, papers(["complaints_procedure", "quality_mark"]), {}, "klachtenreglement ontbreekt"),
        (calls.AMSTERDAM, papers(["reference"], qualified_staff_list={"fteHbo": "3.9"}), {}, "gevraagd is minstens 4"),
        (calls.EMMEN, papers(qualified_staff_list={"fteHbo": "1.9"}), {}, "gevraagd is minstens 2"),
        (calls.EMMEN, papers(reference={"endDate": "2023-11-20"}), {}, "langer geleden dan 3 jaar"),
        (calls.ROERMOND, papers(["annual_accounts"]), {}, "jaarrekening ontbreekt"),
        (calls.ROERMOND, papers(), {"profile": replace(PROFILE, municipality_codes=frozenset({"gm0200"}))}, "Roermond"),
    ],
)  # fmt: skip
def test_a_company_that_falls_short_hears_in_what(
    call: calls.Call, documents: Sequence[DocumentFacts], more: dict[str, Any], reason: str
) -> None:
    found = short(judged(call, company(call, documents, **more)))
    assert [said for said in found.values() if reason in said], found


@pytest.mark.parametrize(
    ("call", "documents", "code"),
    [
        (
            calls.APELDOORN,
            papers(quality_mark={"proofKind": "equivalent_measures", "scheme": "other"}),
            "equivalent_undecided",
        ),
        (calls.AMSTERDAM, papers(), "question_undecided"),
        (calls.EMMEN, papers(), "question_undecided"),
        (calls.ROERMOND, papers(), "question_undecided"),
    ],
)
def test_what_only_a_person_can_judge_waits_for_that_person(
    call: calls.Call, documents: Sequence[DocumentFacts], code: str
) -> None:
    found = judged(call, company(call, documents, decisions=()))
    waiting = [item for item in found.values() if item.verdict is Verdict.MANUAL]
    assert waiting
    assert code in {reason for item in waiting for reason in codes(item.reason)}


def codes(reason: Any) -> list[str]:
    return [reason.code, *(code for part in reason.parts for code in codes(part))]


def test_in_amsterdam_the_staffs_experience_stands_in_for_the_companys() -> None:
    without = papers(["reference"])
    assert judged(calls.AMSTERDAM, company(calls.AMSTERDAM, without))["activering"].verdict is Verdict.MET


def test_in_amsterdam_a_combination_answers_with_the_best_of_its_members() -> None:
    lead = company(calls.AMSTERDAM, papers(["reference", "qualified_staff_list"]), role="lead")
    member = company(calls.AMSTERDAM, papers(), role="member", organisation="o2")
    assert judged(calls.AMSTERDAM, lead)["activering"].verdict is Verdict.NOT_MET
    assert judged(calls.AMSTERDAM, lead, member)["activering"].verdict is Verdict.MET


def test_papers_that_came_in_time_count_once_they_are_reviewed() -> None:
    call = calls.APELDOORN
    late = replace(MOMENT, known_at=CLOSING - timedelta(days=40))
    rules = asked(call)
    early = assess(rules, [company(call, papers())], {item.stage: late for item in rules.requirements if item.stage})
    assert Verdict.MET not in {
        item.verdict
        for item in early
        if item.reason.code == "each_party" and item.reason.parts[0].parts[0].code == "documents"
    }
    assert verdicts(judged(call, company(call, papers()))) == {Verdict.MET}
