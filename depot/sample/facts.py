"""Facts of sample documents, counted back from today; what a call names replaces what stands here."""

from datetime import date, timedelta
from typing import Any

from depot.papers.make import Holder

Facts = dict[str, Any]


class Past:
    """The facts of each kind, seen from one day; days are counted back, so a negative number lies ahead."""

    def __init__(self, today: date) -> None:
        self.today = today

    def day(self, days_ago: int) -> str:
        """A day as facts write it."""
        return (self.today - timedelta(days=days_ago)).isoformat()

    def extract(self, company: Holder, issued: int, **more: Any) -> Facts:
        """What an extract of a company says."""
        facts = {
            "kvkNumber": company.kvk_number,
            "statutoryName": company.name,
            "legalForm": company.legal_form,
            "seat": company.seat,
            "startDate": "2017-05-19",
            "issueDate": self.day(issued),
        }
        return facts | ({"rsin": company.rsin} if company.rsin else {}) | more

    def insurance(self, company: Holder, start: int, end: int, claim: str, year: str, **more: Any) -> Facts:
        """A certificate that covers business and professional liability."""
        return {
            "proofKind": "certificate",
            "coverKind": "combi",
            "insurer": "Voorbeeldverzekeraar N.V. (voorbeeld)",
            "policyNumber": f"VB-{company.kvk_number[-4:]}",
            "policyholder": company.name,
            "amountPerClaim": claim,
            "amountPerYear": year,
            "startDate": self.day(start),
            "endDate": self.day(end),
            "certificateDate": self.day(start),
            "tacitRenewal": False,
            "premiumPaid": True,
            "territory": "Nederland",
            **more,
        }

    def mark(self, company: Holder, start: int, end: int, **more: Any) -> Facts:
        """A quality mark."""
        return {
            "proofKind": "certificate",
            "scheme": "blik-op-werk",
            "status": "definitief",
            "kvkNumber": company.kvk_number,
            "certificationBody": "Voorbeeld Certificering (voorbeeld)",
            "scopeServices": ["toeleiden-naar-werk", "jobcoaching"],
            "validFrom": self.day(start),
            "validUntil": self.day(end),
            **more,
        }

    def reference(self, client: str, start: int, end: int, amount: str, result: str, **more: Any) -> Facts:
        """A contract for a municipality, carried out."""
        return {
            "client": f"{client} (voorbeeldreferentie)",
            "clientKind": "municipality",
            "contactFunction": "contractbeheerder",
            "contactEmail": "contractbeheer@gemeente.example",
            "description": "Trajecten voor inwoners met een bijstandsuitkering, van intake tot nazorg.",
            "domains": ["toeleiden-naar-werk", "begeleiding"],
            "role": "main",
            "startDate": self.day(start),
            "endDate": self.day(end),
            "ongoing": False,
            "amountTotalExVat": amount,
            "amountInWindow": amount,
            "trajectories": "130",
            "resultPct": result,
            "satisfied": True,
            **more,
        }

    def accounts(self, company: Holder, turnover: str, **more: Any) -> Facts:
        """The accounts of last year."""
        year = self.today.year - 1
        return {
            "documentKind": "company",
            "kvkNumber": company.kvk_number,
            "fiscalYear": str(year),
            "periodStart": f"{year}-01-01",
            "periodEnd": f"{year}-12-31",
            "turnover": turnover,
            "equity": "412000.00",
            "totalAssets": "980000.00",
            "currentAssets": "730000.00",
            "currentLiabilities": "415000.00",
            "auditorOpinion": "compilation",
            **more,
        }

    def staff(self, as_of: int, headcount: str, fte: str, hbo: str, **more: Any) -> Facts:
        """How many people work there, as numbers."""
        return {"asOfDate": self.day(as_of), "headcount": headcount, "fte": fte, "fteHbo": hbo, **more}

    def tax(self, company: Holder, issued: int, **more: Any) -> Facts:
        """The statement that taxes were paid."""
        is_person = company.legal_form == "sole_proprietorship"
        return {
            "statementKind": "tax_obligations",
            "holderName": company.name,
            "holderType": "natural_person" if is_person else "legal_person",
            "reference": f"VB-{company.kvk_number[-4:]}",
            "outcome": "fulfilled",
            "issueDate": self.day(issued),
            **more,
        }

    def conduct(self, company: Holder, issued: int) -> Facts:
        """A certificate of conduct for procurement."""
        is_person = company.legal_form == "sole_proprietorship"
        return {
            "holderName": company.name,
            "holderType": "natural_person" if is_person else "legal_person",
            "kvkNumber": company.kvk_number,
            "gvaReference": f"GVA-{company.kvk_number[-4:]}",
            "issueDate": self.day(issued),
        }

    def privacy(self, start: int, **more: Any) -> Facts:
        """A privacy policy."""
        return {
            "version": "1.0",
            "effectiveDate": self.day(start),
            "approvedBy": "directie",
            "mentions": ["legal_basis", "retention", "rights", "contact", "breaches"],
            **more,
        }

    def complaints(self, start: int, **more: Any) -> Facts:
        """A complaints procedure."""
        return {
            "version": "1.0",
            "effectiveDate": self.day(start),
            "approvedBy": "directie",
            "contact": "klachtenfunctionaris",
            "answerDays": "28",
            "independentBody": "Voorbeeld Geschillencommissie",
            **more,
        }

    def satisfaction(self, ended: int, score: str) -> Facts:
        """A survey over the year before it ended."""
        return {
            "periodStart": self.day(ended + 364),
            "periodEnd": self.day(ended),
            "population": "120",
            "respondents": "60",
            "responsePct": "50",
            "smallestGroup": "12",
            "scale": "1-10",
            "overallScore": score,
            "bureau": "Voorbeeld Onderzoek",
            "independent": True,
        }
