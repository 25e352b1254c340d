from pathlib import Path

import pytest
from flask import Flask

from depot.catalogue import service
from depot.catalogue.rules import FileCheck
from depot.catalogue.service import FOLDER, CatalogueError, catalogue, legal_grounds, load
from depot.verification.rules import CHECK_VERSIONS

CODES = {
    "kvk_extract",
    "quality_mark",
    "liability_insurance",
    "reference",
    "annual_accounts",
    "qualified_staff_list",
    "tax_compliance_statement",
    "procurement_conduct_certificate",
    "privacy_policy",
    "complaints_procedure",
    "client_satisfaction_survey",
    "espd",
    "third_party_commitment",
    "consortium_agreement",
    "authority_to_sign",
    "group_guarantee",
}
SOURCE = (FOLDER / "complaints_procedure.yaml").read_text(encoding="utf-8")
RULE = "{rule: between, fields: [answerDays], low: 1, high: 365}"
WHEN = RULE.replace("low", "when: {field: url, in: [x]}, low")


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
        assert all(words.nl and words.en for words in kind.review.points)
        assert kind.axis.day in [field.name for field in kind.fields]


def test_the_version_is_of_what_is_said_and_not_of_how_it_is_written(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(SOURCE, encoding="utf-8")
    first = load(tmp_path).version
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").write_text("# a comment\n" + SOURCE, encoding="utf-8")
    assert load(tmp_path).version == first
    (tmp_path / "b.yaml").write_text(SOURCE.replace("P2Y", "P6M"), encoding="utf-8")
    assert load(tmp_path).version != first


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        ("next_due: P2Y", "next_duee: P2Y", "next_duee", "next_duee is not a known key"),
        ("legal_grounds: [blik-op-werk-organisation]\n", "", "", "legal_grounds is missing"),
        ("[blik-op-werk-organisation]", "[aw-9]", "[aw-9]", "legal_grounds.0 is not a legal ground: aw-9"),
        ("next_due: P2Y", "next_due: 365", "next_due", "next_due is not a period like P6M"),
        ("reminders: [60, 14]", "reminders: soon", "reminders", "reminders has the wrong type"),
        ("day: endDate", "day: onDay", "axis:", "axis.day names a field that does not exist: onDay"),
        ("day: endDate", "day: answerDays", "axis:", "axis.day needs a field of type day: answerDays"),
        ("shape: period", "shape: once", "axis:", "axis.shape is not one of period, issued, as_of, period_end"),
        ("start: effectiveDate, ", "", "axis:", "axis.start is missing"),
        ("shape: period", "shape: as_of", "axis:", "axis.start does not go with the shape as_of"),
        ("type: whole", "type: float", "type: float", "fields.5.type is not one of "),
        ("name: url", "name: version", "name: version\n    type: text\n    label: {nl: Internet", "fields.7.name is there twice"),
        ("label: {nl: Versie, en: Version}", "label: {nl: Versie}", "label: {nl: Versie}", "label.en is missing"),
        ("type: whole", "type: choice", "type: choice", "fields.5.choices go with the types choice and choices"),
        ("code: complaints", "code: Complaints", "code:", "code is not a code in lower case"),
        ("next_due: P2Y", "next_due: P2Y\nnext_due: P6M", "next_due: P6M", "next_due is there twice"),
        ("next_due: P2Y", "next_due: [", "lead_time", "expected"),
        ("by_rule: false", "by_rule: perhaps", "by_rule", "review.by_rule has the wrong type"),
        (RULE, "{rule: sum, fields: [answerDays]}", "{rule: sum", "rules.1.rule is not one of order, "),
        (RULE, "{rule: order, fields: [endDate]}", "{rule: order, fields: [endDate]}", "rules.1.fields are not as many"),
        (RULE, "{rule: between, fields: [answerDays], low: 1}", "{rule: between", "rules.1.high is missing"),
        (RULE, RULE.replace("365", "many"), "{rule: between", "rules.1.high is not a number"),
        (RULE, RULE.replace("answerDays", "version"), "{rule: between", "rules.1.fields needs a field of type amount or "),
        (RULE, RULE.replace("answerDays", "weeks"), "{rule: between", "rules.1.fields names a field that does not exist"),
        (RULE, RULE.replace("high", "codes: [x], high"), "{rule: between", "rules.1.codes does not go with the rule between"),
        (RULE, WHEN, "{rule: between", "rules.1.when.field needs a field of type boolean or choice: url"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_reason(tmp_path: Path, old: str, new: str, at: str, reason: str):
    text = SOURCE.replace(old, new, 1)
    assert text != SOURCE
    message = refused(tmp_path, text)
    assert message.startswith("kind.yaml:")
    assert reason in message
    if reason != "expected" and " go with the types" not in reason and "there twice" not in reason:
        assert int(message.split(":")[1]) == line_of(text, at)


def test_a_choice_that_another_key_names_must_exist(tmp_path: Path):
    source = (FOLDER / "quality_mark.yaml").read_text(encoding="utf-8")
    message = refused(tmp_path, source.replace("codes: [equivalent_certificate,", "codes: [something,"))
    assert "equivalence.codes is not a choice of proofKind: something" in message
    source = (FOLDER / "kvk_extract.yaml").read_text(encoding="utf-8")
    message = refused(tmp_path, source.replace("in: [sole_proprietorship]", "in: [one_man]"))
    assert "rules.3.when.in is not a choice of legalForm: one_man" in message


def test_two_files_cannot_define_one_code(tmp_path: Path):
    (tmp_path / "first.yaml").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "second.yaml").write_text("\n" + SOURCE, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"^second.yaml:2: code is there twice: complaints_procedure$"):
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


def test_every_legal_ground_is_used_says_what_it_is_and_whether_somebody_compared_it():
    used = {ground.code for kind in load(FOLDER).kinds.values() for ground in kind.legal_grounds}
    warned_by = {"aw-1.10", "aw-2.85", "gids-3.5d", "gids-3.5g", "avg-5-1-c", "uavg-46"}
    assert set(legal_grounds()) == used | warned_by
    for ground in legal_grounds().values():
        assert ground.name.nl
        assert ground.says.nl
        assert ground.says.en
        assert ground.source or not ground.is_verified


def test_every_kind_says_how_it_is_looked_at():
    kinds = load(FOLDER).kinds
    assert {code for code, kind in kinds.items() if kind.review.is_by_rule_allowed} == {"kvk_extract"}
    assert {code for code, kind in kinds.items() if kind.review.needs_second_reviewer} == {
        "procurement_conduct_certificate",
        "authority_to_sign",
        "group_guarantee",
    }
    assert all(kind.lead_time for kind in kinds.values())


def test_checks_that_a_kind_may_name_are_checks_that_exist():
    told_apart = {FileCheck.LIKENESS}  # tells of another company, so that it is no finding
    assert set(FileCheck) - told_apart <= set(CHECK_VERSIONS)
