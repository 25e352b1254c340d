from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from depot.core.i18n import Text
from depot.core.periods import Period
from depot.tenders.judgement import Reason, Verdict
from depot.tenders.reasons import period_text, requirement_sentence, sentence
from depot.tenders.requirements import RequirementKind
from depot.tenders.rules import BuyerDecision
from tests.tenders.dossiers import (
    CLOSING,
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
AMOUNT = {"amount": "1250000.00", "currency": "EUR"}


def said(rule: dict[str, Any], *parties: Any, **more: Any) -> str:
    return str(sentence(judge(rule, *parties, **more).reason)).replace("\N{NO-BREAK SPACE}", " ")


def asked(rule: dict[str, Any], **subject: Any) -> str:
    made = requirements(rule, **subject).requirements[0]
    return str(requirement_sentence(made)).replace("\N{NO-BREAK SPACE}", " ")


def test_an_old_extract_is_told_with_both_days_and_the_term():
    assert said(EXTRACT, dossier(document("kvk_extract", extract("2026-05-20")))) == (
        "Voldoet niet: uittreksel van 20 mei 2026 is op 21 november 2026 ouder dan 6 maanden."
    )
    assert said(EXTRACT, dossier(document("kvk_extract", extract("2026-05-21")))) == (
        "Voldoet: uittreksel van 21 mei 2026 is op 21 november 2026 niet ouder dan 6 maanden."
    )


def test_what_is_missing_or_waits_is_told():
    assert said(EXTRACT, dossier()) == "Voldoet niet: uittreksel ontbreekt."
    assert said(EXTRACT, dossier(document("kvk_extract", version(None)))) == (
        "Handmatig beoordelen: uittreksel is nog niet beoordeeld."
    )
    late = version(extract("2026-11-01"), submitted_at=CLOSING + timedelta(hours=1))
    assert said(EXTRACT, dossier(document("kvk_extract", late))) == "Voldoet niet: uittreksel is te laat ingediend."
    other = document("kvk_extract", extract("2026-11-01", kvkNumber="69599084"))
    assert said(EXTRACT, dossier(other)) == (
        "Voldoet niet: uittreksel staat op KvK-nummer 69599084; dit bedrijf heeft 68750110."
    )


def test_every_ground_of_a_refusal_is_told():
    rule = {
        "document": "liability_insurance",
        "all": [{"validOn": "reference"}, {"field": "amountPerClaim", "gte": AMOUNT}],
    }
    bad = POLICY | {"endDate": "2026-11-20", "amountPerClaim": "1000000.00"}
    assert said(rule, dossier(document("liability_insurance", bad))) == (
        "Voldoet niet: verzekeringspolis is geldig tot en met 20 november 2026 en is op 21 november 2026 verlopen; "
        "verzekeringspolis: „Bedrag per aanspraak” is € 1.000.000,00; gevraagd is minstens € 1.250.000,00."
    )


@pytest.mark.parametrize(
    ("test", "ground"),
    [
        ({"field": "status", "equals": "aspirant"}, "„Status” is definitief; gevraagd is aspirant"),
        (
            {"field": "scheme", "in": ["iso-9001", "cedeo"]},
            "„Keurmerk of norm” is Blik op Werk; gevraagd is een van: ISO 9001, Cedeo",
        ),
        (
            {"field": "scopeServices", "containsAny": ["outplacement"]},
            "„Diensten waarvoor het geldt” is toeleiden naar werk; gevraagd is minstens een van: outplacement",
        ),
        (
            {"field": "validFrom", "within": "P1Y"},
            "„Geldig vanaf” is 1 januari 2025; dat is op 21 november 2026 langer geleden dan een jaar",
        ),
    ],
)
def test_a_field_is_told_with_what_was_found_and_asked(test: dict[str, Any], ground: str):
    rule = {"document": "quality_mark", "all": [test]}
    assert said(rule, dossier(document("quality_mark", MARK))) == f"Voldoet niet: keurmerk: {ground}."


def test_numbers_and_answers_are_told_as_people_say_them():
    rule = {
        "document": "reference",
        "all": [{"field": "resultPct", "gte": "55.5"}, {"field": "satisfied", "equals": True}],
    }
    paper = document("reference", REFERENCE | {"resultPct": "40.5", "satisfied": False})
    assert said(rule, dossier(paper)) == (
        "Voldoet niet: referentie: „Trajecten die hun doel haalden” is 40,5; gevraagd is minstens 55,5; "
        "referentie: „Uitgevoerd naar tevredenheid” is nee; gevraagd is ja."
    )


def test_too_few_documents_are_counted():
    rule = {"document": "reference", "atLeast": 2, "where": [{"field": "satisfied", "equals": True}]}
    assert said(rule, dossier(document("reference", REFERENCE))) == (
        "Voldoet niet: aantal documenten dat voldoet: 1; gevraagd: minstens 2."
    )


def test_the_same_ground_is_told_once():
    rule = {"document": "reference", "atLeast": 2, "where": [{"field": "trajectories", "gte": 10}]}
    papers = [document("reference", REFERENCE, id=id) for id in "ab"]
    assert said(rule, dossier(*papers)) == (
        "Handmatig beoordelen: bij referentie ontbreekt het gegeven „Aantal trajecten”."
    )


def test_with_several_parties_the_role_is_told():
    good = dossier(document("kvk_extract", extract("2026-11-01")), role="lead", organisation="o1")
    missing = dossier(role="member", organisation="o2")
    assert said(EXTRACT, good, missing, roles=("member",)) == "Voldoet niet: combinant: uittreksel ontbreekt."
    third = replace(good, role="relied_on")
    found = said(EXTRACT, missing, third, roles=("member", "reliedOn"), aggregation="any")
    assert found == "Handmatig beoordelen: derde: niet bekend is of deze derde zijn middelen toezegt."
    assert said(EXTRACT, missing, roles=("subcontractor",)) == "Voldoet: geen partij heeft deze rol."


def test_a_decision_is_told_with_its_motivation():
    rule = {"anyOf": [{"document": "quality_mark"}, {"equivalent": "quality_mark", "decision": "buyer"}]}
    assert said(rule, dossier()) == "Voldoet niet: keurmerk ontbreekt; er is geen gelijkwaardig bewijs ingediend."
    decision = BuyerDecision("E1", is_accepted=True, motivation="Zelfde criteria.", at=CLOSING)
    assert said(rule, dossier(decisions=(decision,))) == (
        "Voldoet: de gemeente accepteert het bewijs als gelijkwaardig: „Zelfde criteria.”."
    )
    assert said(rule, dossier(document("quality_mark", MARK))) == "Voldoet: keurmerk is goedgekeurd."


@pytest.mark.parametrize("code", ["declared", "undeclared", "award"])
def test_what_is_not_assessed_has_no_verdict_word(code: str):
    found = str(sentence(Reason(code, None)))
    assert found.endswith(".")
    assert not found.startswith("Voldoet")


EVERY = [
    ({"document": "liability_insurance", "all": [{"validOn": "reference"}]}, "liability_insurance", POLICY | more)
    for more in (
        {"startDate": "2026-12-01"},
        {"endDate": "2026-11-01", "tacitRenewal": True},
        {"startDate": None},
        {"amountPerYear": None},
    )
] + [
    (
        {"document": "reference", "all": [{"field": "endDate", "within": "P3Y", "ongoing": "executedPart"}]},
        "reference",
        facts,
    )
    for facts in (
        REFERENCE,
        REFERENCE | {"endDate": "2020-12-31"},
        REFERENCE | {"endDate": "2027-12-31"},
        REFERENCE | {"endDate": "2027-12-31", "startDate": "2026-12-31"},
        {},
    )
]


@pytest.mark.parametrize(("rule", "kind", "facts"), EVERY)
def test_every_reason_has_a_sentence(rule: dict[str, Any], kind: str, facts: dict[str, Any]):
    known = {name: value for name, value in facts.items() if value is not None}
    found = said(rule, dossier(document(kind, known)))
    assert "%" not in found
    assert "–" not in found


def test_a_sentence_waits_for_its_readers_language():
    assert isinstance(sentence(judge(EXTRACT, dossier()).reason), Text)


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("P6M", "6 maanden"),
        ("P1M", "een maand"),
        ("P12M", "een jaar"),
        ("P3Y", "3 jaar"),
        ("P14D", "14 dagen"),
        ("P1M1D", "een maand en een dag"),
    ],
)
def test_terms_are_told_in_words(period: str, text: str):
    assert str(period_text(Period.parse(period))) == text


