"""What the sample's companies hand in. The first three tell the story of Apeldoorn; the others show all kinds and states."""

from depot.documents.models import Relation, State
from depot.papers.make import Holder
from depot.sample.facts import Past
from depot.sample.filing import Plan
from depot.sample.people import (
    CHAIN,
    COOPERATIVE,
    DAGOBERT,
    DONALD,
    FIRM,
    FOUNDATION,
    KATRIEN,
    LIMITED,
    MUTUAL,
    OTHER,
    PARTNERSHIP,
    SECOND_FOUNDATION,
)


def plans(past: Past) -> list[Plan]:
    """Every document of every company."""
    return [*_donald(past), *_dagobert(past), *_katrien(past), *_foundation(past), *_consortium(past), *_others(past)]


def _donald(past: Past) -> list[Plan]:
    return [
        Plan(DONALD, "kvk_extract", past.extract(DONALD, 250), 245),
        Plan(
            DONALD,
            "liability_insurance",
            past.insurance(DONALD, 353, -12, "1250000.00", "2500000.00", policyNumber="VB-2201"),
            350,
        ),
        Plan(DONALD, "quality_mark", past.mark(DONALD, 300, -430, certificateNumber="BOW-0417"), 298),
        Plan(
            DONALD,
            "reference",
            past.reference("Gemeente Emmen", 1200, 320, "640000.00", "61"),
            180,
            title="Referentie Emmen",
        ),
        Plan(
            DONALD,
            "reference",
            past.reference("Gemeente Amsterdam", 700, 40, "310000.00", "57", domains=["sociale-activering"]),
            28,
            title="Referentie Amsterdam",
        ),
        Plan(DONALD, "annual_accounts", past.accounts(DONALD, "2140000.00"), 120),
        Plan(DONALD, "qualified_staff_list", past.staff(90, "14", "11.5", "6.5", fteMbo="3", fteWo="2"), 88),
        Plan(
            DONALD,
            "reference",
            past.reference("Gemeente Roermond", 500, 10, "280000.00", "63"),
            2,
            until=State.DRAFT,
            title="Referentie Roermond",
        ),
    ]


def _dagobert(past: Past) -> list[Plan]:
    policy = "VB-1187"
    renewed = Plan(
        DAGOBERT,
        "liability_insurance",
        past.insurance(DAGOBERT, 35, -330, "1250000.00", "2500000.00", policyNumber=policy),
        34,
        relation=Relation.RENEWAL,
    )
    return [
        Plan(DAGOBERT, "kvk_extract", past.extract(DAGOBERT, 60), 58),
        Plan(
            DAGOBERT,
            "liability_insurance",
            past.insurance(DAGOBERT, 400, 36, "1250000.00", "2500000.00", policyNumber=policy),
            395,
            then=renewed,
        ),
        Plan(
            DAGOBERT,
            "quality_mark",
            past.mark(
                DAGOBERT,
                200,
                -165,
                proofKind="equivalent_measures",
                scheme="blik-op-werk",
                equivalenceClaim="Eigen kwaliteitshandboek met jaarlijkse meting, beschreven per norm van het keurmerk.",
                reasonNotObtainable="De audit voor het keurmerk was pas na de sluiting mogelijk.",
            ),
            30,
            title="Gelijkwaardige kwaliteitsborging",
        ),
        Plan(
            DAGOBERT,
            "reference",
            past.reference("Gemeente Roermond", 900, 200, "505000.00", "58"),
            60,
            title="Referentie Roermond",
        ),
        Plan(DAGOBERT, "qualified_staff_list", past.staff(40, "5", "4.5", "4.5"), 39),
        Plan(DAGOBERT, "tax_compliance_statement", past.tax(DAGOBERT, 70), 62),
    ]


