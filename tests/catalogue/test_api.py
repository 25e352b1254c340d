"""The kinds over JSON, as a company's own system reads them."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from depot.catalogue.service import FOLDER, load
from tests import factories


def test_a_program_reads_which_facts_a_kind_takes(session: Session, client: FlaskClient) -> None:
    headers = factories.bearer(factories.company())
    session.flush()
    answer = client.get("/api/v1/soorten", headers=headers)
    assert answer.status_code == 200
    assert answer.json["versie"] == load(FOLDER).version
    kinds = {kind["code"]: kind for kind in answer.json["soorten"]}
    assert set(kinds) == set(load(FOLDER).kinds)
    statement = kinds["tax_compliance_statement"]
    assert statement["naam"] == {"nl": "Verklaring betalingsgedrag", "en": "Tax compliance statement"}
    assert (statement["maximaleLeeftijd"], statement["levertijd"]) == ("P6M", "P14D")
    assert [ground["code"] for ground in statement["rechtsgronden"]] == ["aw-2.89-3"]
    field = statement["velden"][0]
    assert (field["naam"], field["type"], field["verplicht"]) == ("statementKind", "choice", True)
    assert field["keuzes"][0]["code"] == "tax_obligations"


def test_a_stranger_reads_nothing(client: FlaskClient) -> None:
    assert client.get("/api/v1/soorten").status_code == 401
