"""Material that nobody here wrote: `make test-corpora CORPORA=DIR` runs these, the ordinary tests pass without it.

The folder holds `pdf-good`, `pdf-bad`, `pdf-signed`, `archive-hostile`, `bagit`, `mdto`, `xml-hostile`, `names-hostile`
and `kvk`.
"""

import base64
import io
import json
import os
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.accounts.models import User
from depot.bundles import service as bundles
from depot.bundles.verification import Outcome, verify
from depot.companies.register import Answer
from depot.companies.register import Outcome as RegisterOutcome
from depot.core import clock, sandbox
from depot.core.errors import Invalid, UnsupportedType
from depot.core.storage import store
from depot.documents import sheets
from depot.documents.models import State
from depot.mail import service as mail
from depot.mail.models import Message
from depot.tenders import participations
from depot.verification import outside, rules, texts
from depot.verification import queries as findings
from depot.verification.seals import Verdict
from depot.verification.signatures import Anchors
from tests import factories
from tests.documents.test_sheets import workbook
from tests.registers import Desk, client, desk, fault

__all__ = ["desk"]

CORPORA = Path(os.environ["DEPOT_CORPORA"])
UNREADABLE = {Outcome.UNREADABLE, Outcome.DAMAGED}
# Locked with a password: ordinary of its kind, and still nothing a reviewer could read.
LOCKED = {"libreoffice-writer-password.pdf"}
LIMIT_SECONDS = 25
LIMIT_BYTES = (512 + 128) << 20  # a child has 512 MiB beside what it shares with the process it is forked from
# Our own pages load scripts from a file; one with text inside can only be somebody's name.
SCRIPT = re.compile(r"<script[^>]*>[^<]", re.IGNORECASE)


def files(folder: str, *suffixes: str) -> list[Any]:
    """The files of a folder as parameters named after their path; an empty folder fails rather than passes."""
    found = sorted(path for path in (CORPORA / folder).rglob("*") if path.name.endswith(suffixes))
    assert found, f"no {suffixes} in {CORPORA / folder}"
    return [pytest.param(path, id=str(path.relative_to(CORPORA))) for path in found]


def names() -> list[str]:
    """The naughty strings that fit a line."""
    found = json.loads((CORPORA / "names-hostile/blns/blns.json").read_text())
    return [name for name in found if name.strip()]


@pytest.fixture
def donald(session: Session) -> Actor:
    return factories.company()


def judged(actor: Actor, path: Path) -> tuple[State, dict[str, Any]]:
    """What becomes of a file that a company deposits: the state after the checks, and each finding."""
    try:
        version = factories.checked(actor, data=path.read_bytes())
    except (Invalid, UnsupportedType):
        return State.DRAFT, {}
    found = {row.check: row for row in findings.findings([version.id])}
    for row in found.values():
        assert str(texts.sentence(rules.Finding(row.check, row.check_version, row.outcome, row.reason, row.detail)))
    return version.state, found


@pytest.mark.parametrize("path", files("pdf-good", ".pdf"))
def test_an_ordinary_pdf_comes_before_a_reviewer(donald: Actor, path: Path) -> None:
    state, found = judged(donald, path)
    refusing = {check for check, row in found.items() if row.outcome == rules.ERROR}
    if path.name in LOCKED:
        assert (state, refusing) == (State.RETURNED, {"encryption"})
    else:  # the PDF/A examples that ought to fail hold scripts and launches
        assert state is State.IN_REVIEW or ("fail" in path.name and refusing == {"active_content"})


@pytest.mark.parametrize("path", files("pdf-bad", ".pdf"))
def test_a_bad_pdf_gets_its_findings_and_stops_nothing(donald: Actor, path: Path) -> None:
    state, found = judged(donald, path)
    assert state in (State.IN_REVIEW, State.RETURNED, State.DRAFT)
    assert found or state is State.DRAFT


@pytest.mark.parametrize("path", files("pdf-signed", ".pdf"))
def test_a_signed_pdf_stops_nothing(donald: Actor, path: Path) -> None:
    state, found = judged(donald, path)
    assert state in (State.IN_REVIEW, State.RETURNED)
    assert found


@pytest.fixture(scope="module")
def all_anchors() -> Anchors:
    """Every certificate that any of the signed files brings: whoever signed, the chain is no reason to distrust."""
    found = set()
    for parameter in files("pdf-signed", ".pdf"):
        for contents in re.findall(rb"/Contents\s*<([0-9A-Fa-f]{1000,})>", parameter.values[0].read_bytes()):
            with suppress(ValueError, TypeError, KeyError):
                signed = cms.ContentInfo.load(bytes.fromhex(contents.decode()))["content"]
                found |= {each.chosen.dump() for each in signed["certificates"]}
    assert len(found) > 50
    return {"alle": [base64.b64encode(each).decode() for each in sorted(found)]}