def test_a_requirement_is_a_sentence():
    assert asked(EXTRACT, roles=("bidder", "member", "reliedOn")) == (
        "Nodig van elke partij (inschrijver, combinant, derde): uittreksel (niet ouder dan 6 maanden)."
    )
    rule = {
        "document": "reference",
        "atLeast": 2,
        "where": [
            {"field": "domains", "containsAny": ["toeleiden-naar-werk"]},
            {"field": "endDate", "within": "P3Y", "ongoing": "executedPart"},
            {"field": "amountInWindow", "gte": AMOUNT},
            {"field": "satisfied", "equals": True},
        ],
    }
    assert asked(rule, aggregation="any") == (
        "Nodig van minstens één partij (inschrijver): 2 keer referentie („Diensten” noemt minstens een van: "
        "toeleiden naar werk; „Einddatum” valt in de laatste 3 jaar, of de opdracht loopt nog; „Bedrag uitgevoerd in "
        "de laatste drie jaar (ex btw)” is minstens € 1.250.000,00; „Uitgevoerd naar tevredenheid” is ja)."
    )


def test_alternatives_and_conditions_are_in_the_sentence():
    rule = {
        "anyOf": [
            {
                "document": "quality_mark",
                "all": [
                    {"validOn": "2027-01-01"},
                    {
                        "field": "scopeServices",
                        "containsAll": ["jobcoaching"],
                        "onlyIf": {"field": "scheme", "equals": "blik-op-werk"},
                    },
                ],
            },
            {"equivalent": "quality_mark", "decision": "buyer"},
            {"allOf": [{"profile": {"establishmentIn": "gm0200"}}, {"manual": {"question": "Past het?"}}]},
        ]
    }
    assert asked(rule) == (
        "Nodig van elke partij (inschrijver): keurmerk (geldig op 1 januari 2027; „Diensten waarvoor het geldt” noemt al "
        "deze: jobcoaching, maar alleen als „Keurmerk of norm” is Blik op Werk), of een gelijkwaardig bewijs voor keurmerk, "
        "te beoordelen door de gemeente, of een vestiging in gemeente Apeldoorn, en de gemeente beoordeelt zelf: „Past het?”."
    )


