"""Anybody checks a bundle, and hears whether it is whole and whose seal it has, not whose documents are in it."""

import io
import shutil
import zipfile
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from depot.access import Actor
from depot.bundles import check_pages, service
from depot.bundles.models import Bundle
from depot.bundles.verification import Outcome, told
from depot.core import authority, db, sandbox, seal, timestamps
from tests import factories
from tests.tsa import Tsa, tsa

__all__ = ["tsa"]


@pytest.fixture
def data(buyer: Actor, bundle: Bundle) -> bytes:
    with db.transaction():
        download = service.fetch(buyer, bundle.id)
    return b"".join(service.stream(download))


def checked(client: FlaskClient, data: bytes) -> tuple[int, str]:
    answer = client.post("/controleren", data={"bestand": (io.BytesIO(data), "bundel.zip")})
    return answer.status_code, unescape(answer.text)


def test_a_bundle_of_this_depot_is_whole_and_known(client: FlaskClient, bundle: Bundle, data: bytes) -> None:
    status, text = checked(client, data)
    assert status == 200
    assert "De bundel is heel, en verzegeld door een partij die u vertrouwt." in text
    assert f"Dit depot maakte deze bundel, met nummer {bundle.number}." in text
    assert factories.name_of(factories.DONALD) not in text


def test_a_changed_byte_is_found(client: FlaskClient, data: bytes) -> None:
    place = data.index(b"%PDF-") + 100
    status, text = checked(client, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    assert status == 200
    assert "De bundel is niet meer zoals hij is verzegeld." in text
    assert "data/documenten/01-Test BV Donald/01-kvk_extract-document.pdf" in text


def test_a_bundle_of_another_depot_is_whole_but_not_trusted(
    client: FlaskClient, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.init(tmp_path / "other", organisation="Ander depot")
    monkeypatch.setitem(client.application.extensions, "depot.seal", seal.Keeper(tmp_path / "other"))
    _status, text = checked(client, data)
    assert "het zegel leidt niet naar een certificaat dat u vertrouwt" in text
    assert "Dit depot vertrouwt alleen zijn eigen zegel." in text


@pytest.mark.parametrize("sent", [b"geen zip", b"%PDF-1.7 of niet", b"PK\3\4" + bytes(50)])
def test_what_is_no_bundle_is_said_to_be_none(client: FlaskClient, sent: bytes) -> None:
    status, text = checked(client, sent)
    assert status == 200
    assert "Dit is geen bundel die te lezen is." in text


def test_a_zip_of_somebody_else_is_no_bundle(client: FlaskClient) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("map/bestand.txt", "tekst")
    assert "De inhoudsopgave van de ZIP is niet zoals het depot die maakt." in checked(client, made.getvalue())[1]


def test_without_a_file_the_field_says_so(client: FlaskClient) -> None:
    answer = client.post("/controleren", data={})
    assert answer.status_code == 400
    assert "Vul dit in." in answer.text


def test_what_is_larger_than_is_checked_here_is_refused_with_another_way(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_pages, "SIZE_LIMIT", 1500)  # the real one is half a gigabyte
    status, text = checked(client, bytes(1900))
    assert status == 413
    assert "LEESMIJ.txt" in text


def test_a_bundle_is_found_by_its_number_and_by_its_hash(client: FlaskClient, bundle: Bundle) -> None:
    for mark in (bundle.number, bundle.number.lower(), f" {bundle.manifest_sha256} ", bundle.manifest_sha256.upper()):
        text = client.get("/controleren", query_string={"bundel": mark}).text
        assert bundle.manifest_sha256 in text
        assert "vrijgegeven" in text
        assert factories.name_of(factories.DONALD) not in text
        assert "Apeldoorn" not in text
    for mark in ("B2026-222222", "0" * 64, "%", "\u202e"):
        assert "Dit depot kent deze bundel niet" in client.get("/controleren", query_string={"bundel": mark}).text


def test_the_root_of_the_seal_stands_where_programs_look_for_it(client: FlaskClient) -> None:
    said = client.get("/.well-known/depot-zegel").json
    own = client.application.extensions["depot.seal"].seal()
    assert said is not None
    assert (said["naam"], said["vingerafdrukSha256"], said["root"]) == (
        own.name,
        own.fingerprint,
        own.root_pem.decode(),
    )
    assert [(each["soort"], each["inGebruik"]) for each in said["certificaten"]] == [
        ("root", True),
        ("zegel", True),
        ("tijdstempel", True),
    ]
    assert said["tijdstempelroots"] == []


def test_after_a_new_root_older_bundles_are_still_trusted_and_both_roots_are_told(
    client: FlaskClient, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = client.application.extensions["depot.seal"]
    shutil.copytree(keeper.folder, tmp_path / "seal", symlinks=True)
    monkeypatch.setitem(client.application.extensions, "depot.seal", seal.Keeper(tmp_path / "seal"))
    authority.renew(tmp_path / "seal", organisation="Depot", is_test=True)
    _status, text = checked(client, data)
    assert "verzegeld door een partij die u vertrouwt" in text
    said = client.get("/.well-known/depot-zegel").json
    assert said is not None
    roots = [each for each in said["certificaten"] if each["soort"] == "root"]
    assert [each["inGebruik"] for each in roots] == [True, False]
    assert roots[1]["vingerafdrukSha256"] == keeper.seal().fingerprint
    page = client.get("/controleren").text.replace(":", "").lower()
    assert all(each["vingerafdrukSha256"] in page for each in roots)


def test_the_root_of_another_time_stamping_authority_is_told(
    client: FlaskClient, tsa: Tsa, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = client.application.extensions["depot.seal"].folder
    keeper = seal.Keeper(folder, timestamps.other(tsa.url))
    monkeypatch.setitem(client.application.extensions, "depot.seal", keeper)
    said = client.get("/.well-known/depot-zegel").json
    assert said is not None
    [root] = said["tijdstempelroots"]
    assert root["certificaat"] == tsa.root.read_text()
    assert root["vingerafdrukSha256"] in client.get("/controleren").text.replace(":", "").lower()


def test_a_reader_that_was_taken_over_says_nothing(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    # No file is known that takes the reader over, and the page must be ready for one.
    monkeypatch.setattr(sandbox, "run", lambda *_given, **_more: sandbox.Result(sandbox.Outcome.CRASHED))
    answer = client.post("/controleren", data={"bestand": (io.BytesIO(b"PK"), "bundel.zip")})
    assert answer.status_code == 503
    assert "LEESMIJ.txt" in answer.text


@pytest.mark.parametrize(
    "said", [None, [], {"outcome": "whole_trusted"}, {"outcome": "fine", "findings": []}, {"findings": [{"code": "x"}]}]
)
def test_an_answer_of_another_shape_is_none(said: object) -> None:
    with pytest.raises(ValueError, match=r"^(?s:.*)$"):
        told(said)


def test_an_answer_keeps_its_meaning() -> None:
    said = {
        "outcome": "damaged",
        "findings": [{"code": "changed", "path": "data/x"}],
        "sealed_at": "2026-11-22T10:00:00+00:00",
        "signer": "TEST",
        "root_fingerprint": "ab",
        "documents": 2,
        "tag_manifest_sha256": "cd",
    }
    found = told(said)
    assert (found.outcome, found.findings[0].path, found.documents) == (Outcome.DAMAGED, "data/x", 2)


@pytest.mark.parametrize("mark", ["%0A", "x" * 5000, "%FF%FE"])
def test_a_number_that_cannot_be_one_is_not_found(client: FlaskClient, mark: str) -> None:
    assert client.get(f"/controleren?bundel={mark}").status_code == 200
