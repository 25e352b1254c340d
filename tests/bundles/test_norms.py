"""What a bundle says of an equivalent of a quality mark."""

from datetime import timedelta

from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.bundles import schema
from depot.bundles.snapshot import documents_in
from depot.core import clock
from depot.verification import equivalence
from tests import factories
from tests.bundles.test_confirmed import CLOSED, released
from tests.bundles.test_report import text_of

CLAIM = {
    "proofKind": "equivalent_measures",
    "equivalenceClaim": "Eigen handboek, beschreven per norm.",
    "reasonNotObtainable": "De audit is pas volgend jaar.",
}


def test_a_bundle_says_per_norm_what_shows_it_and_what_a_reviewer_saw(session: Session, buyer: Actor) -> None:
    company, reviewer, past = factories.company(), factories.reviewer(), clock.now() - CLOSED
    with clock.moved_to(past):
        claim = factories.approved(company, reviewer, "quality_mark", **CLAIM)
        policy = factories.approved(company, reviewer, "liability_insurance")
        for norm, version in (("staff", claim), ("continuity", policy)):
            proof = equivalence.add(
                company, claim.document_id, norm=norm, version_id=version.id, explanation=f"Zie {norm}."
            )
        equivalence.look(reviewer, proof.id, shown="shown", remark="Bladzijde 2.")
    said, report = released(buyer, company, past, "quality", "professional-liability")
    assert not list(Draft202012Validator(schema.json_schema(), format_checker=FormatChecker()).iter_errors(said))
    by_kind = {document["soort"]: document["bewijsPerNorm"] for document in documents_in(said)}
    assert by_kind.pop("quality_mark")["regelingNaam"] == "Blik op Werk"
    assert set(by_kind.values()) <= {None}
    [found] = [document["bewijsPerNorm"] for document in documents_in(said) if document["bewijsPerNorm"]]
    shown = {
        line["norm"]: [(each["soort"], each["blijktEruit"]) for each in line["bewijzen"]] for line in found["normen"]
    }
    assert len(shown) == len(found["normen"]) == 8
    assert {norm: proofs for norm, proofs in shown.items() if proofs} == {
        "staff": [("quality_mark", None)],
        "continuity": [("liability_insurance", "shown")],
    }
    text = text_of(report)
    assert "BewijspernormBlikopWerk" in text.replace(":", "")
    assert "nietsaangeleverd" in text
    assert "Hetdocumenttoontdit:Bladzijde2." in text
    assert "Nognietbekeken" in text


def test_a_mark_itself_has_no_proof_per_norm(session: Session, buyer: Actor) -> None:
    company, past = factories.company(), clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        factories.approved(company, factories.reviewer(), "quality_mark")
    said, _report = released(buyer, company, past, "quality", "professional-liability")
    assert [document["bewijsPerNorm"] for document in documents_in(said)] == [None]
