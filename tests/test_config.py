"""Settings are read once, and a wrong one says which, what, and what is allowed."""

from dataclasses import fields
from pathlib import Path

import pytest

from depot.app import create_app
from depot.config import Config, ConfigError, variable
from tests.conftest import settings


def read(tmp_path: Path, **changes: str) -> Config:
    return Config.from_env(settings(tmp_path, **changes))


def test_defaults_fill_what_is_not_set(tmp_path: Path) -> None:
    assert read(tmp_path).upload_limit_mib == 25


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEPOT_DEMO", "perhaps", "DEPOT_DEMO is 'perhaps' that is not allowed; it takes 1 or 0"),
        (
            "DEPOT_DATABASE_URL",
            "mysql://x",
            "DEPOT_DATABASE_URL has a value that is not allowed; it takes sqlite:///FILE or postgresql://",
        ),
        ("DEPOT_OBJECTS_URL", "ftp://x", "it takes file:FOLDER or s3://BUCKET/PREFIX?endpoint="),
        ("DEPOT_OBJECTS_URL", "s3://", "it takes file:FOLDER or s3://"),
        ("DEPOT_OBJECTS_URL", "s3://key:secret@bucket", "it takes file:FOLDER or s3://"),
        ("DEPOT_OBJECTS_URL", "s3://bucket?endpoint=ftp://host", "it takes file:FOLDER or s3://"),
        ("DEPOT_OBJECTS_URL", "s3://bucket?endpoint=https://key:secret@host", "it takes file:FOLDER or s3://"),
        ("DEPOT_OBJECTS_URL", "s3://bucket?timeout=0", "it takes file:FOLDER or s3://"),
        ("DEPOT_OBJECTS_URL", "s3://bucket?colour=blue", "it takes file:FOLDER or s3://"),
        ("DEPOT_OBJECTS_URL", "s3://bucket?ca=/no/such/ca.pem", "it takes file:FOLDER or s3://"),
        ("DEPOT_OBJECTS_URL", "file:", "it takes file:FOLDER or s3://"),
        ("DEPOT_DATABASE_URL", "sqlite://", "DEPOT_DATABASE_URL has a value that is not allowed"),
        ("DEPOT_DATABASE_URL", "sqlite://folder/depot.db", "DEPOT_DATABASE_URL has a value that is not allowed"),
        ("DEPOT_DATABASE_URL", "postgresql://host", "DEPOT_DATABASE_URL has a value that is not allowed"),
        ("DEPOT_DATABASE_URL", "postgresql://host:many/depot", "DEPOT_DATABASE_URL has a value that is not allowed"),
        ("DEPOT_MAIL_URL", "smtp:", "DEPOT_MAIL_URL has a value that is not allowed; it takes maildir:FOLDER, smtp://"),
        ("DEPOT_MAIL_URL", "smtp://host?ca=/no/such/ca.pem", "DEPOT_MAIL_URL has a value that is not allowed"),
        ("DEPOT_MAIL_URL", "smtp://host:99999", "DEPOT_MAIL_URL has a value that is not allowed"),
        ("DEPOT_MAIL_URL", "maildir:", "DEPOT_MAIL_URL has a value that is not allowed"),
        ("DEPOT_MAIL_FROM", "depot", "DEPOT_MAIL_FROM is 'depot' that is not allowed; it takes an e-mail address"),
        ("DEPOT_CONTACT", "a@b.example, c@d.example", "it takes an e-mail address"),
        ("DEPOT_BASE_URL", "https://", "it takes an http or https address"),
        ("DEPOT_BASE_URL", "depot.example", "it takes an http or https address"),
        ("DEPOT_CATALOGUE_FOLDER", "/no/such/folder", "it takes a folder that exists, or empty for none"),
        ("DEPOT_SEAL_FOLDER", "", "it takes a folder"),
        ("DEPOT_CLAMD", "unix:", "it takes unix:/PATH, tcp://HOST:PORT or off"),
        ("DEPOT_CLAMD", "tcp://host", "it takes unix:/PATH, tcp://HOST:PORT or off"),
        ("DEPOT_UPLOAD_LIMIT_MIB", "0", "it takes a whole number of MiB"),
        ("DEPOT_CLAMD", "http://x", "it takes unix:/PATH, tcp://HOST:PORT or off"),
        ("DEPOT_KEEP_NOT_AWARDED", "3 jaar", "it takes a period of ISO 8601, such as P3Y"),
        ("DEPOT_KEEP_NOT_AWARDED", "P0Y", "it takes a period of ISO 8601, such as P3Y"),
        ("DEPOT_KEEP_AFTER_CONTRACT", "P", "it takes a period of ISO 8601, such as P7Y"),
        ("DEPOT_KEEP_AFTER_CONTRACT", "P1D2M", "it takes a period of ISO 8601, such as P7Y"),
        ("DEPOT_COLOUR", "blue", "DEPOT_COLOUR is not a setting of the depot"),
    ],
)
def test_a_wrong_setting_names_itself_its_value_and_what_is_allowed(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, **{name: value})
    assert said in str(caught.value)


