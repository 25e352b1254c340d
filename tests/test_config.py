"""Settings are read once, and a wrong one says which, what, and what is allowed."""

from pathlib import Path

import pytest

from depot.config import Config, ConfigError
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
        ("DEPOT_UPLOAD_LIMIT_MIB", "0", "it takes a whole number of MiB"),
        ("DEPOT_CLAMD", "http://x", "it takes unix:/PATH, tcp://HOST:PORT or off"),
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
        "s3://depot/prefix?endpoint=https://127.0.0.1:9000&region=nl&ca=/etc/depot/ca.pem&timeout=5",
    ],
)
def test_files_lie_in_a_folder_or_a_bucket(tmp_path: Path, url: str) -> None:
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