def _katrien(past: Past) -> list[Plan]:
    return [
        Plan(KATRIEN, "kvk_extract", past.extract(KATRIEN, 20), 18),
        Plan(
            KATRIEN,
            "liability_insurance",
            past.insurance(KATRIEN, 420, 55, "500000.00", "1000000.00", policyNumber="VB-0932"),
            410,
        ),
        Plan(
            KATRIEN, "quality_mark", past.mark(KATRIEN, 80, -285, status="aspirant", certificateNumber="BOW-A-88"), 70
        ),
        Plan(
            KATRIEN,
            "reference",
            past.reference("Gemeente Apeldoorn", 2300, 1250, "900000.00", "48"),
            65,
            title="Referentie Apeldoorn",
        ),
        Plan(
            KATRIEN,
            "annual_accounts",
            past.accounts(KATRIEN, "5400000.00"),
            25,
            until=State.RETURNED,
            reason="De jaarrekening mist bladzijde 3 met de balans. Lever het hele document opnieuw aan.",
        ),
        Plan(
            KATRIEN,
            "qualified_staff_list",
            past.staff(5, "31", "27", "12", fteWo="4"),
            4,
            until=State.IN_REVIEW,
        ),
    ]


def _foundation(past: Past) -> list[Plan]:
    """A whole dossier for social activation, most of it without a mark."""
    return [
        Plan(FOUNDATION, "kvk_extract", past.extract(FOUNDATION, 41), 40),
        Plan(
            FOUNDATION,
            "liability_insurance",
            past.insurance(FOUNDATION, 180, -185, "1250000.00", "2500000.00", tacitRenewal=True),
            175,
        ),
        Plan(FOUNDATION, "tax_compliance_statement", past.tax(FOUNDATION, 33), 26),
        Plan(FOUNDATION, "procurement_conduct_certificate", past.conduct(FOUNDATION, 400), 380),
        Plan(
            FOUNDATION,
            "privacy_policy",
            past.privacy(600),
            410,
            then=Plan(
                FOUNDATION,
                "privacy_policy",
                past.privacy(130, version="2.0"),
                130,
                relation=Relation.CHANGE,
            ),
        ),
        Plan(FOUNDATION, "complaints_procedure", past.complaints(600), 409),
        Plan(FOUNDATION, "client_satisfaction_survey", past.satisfaction(150, "7.8"), 100),
        Plan(
            FOUNDATION,
            "reference",
            past.reference("Gemeente Amsterdam", 800, 90, "220000.00", "52", domains=["sociale-activering"]),
            80,
            title="Referentie Amsterdam",
            has_file=False,
        ),
        Plan(
            FOUNDATION,
            "qualified_staff_list",
            {"asOfDate": past.day(20), "rows": _staff_rows()},
            19,
            has_file=False,
        ),
        Plan(
            FOUNDATION,
            "annual_accounts",
            past.accounts(FOUNDATION, "940000.00", turnoverInDomain="910000.00"),
            110,
            has_file=False,
        ),
    ]


def _staff_rows() -> list[dict[str, str]]:
    consultant = {"roleCode": "reintegration_consultant", "qualificationLevel": "hbo", "yearsExperience": "9"}
    coach = {"roleCode": "job_coach", "qualificationLevel": "hbo", "yearsExperience": "4"}
    return [
        {**consultant, "fte": "1"},
        {**consultant, "fte": "0.8", "yearsExperience": "14"},
        {**coach, "fte": "0.9"},
        {**coach, "fte": "0.6", "qualificationLevel": "mbo"},
        {**coach, "fte": "1", "qualificationLevel": "wo"},
    ]