def test_performance_and_award_are_told_as_what_they_are():
    made = requirements(EXTRACT).requirements[0]
    bare = replace(made, rule=None, subject=None, stage=None)
    assert (
        str(requirement_sentence(replace(bare, kind=RequirementKind.PERFORMANCE)))
        == "De inschrijver verklaart: Een eis."
    )
    assert str(requirement_sentence(replace(bare, kind=RequirementKind.AWARD))) == "Telt mee bij de gunning: Een eis."


def test_the_moment_of_knowledge_does_not_show_in_a_sentence():
    later = replace(MOMENT, known_at=KNOWN + timedelta(days=900))
    paper = dossier(document("kvk_extract", extract("2026-05-20")))
    assert said(EXTRACT, paper, moment=later) == said(EXTRACT, paper)


@pytest.mark.parametrize(
    ("code", "aspect", "codes", "ground"),
    [
        (
            "profile_holds",
            "services",
            ["intake", "nazorg"],
            "Voldoet: het profiel van het bedrijf noemt: Intake, Nazorg.",
        ),
        (
            "profile_lacks",
            "establishmentIn",
            ["gm0200"],
            "Voldoet niet: het profiel van het bedrijf noemt niet wat is gevraagd: Apeldoorn.",
        ),
        (
            "profile_lacks",
            "legalForm",
            ["nv"],
            "Voldoet niet: het profiel van het bedrijf noemt niet wat is gevraagd: naamloze vennootschap (nv).",
        ),
        ("profile_holds", "services", ["later-bedacht"], "Voldoet: het profiel van het bedrijf noemt: later-bedacht."),
    ],
)
def test_a_profile_is_told_in_words_not_codes(code: str, aspect: str, codes: list[str], ground: str):
    verdict = Verdict.MET if code == "profile_holds" else Verdict.NOT_MET
    reason = Reason(code, verdict, {"aspect": aspect, "asked": codes, "found": codes})
    assert str(sentence(reason)) == ground