def test_a_secret_is_never_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, DEPOT_SECRET_KEY="too short")
    assert "too short" not in str(caught.value)
    assert "DEPOT_SECRET_KEY has a value that is not allowed" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "file:var/objects",
        "file:/srv/depot/objects",
        "s3://depot",
        "s3://depot/prefix?region=eu-central-1",
        "s3://depot/prefix?endpoint=https://127.0.0.1:9000&region=nl&ca={ca}&timeout=5",
    ],
)
def test_files_lie_in_a_folder_or_a_bucket(tmp_path: Path, url: str) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    url = url.format(ca=ca)
    assert read(tmp_path, DEPOT_OBJECTS_URL=url).objects_url == url


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, DEPOT_DEMO="x", DEPOT_PROXIES="-1")
    assert len(str(caught.value).splitlines()) == 2


def test_a_secret_has_no_default(tmp_path: Path) -> None:
    values = settings(tmp_path)
    del values["DEPOT_SECRET_KEY"]
    with pytest.raises(ConfigError, match="DEPOT_SECRET_KEY is not set"):
        Config.from_env(values)


def test_running_without_a_virus_scanner_takes_a_second_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DEPOT_ALLOW_UNSCANNED=1"):
        read(tmp_path, DEPOT_DEMO="0", DEPOT_CLAMD="off")
    assert read(tmp_path, DEPOT_DEMO="0", DEPOT_CLAMD="off", DEPOT_ALLOW_UNSCANNED="1").clamd == "off"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEPOT_DATABASE_URL", "sqlite:///var/depot.db"),
        ("DEPOT_DATABASE_URL", "postgresql://user:secret@host:5432/depot"),
        ("DEPOT_DATABASE_URL", "postgresql:///depot?host=/run/postgresql"),
        ("DEPOT_MAIL_URL", "smtp://user:secret@mail.example:587"),
        ("DEPOT_MAIL_URL", "smtps://mail.example"),
        ("DEPOT_CLAMD", "tcp://127.0.0.1:3310"),
        ("DEPOT_CATALOGUE_FOLDER", ""),
    ],
)
def test_what_the_documents_name_is_allowed(tmp_path: Path, name: str, value: str) -> None:
    read(tmp_path, **{name: value})


def test_a_folder_that_cannot_be_made_is_said_with_its_setting_when_the_application_starts(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, value in (
        ("DEPOT_OBJECTS_URL", f"file:{tmp_path / 'file' / 'objects'}"),
        ("DEPOT_SEAL_FOLDER", str(tmp_path / "file" / "seal")),
    ):
        with pytest.raises(ConfigError, match=f"{name} cannot be used: .*{tmp_path}"):
            create_app(read(tmp_path, **{name: value}))


@pytest.mark.parametrize(
    "value", ["https://tsa.example/rfc3161", "https://tsa.example?ca=/no/such.pem", "tsa.example?ca={}"]
)
def test_another_authority_for_the_time_takes_a_file_of_roots(tmp_path: Path, value: str) -> None:
    (tmp_path / "roots.pem").touch()
    given = value.format(tmp_path / "roots.pem")
    with pytest.raises(ConfigError, match="DEPOT_TSA_URL has a value that is not allowed"):
        read(tmp_path, DEPOT_TSA_URL=given)


def test_a_file_without_roots_is_said_with_its_setting_when_the_application_starts(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").touch()
    with pytest.raises(ConfigError, match="DEPOT_TSA_URL cannot be used: "):
        create_app(read(tmp_path, DEPOT_TSA_URL=f"https://tsa.example?ca={tmp_path / 'roots.pem'}"))


def test_outside_the_demonstration_nothing_starts_before_somebody_made_a_seal(tmp_path: Path) -> None:
    config = read(tmp_path, DEPOT_DEMO="0", DEPOT_ALLOW_UNSCANNED="1")
    with pytest.raises(ConfigError, match=r"DEPOT_SEAL_FOLDER cannot be used: .*depot seal init"):
        create_app(config)


def test_a_seal_that_cannot_be_read_is_said_with_its_setting(tmp_path: Path) -> None:
    create_app(read(tmp_path))
    (tmp_path / "seal" / "current" / "seal.key").write_text("no key")
    with pytest.raises(ConfigError, match="DEPOT_SEAL_FOLDER cannot be used: "):
        create_app(read(tmp_path))


def test_the_documents_say_the_default_of_each_setting_and_whether_it_is_secret() -> None:
    text = (Path(__file__).parents[1] / "docs/configuration.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if "| `DEPOT_" in line
    ]
    said = {row[0].strip("| `"): (row[-2].strip("`"), row[-1].strip("* |").startswith("yes")) for row in rows}
    shown = {None: "none: must be set", "": "empty"}
    assert said == {
        variable(item.name): (shown.get(item.metadata["default"], item.metadata["default"]), item.metadata["is_secret"])
        for item in fields(Config)
    }