def unchanged() -> set[str]:
    """The files that both readers beside ours leave whole: nothing changed after the last signature but proof for later."""
    expected = json.loads((CORPORA / "profiles/dss_expect.json").read_text())
    broken = {"F:isSignatureIntact", "F:isSignatureValid", "F:isBLevelTechnicallyValid", "arePdfModificationsDetected"}
    doubted = {name.replace("pades/", "dss/", 1) for name, said in expected.items() if broken & set(said["flags"])}
    found = set()
    for line in (CORPORA / "profiles/sig_profile_pyhanko.tsv").read_text().splitlines():
        name, _tab, said = line.partition("\t")
        made = [part for part in said.split(" | ") if part.startswith("intact=")]
        if made and all("intact=True valid=True" in part and "docmdp=True" in part for part in made):
            last = made[-1]
            if name not in doubted and ("cov=ENTIRE_FILE" in last or "mod=LTA_UPDATES" in last):
                found.add(name)
    return found


@pytest.mark.parametrize("path", files("pdf-signed", ".pdf"))
def test_no_file_that_was_changed_is_called_trusted_though_its_signer_is(path: Path, all_anchors: Anchors) -> None:
    found = outside.check(path, None, None, all_anchors)
    name = str(path.relative_to(CORPORA / "pdf-signed"))
    if found.signatures.verdict is Verdict.TRUSTED:
        assert name in unchanged()
    assert not [each for each in found.signatures.found if "Import" in each.problem or "Module" in each.problem]
    assert found.signatures.is_present or b"/ByteRange" not in path.read_bytes()


def test_most_files_that_were_not_changed_are_trusted_when_their_signer_is(all_anchors: Anchors) -> None:
    verdicts = {
        name: outside.check(CORPORA / "pdf-signed" / name, None, None, all_anchors).signatures.verdict
        for name in unchanged()
    }
    assert list(verdicts.values()).count(Verdict.TRUSTED) >= len(verdicts) * 2 / 3, verdicts


@pytest.mark.parametrize("path", files("pdf-bad", ".pdf") + files("archive-hostile", ".zip", ".xlsx"))
def test_a_hostile_file_stays_within_the_limits_of_a_check(path: Path) -> None:
    found = outside.check(path, None, None, {})
    assert found.findings
    assert found.seconds < LIMIT_SECONDS
    assert found.peak < LIMIT_BYTES
    assert found.signatures.verdict is not Verdict.TRUSTED
    assert json.dumps(found.as_json)
    if path.suffix != ".pdf":
        assert found.exit_code == 2


@pytest.mark.parametrize("path", files("archive-hostile", ".zip", ".xlsx"))
def test_an_archive_is_not_taken_for_a_document(donald: Actor, path: Path) -> None:
    assert judged(donald, path) == (State.DRAFT, {})


@pytest.mark.parametrize("path", files("archive-hostile", ".zip", ".xlsx"))
def test_an_archive_that_is_no_bundle_is_refused_with_a_reason(path: Path) -> None:
    result = verify(path, ())
    assert result.outcome in UNREADABLE
    assert [finding for finding in result.findings if str(finding.text)]