def _consortium(past: Past) -> list[Plan]:
    """Papers of companies that bid together, stand behind each other, or are stood behind."""
    tender = "2027-AMS-03"
    members = [COOPERATIVE, FOUNDATION]
    listed = "\n".join(f"{row.name}, KvK {row.kvk_number}" for row in members)

    def together(company: Holder) -> Plan:
        facts = {
            "kvkNumber": company.kvk_number,
            "consortiumName": "Combinatie Activering (voorbeeld)",
            "leadKvkNumber": FOUNDATION.kvk_number,
            "memberCount": "2",
            "members": listed,
            "jointAndSeveral": True,
            "tenderReference": tender,
            "signedOn": past.day(24),
        }
        return Plan(company, "consortium_agreement", facts, 23)

    return [
        *(together(company) for company in members),
        Plan(COOPERATIVE, "kvk_extract", past.extract(COOPERATIVE, 240), 238, title="Uittreksel van toen"),
        Plan(COOPERATIVE, "kvk_extract", past.extract(COOPERATIVE, 75), 74),
        Plan(
            COOPERATIVE,
            "espd",
            {
                "kvkNumber": COOPERATIVE.kvk_number,
                "contractingAuthority": "Gemeente Amsterdam",
                "tenderReference": tender,
                "role": "member",
                "exclusionGroundApplies": False,
                "signatoryFunction": "voorzitter",
                "signedOn": past.day(25),
            },
            22,
        ),
        Plan(
            CHAIN,
            "group_guarantee",
            {
                "guaranteeKind": "403",
                "kvkNumber": CHAIN.kvk_number,
                "parentName": KATRIEN.name,
                "parentKvkNumber": KATRIEN.kvk_number,
                "signatoryFunction": "bestuurder",
                "signedOn": past.day(300),
                "filedOn": past.day(296),
                "effectiveDate": past.day(300),
            },
            290,
        ),
        Plan(
            KATRIEN,
            "third_party_commitment",
            {
                "kvkNumber": KATRIEN.kvk_number,
                "bidderName": CHAIN.name,
                "bidderKvkNumber": CHAIN.kvk_number,
                "means": ["financial", "references"],
                "jointLiability": True,
                "signatoryFunction": "bestuurder",
                "signedOn": past.day(50),
                "endDate": past.day(-315),
            },
            48,
        ),
        Plan(
            CHAIN,
            "authority_to_sign",
            {
                "kvkNumber": CHAIN.kvk_number,
                "holderFunction": "manager aanbestedingen",
                "grantedByFunction": "bestuurder",
                "scope": "limited",
                "limitAmount": "750000.00",
                "signedOn": past.day(140),
                "startDate": past.day(140),
                "endDate": past.day(-225),
            },
            139,
        ),
    ]


def _others(past: Past) -> list[Plan]:
    """One or two documents each, in the states that the others leave out."""
    corrected = Plan(
        FIRM,
        "reference",
        past.reference("Gemeente Emmen", 1000, 60, "130000.00", "59", description="Activering in twee dorpen."),
        44,
        title="Referentie Emmen",
        has_file=False,
        relation=Relation.CORRECTION,
    )
    return [
        Plan(FIRM, "kvk_extract", past.extract(FIRM, 15), 14),
        Plan(
            FIRM,
            "reference",
            past.reference("Gemeente Emmen", 1000, 60, "1300000.00", "59", description="Activering in twee dorpen."),
            45,
            until=State.RETURNED,
            reason="Het bedrag is tien keer zo hoog als in de bevestiging van de gemeente. Verbeter het bedrag.",
            title="Referentie Emmen",
            has_file=False,
            then=corrected,
        ),
        Plan(FIRM, "qualified_staff_list", past.staff(12, "6", "5.2", "4.1"), 11, has_file=False),
        Plan(MUTUAL, "kvk_extract", past.extract(MUTUAL, 9), 1, until=State.CHECKING),
        Plan(MUTUAL, "complaints_procedure", past.complaints(30), 29),
        Plan(
            CHAIN,
            "liability_insurance",
            past.insurance(CHAIN, 300, -65, "2500000.00", "5000000.00", coverKind="BAV"),
            288,
        ),
        Plan(
            CHAIN,
            "quality_mark",
            past.mark(CHAIN, 500, -600, scheme="iso-9001", certificateNumber="ISO-1000"),
            289,
        ),
        Plan(PARTNERSHIP, "privacy_policy", past.privacy(220), 215, until=State.WITHDRAWN),
        Plan(PARTNERSHIP, "quality_mark", past.mark(PARTNERSHIP, 700, 25, scheme="cedeo"), 69),
        Plan(LIMITED, "liability_insurance", past.insurance(LIMITED, 90, -275, "1250000.00", "1250000.00"), 85),
        Plan(
            LIMITED,
            "tax_compliance_statement",
            past.tax(LIMITED, 40, outcome="arrangement"),
            1,
            until=State.IN_REVIEW,
        ),
        Plan(OTHER, "client_satisfaction_survey", past.satisfaction(700, "6.4"), 90),
        Plan(
            SECOND_FOUNDATION,
            "kvk_extract",
            past.extract(SECOND_FOUNDATION, 3),
            1,
            until=State.SUBMITTED,
        ),
    ]
