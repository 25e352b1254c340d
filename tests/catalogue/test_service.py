from pathlib import Path

import pytest
from flask import Flask

from depot.catalogue import service
from depot.catalogue.service import FOLDER, CatalogueError, catalogue, load

CODES = {
    "kvk_extract",
    "quality_mark",
    "liability_insurance",
    "reference",
    "annual_accounts",
    "qualified_staff_list",
}
SOURCE = (FOLDER / "qualified_staff_list.yaml").read_text(encoding="utf-8")


def refused(folder: Path, text: str) -> str:
    (folder / "kind.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as error:
        load(folder)
    return str(error.value)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_depot_knows_its_kinds():
    assert set(load(FOLDER).kinds) == CODES


def test_every_kind_tells_reviewers_what_to_look_at_in_both_languages():
    for kind in load(FOLDER).kinds.values():
        assert all(words.nl and words.en for words in kind.review)
        assert kind.axis.day in [field.name for field in kind.fields]


def test_the_version_is_of_what_is_said_and_not_of_how_it_is_written(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(SOURCE, encoding="utf-8")
    first = load(tmp_path).version
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").write_text("# a comment\n" + SOURCE, encoding="utf-8")
    assert load(tmp_path).version == first
    (tmp_path / "b.yaml").write_text(SOURCE.replace("P12M", "P6M"), encoding="utf-8")
    assert load(tmp_path).version != first


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        ("max_age: P12M", "max_agee: P12M", "max_agee", "max_agee is not a known key"),
        ("legal_ground: Aw 2012 art. 2.93\n", "", "", "legal_ground is missing"),
        ("max_age: P12M", "max_age: 365", "max_age", "max_age is not a period like P6M"),
        ("reminders: [30, 7]", "reminders: soon", "reminders", "reminders has the wrong type"),
        ("day: asOfDate", "day: onDay", "axis:", "axis.day names a field that does not exist: onDay"),
        ("day: asOfDate", "day: headcount", "axis:", "axis.day needs a field of type day: headcount"),
        ("shape: as_of", "shape: once", "axis:", "axis.shape is not one of period, issued, as_of, period_end"),
        ("shape: as_of", "shape: period", "axis:", "axis.start is missing"),
        ("shape: as_of", "open_end: true, shape: as_of", "axis:", "axis.open_end does not go with the shape as_of"),
        ("type: whole", "type: float", "type: float", "fields.1.type is not one of "),
        (
            "name: fteMbo",
            "name: fte",
            "name: fte\n    type: number\n    unit: fte\n    label",
            "fields.3.name is there twice",
        ),
        ("label: {nl: Stand op, en: As of}", "label: {nl: Stand op}", "label: {nl: Stand op}", "label.en is missing"),
        ("type: whole", "type: choice", "type: choice", "choices go with the types choice and choices"),
        ("code: qualified", "code: Qualified", "code:", "code is not a code in lower case"),
        ("max_age: P12M", "max_age: P12M\nmax_age: P6M", "max_age: P6M", "max_age is there twice"),
        ("max_age: P12M", "max_age: [", "lead_time", "expected"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_reason(tmp_path: Path, old: str, new: str, at: str, reason: str):
    text = SOURCE.replace(old, new, 1)
    assert text != SOURCE
    message = refused(tmp_path, text)
    assert message.startswith("kind.yaml:")
    assert reason in message
    if reason not in ("expected", "fields.3.name is there twice", "choices go with the types choice and choices"):
        assert int(message.split(":")[1]) == line_of(text, at)


def test_a_choice_that_another_key_names_must_exist(tmp_path: Path):
    source = (FOLDER / "quality_mark.yaml").read_text(encoding="utf-8")
    message = refused(tmp_path, source.replace("codes: [equivalent_certificate,", "codes: [something,"))
    assert "equivalence.codes is not a choice of proofKind: something" in message
    source = (FOLDER / "kvk_extract.yaml").read_text(encoding="utf-8")
    message = refused(tmp_path, source.replace("code: sole_proprietorship", "code: one_man"))
    assert "fields.3.absent_when.code is not a choice of legalForm: one_man" in message


def test_two_files_cannot_define_one_code(tmp_path: Path):
    (tmp_path / "first.yaml").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "second.yaml").write_text("\n" + SOURCE, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"^second.yaml:2: code is there twice: qualified_staff_list$"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["", "- a list\n", "just words\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str):
    assert refused(tmp_path, text) == "kind.yaml:1: the file is not a mapping"


def test_a_folder_without_kinds_is_refused(tmp_path: Path):
    with pytest.raises(CatalogueError, match="holds no kinds"):
        load(tmp_path)


def test_an_app_has_its_catalogue():
    app = Flask("depot")
    service.init_app(app)
    with app.app_context():
        assert set(catalogue().kinds) == CODES