@pytest.fixture(scope="module")
def bags(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bags")
    with tarfile.open(CORPORA / "bagit/bags.tar") as tar:
        tar.extractall(folder, filter="data")
    return folder


def test_no_bag_of_others_passes_for_a_bundle(bags: Path) -> None:
    found = {path.parent for path in bags.rglob("bagit.txt")}
    assert len(found) > 30
    assert {verify(path, ()).outcome for path in found} <= UNREADABLE


@pytest.mark.parametrize("path", files("xml-hostile", ".xml"))
def test_a_workbook_of_hostile_xml_is_refused_within_its_limits(path: Path) -> None:
    """Each part in turn becomes the hostile text; nothing of a file on this machine may come back."""
    whole = workbook(["Functie", "Fte"], ["jobcoach", 1])
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/styles.xml"):
        data = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as read, zipfile.ZipFile(data, "w") as written:
            for name in read.namelist():
                written.writestr(name, path.read_bytes() if name == part else read.read(name))
        with tempfile.TemporaryFile() as file:
            file.write(data.getvalue())
            file.flush()
            told = sandbox.run(sheets.read, file)
        assert told.outcome is not sandbox.Outcome.OK or told.value["refused"] or "root:" not in str(told.value)


@pytest.mark.parametrize("name", names())
def test_a_hostile_name_is_kept_as_text_or_refused_with_a_sentence(
    donald: Actor, client: FlaskClient, name: str
) -> None:
    browser = factories.signed_in(client, donald)
    form = {"soort": "reference", "titel": name, "bestand": (BytesIO(factories.pdf()), name)}
    answer = browser.post("/dossier/toevoegen", data=form, content_type="multipart/form-data")
    assert answer.status_code in (303, 400, 422)
    listed = browser.get(answer.headers["Location"] if answer.status_code == 303 else "/dossier")
    assert listed.status_code == 200
    assert not SCRIPT.search(listed.text)
    assert not SCRIPT.search(answer.text)
    assert browser.get("/dossier", query_string={"soort": name, "zoek": name}).status_code < 500


@pytest.mark.parametrize("name", names())
def test_a_hostile_name_stays_within_the_subject_of_a_letter(session: Session, name: str) -> None:
    user = session.get_one(User, factories.company().id)
    mail.write(user, "version_approved", dedupe_key="naughty", company=name, title=name, document_id="1")
    letter = mail.compose(session.scalars(select(Message).where(Message.dedupe_key == "naughty")).one())
    written = EmailMessage(policy=policy.SMTP)
    written["Subject"] = letter.subject
    assert len(BytesParser(policy=policy.default).parsebytes(bytes(written)).items()) == 1
    assert not SCRIPT.search(letter.content)


def test_what_a_bundle_tells_the_archive_is_valid_by_the_standards_own_schema(session: Session) -> None:
    """MDTO-XML 1.0.1; its own examples are valid by the same means, and a description without its end is not."""
    standard = etree.XMLSchema(etree.parse(CORPORA / "mdto/schema/v1.0.1/MDTO-XML1.0.1.xsd"))
    for example in files("mdto/voorbeelden", ".xml"):
        assert standard.validate(etree.parse(example.values[0])), standard.error_log
    buyer, company, past = factories.municipality(), factories.company(), clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        factories.approved(company, factories.reviewer())
        row = factories.participant(company, tender)
    participations.select(buyer, row.id, motivation="")
    bundle = bundles.release(buyer, row.id, legal_ground="selected")
    made = [store().read(item.object_key) for item in bundle.items if "/data/mdto/" in item.path]
    assert len(made) == 3
    for data in made:
        document = etree.fromstring(data)
        assert standard.validate(document), standard.error_log
        document[0].remove(document[0][-1])
        assert not standard.validate(document)


@pytest.mark.parametrize("path", files("kvk/recorded-responses", "-200.json", "-400.json"))
def test_a_recorded_answer_of_the_trade_register_is_read(desk: Desk, path: Path) -> None:
    kind, *_rest, asked, status = path.stem.split("-")[1:]
    desk.answers = [(int(status), path.read_bytes())]
    if kind == "basisprofielen":
        profile = client(desk).look_up(asked).profile
        assert profile is not None
        assert (profile.kvk_number, profile.is_active) == (asked, True)
        assert profile.name
    elif kind == "zoeken":
        number = json.loads(path.read_bytes())["resultaten"][0]["kvkNummer"]
        desk.answers.insert(0, (404, json.dumps(fault("IPD0005")).encode()))
        # it is found, and is not called ended: only what the register says so of is
        assert client(desk).look_up(number) == Answer(RegisterOutcome.UNREACHABLE, reason="busy")
    else:  # a profile of a branch, which the depot does not ask for, is never taken for a company's
        assert client(desk).look_up("68750110").outcome is RegisterOutcome.UNREACHABLE


def test_the_samples_of_the_trade_register_are_read(desk: Desk) -> None:
    folder = CORPORA / "kvk/openapi-and-samples"
    found = {}
    for name, number in (("basisprofiel_response", "69599084"), ("basisprofiel_response_vve", "90000749")):
        desk.answers = [(200, (folder / f"{name}.json").read_bytes())]
        found[number] = client(desk).look_up(number).profile
    assert found["69599084"] is not None
    assert found["90000749"] is not None
    assert (found["69599084"].legal_form, found["69599084"].place) == ("sole_proprietorship", "Amsterdam")
    assert len(found["69599084"].trade_names) == 4
    assert (found["90000749"].legal_form, found["90000749"].rsin) == ("other", "992340594")
