from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.documents.models import Version
from depot.verification import equivalence
from depot.verification.equivalence_models import NormProof, Shown
from tests import factories
from tests.factories import signed_in

CLAIM = {
    "proofKind": "equivalent_measures",
    "equivalenceClaim": "Eigen kwaliteitshandboek, beschreven per norm.",
    "reasonNotObtainable": "De audit is pas volgend jaar.",
}


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def claim(session: Session, company: Actor, reviewer: Actor) -> Version:
    made = factories.approved(company, reviewer, "quality_mark", **CLAIM)
    session.commit()
    return made


@pytest.fixture
def proof(session: Session, company: Actor, claim: Version) -> NormProof:
    made = equivalence.add(
        company, claim.document_id, norm="staff", version_id=claim.id, explanation="Hoofdstuk 4 <b>."
    )
    session.commit()
    return made


def test_a_company_fills_its_file_and_takes_back(
    client: FlaskClient, session: Session, company: Actor, claim: Version
) -> None:
    browser = signed_in(client, company)
    url = f"/dossier/gelijkwaardig/{claim.document_id}"
    assert url in browser.get(f"/dossier/{claim.document_id}").text
    form = {"norm": "staff", "document": str(claim.id), "toelichting": "Hoofdstuk 4."}
    assert browser.post(url, data=form).location == url
    page = browser.get(url).text
    assert "Hoofdstuk 4." in page
    assert "1 van de 8 normen" in page
    [held] = [row for line in equivalence.file(company, claim.document_id).lines for row in line.proofs]
    assert browser.post(f"{url}/{held.id}/terugnemen").location == url
    assert "Hoofdstuk 4." not in browser.get(url).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"norm": ""}, "norm"),
        ({"norm": "leadership"}, "norm"),
        ({"document": "geen sleutel"}, "document"),
        ({"document": str(uuid4())}, "document"),
        ({"toelichting": " "}, "toelichting"),
        ({"toelichting": "x" * 2001}, "toelichting"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: FlaskClient, company: Actor, claim: Version, changes: dict[str, str], field: str
) -> None:
    form = {"norm": "staff", "document": str(claim.id), "toelichting": "Hoofdstuk 4.", **changes}
    answer = signed_in(client, company).post(f"/dossier/gelijkwaardig/{claim.document_id}", data=form)
    assert answer.status_code == 400
    assert f'id="field-{field}-error"' in answer.text


def test_the_annex_is_a_file_to_keep(client: FlaskClient, company: Actor, claim: Version, proof: NormProof) -> None:
    answer = signed_in(client, company).get(f"/dossier/gelijkwaardig/{claim.document_id}/bijlage")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "bewijs-per-norm.pdf" in answer.headers["Content-Disposition"]


def test_a_reviewer_gives_a_finding_by_norm(
    client: FlaskClient, session: Session, reviewer: Actor, claim: Version, proof: NormProof
) -> None:
    browser = signed_in(client, reviewer)
    url = f"/beoordelen/gelijkwaardig/{claim.document_id}"
    assert url in browser.get("/beoordelen/gelijkwaardig").text
    assert url in browser.get(f"/beoordelen/{claim.id}").text
    page = browser.get(url, query_string={"bewijs": str(proof.id)}).text
    assert "Hoofdstuk 4 &lt;b&gt;." in page
    refused = browser.post(f"{url}/{proof.id}", data={"oordeel": "not_shown"})
    assert refused.status_code == 400
    assert 'id="field-opmerking-error"' in refused.text
    assert browser.post(f"{url}/{proof.id}", data={"oordeel": "equivalent"}).status_code == 400
    assert browser.post(f"{url}/{proof.id}", data={"oordeel": "shown"}).location == url
    session.expire_all()
    assert session.get_one(NormProof, proof.id).shown is Shown.SHOWN
    assert url not in browser.get("/beoordelen/gelijkwaardig").text


def test_strangers_find_nothing(client: FlaskClient, session: Session, claim: Version, proof: NormProof) -> None:
    other = factories.company(factories.DAGOBERT)
    session.commit()
    browser = signed_in(client, other)
    url = f"/dossier/gelijkwaardig/{claim.document_id}"
    for answer in (
        browser.get(url),
        browser.get(f"{url}/bijlage"),
        browser.post(url, data={"norm": "staff", "document": str(claim.id), "toelichting": "x"}),
        browser.post(f"{url}/{proof.id}/terugnemen"),
    ):
        assert answer.status_code == 404
    for path in ("", f"/{claim.document_id}"):
        assert browser.get(f"/beoordelen/gelijkwaardig{path}").status_code == 403
