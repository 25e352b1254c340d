import tempfile

import pytest
from pikepdf import Dictionary, Name, String

from depot.core import sandbox
from depot.core.antivirus import Scanner
from depot.verification import examination, rules
from depot.verification.examination import examine
from depot.verification.rules import Outcome, Subject, refusal
from depot.verification.texts import sentence
from tests.services import EICAR
from tests.verification import pdfs

SUBJECT = Subject("12345678")


def examined(data: bytes, scanner: Scanner | None) -> list[rules.Finding]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        file.seek(0)
        return examine(file, scanner, SUBJECT).findings


def refused(data: bytes, scanner: Scanner | None) -> tuple[str, str, str]:
    found = refusal(examined(data, scanner))
    assert found is not None
    return found.check, found.reason, str(sentence(found))


def test_a_good_document_passes_every_check(clamd):
    found = examined(pdfs.text_pdf(), clamd)
    assert {item.check for item in found} == set(rules.CHECK_VERSIONS) - {
        "facts",
        "same_thing",
        "location",
        *rules.PROOF_CHECKS,
        *rules.REGISTER_CHECKS,
    }
    assert {item.outcome for item in found} == {Outcome.OK}


def test_an_empty_file_is_refused(clamd):
    check, reason, said = refused(b"", clamd)
    assert (check, reason) == ("type", "empty")
    assert said == "Het bestand is leeg. Kies het goede bestand en lever het opnieuw in."


def test_another_type_under_the_name_of_a_pdf_is_refused(clamd):
    check, reason, said = refused(b"gewoon tekst", clamd)
    assert (check, reason) == ("type", "other_type")
    assert "De inhoud is text/plain, verwacht was application/pdf." in said


def test_a_truncated_file_is_refused(clamd):
    whole = pdfs.text_pdf(pages=5)
    for part in (20, len(whole) // 3, len(whole) * 2 // 3, len(whole) - 40):
        check, reason, said = refused(whole[:part], clamd)
        assert (check, reason) == ("opens", "truncated")
        assert said.startswith("Het bestand is niet compleet")


def test_an_encrypted_file_is_refused(clamd):
    check, reason, said = refused(pdfs.encrypted(user="geheim"), clamd)
    assert (check, reason) == ("encryption", "password_needed")
    assert "wachtwoord" in said


def test_a_file_without_pages_is_refused(clamd):
    assert refused(pdfs.without_pages(), clamd)[:2] == ("pages", "none")


def test_a_script_is_refused(clamd):
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    assert refused(pdfs.with_action(script), clamd)[:2] == ("active_content", "scripts")


@pytest.mark.parametrize("make", [pdfs.with_attachment, pdfs.with_loose_embedded_file])
def test_a_virus_in_a_compressed_attachment_is_refused(make, clamd):
    data = make(EICAR + b" " * 1000)
    assert EICAR not in data
    check, reason, said = refused(data, clamd)
    assert (check, reason) == ("virus", "found")
    assert "Eicar-Test-Signature" in said


def test_an_infected_file_is_not_even_opened(clamd):
    found = examined(EICAR, clamd)
    assert [(item.check, item.reason) for item in found] == [("virus", "found")]


def test_a_harmless_attachment_is_something_to_look_at(clamd):
    found = {item.check: item for item in examined(pdfs.with_attachment(b"hallo"), clamd)}
    assert found["virus"].reason == "clean"
    assert str(sentence(found["embedded_files"])) == "Aantal bijlagen in het bestand: 1 (bijlage.txt)."


def test_without_a_scanner_everything_else_is_still_checked():
    found = {item.check: item for item in examined(pdfs.text_pdf(), None)}
    assert found["virus"].outcome is Outcome.UNDETERMINED
    assert found["virus"].reason == rules.NOT_SCANNED
    assert found["kvk_number"].outcome is Outcome.OK


def test_while_the_scanner_is_away_nothing_is_concluded(tmp_path):
    found = examined(pdfs.text_pdf(), Scanner(str(tmp_path / "nothing")))
    assert [(item.check, item.reason) for item in found] == [("virus", rules.SCANNER_UNREACHABLE)]
    assert refusal(found) is None


@pytest.mark.parametrize("answer", [None, {}, [], "x", {"size": "groot"}, {"embedded": {"files": [{"data": "%"}]}}])
def test_an_answer_that_makes_no_sense_counts_as_a_crash(answer):
    odd = sandbox.Result(sandbox.Outcome.OK, answer)
    assert examination._checked(odd).outcome is sandbox.Outcome.CRASHED
