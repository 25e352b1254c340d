"""Every setting, read once from DEPOT_* variables. A wrong one stops the start and says which, what, and what is allowed."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


class ConfigError(Exception):
    """One or more settings cannot be used; the message has a line for each."""


def _flag(value: str) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[value.lower()]


def _url(*schemes: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname or parts.port == 0:  # `port` refuses what is no port
            raise ValueError(value)
        return value

    return read


def _database(value: str) -> str:
    parts = urlsplit(value)
    is_file = parts.scheme == "sqlite" and not parts.netloc
    if not (is_file or parts.scheme == "postgresql") or parts.path in ("", "/") or parts.port == 0:
        raise ValueError(value)
    return value


def _mail(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "maildir" and parts.path:
        return value
    said = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    if not said.keys() <= {"ca"} or not Path(said.get("ca", os.devnull)).exists():
        raise ValueError(value)
    return _url("smtp", "smtps")(value)


def _maildir(value: str) -> Path | None:
    folder = Path(value.removeprefix("maildir:"))
    if value and not (value.startswith("maildir:") and (folder / "new").is_dir()):
        raise ValueError(value)
    return folder if value else None


def _tsa(value: str) -> str:
    said = dict(parse_qsl(urlsplit(value).query, keep_blank_values=True, strict_parsing=bool(value)))
    if value and (said.keys() != {"ca"} or not Path(said["ca"]).is_file()):
        raise ValueError(value)
    return value and _url("http", "https")(value)


def _register(value: str) -> str:
    return value and _url("http", "https")(value)


def _key(value: str) -> str:
    if not re.fullmatch(r"[!-~]*", value):
        raise ValueError(value)
    return value


def _objects(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "file" and parts.path:
        return value
    said = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    endpoint = urlsplit(_url("http", "https")(said.pop("endpoint", "https://s3.example")))
    _count(said.pop("timeout", "15"))
    is_bucket = parts.scheme == "s3" and re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc)
    is_known = said.keys() <= {"region", "ca"} and Path(said.get("ca", os.devnull)).exists()
    if not is_bucket or "@" in endpoint.netloc or not is_known:
        raise ValueError(value)
    return value


def _scanner(value: str) -> str:
    parts = urlsplit(value)
    if value != "off" and not (parts.scheme == "unix" and parts.path) and not (_url("tcp")(value) and parts.port):
        raise ValueError(value)
    return value


def _folder(value: str) -> Path:
    if not value:
        raise ValueError(value)
    return Path(value)


def _present(value: str) -> Path | None:
    if value and not Path(value).is_dir():
        raise ValueError(value)
    return Path(value) if value else None


def _address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>\",;]+@[^@\s<>\",;]+", value):
        raise ValueError(value)
    return value


def _secret(value: str) -> str:
    if len(value) < 32:
        raise ValueError(value)
    return value


def _number(value: str) -> int:
    if not value.isdigit():
        raise ValueError(value)
    return int(value)


def _count(value: str) -> int:
    if _number(value) < 1:
        raise ValueError(value)
    return int(value)


def _percentage(value: str) -> int:
    if _number(value) > 100:
        raise ValueError(value)
    return int(value)


def _period(value: str) -> str:
    if not re.fullmatch(r"P(?=.*[1-9])(\d{1,3}Y)?(\d{1,4}M)?(\d{1,5}D)?", value):
        raise ValueError(value)
    return value


def setting(read: Callable[[str], Any], allowed: str, default: str | None = None, *, is_secret: bool = False) -> Any:
    """A field of Config: how its text is read, what is allowed, and what counts when it is not set."""
    return field(metadata={"read": read, "allowed": allowed, "default": default, "is_secret": is_secret})


@dataclass(frozen=True)
class Config:
    """The settings of one process; `docs/configuration.md` explains each."""

    secret_key: str = setting(_secret, "at least 32 characters", is_secret=True)
    demo: bool = setting(_flag, "1 or 0", "0")
    base_url: str = setting(_url("http", "https"), "an http or https address", "http://127.0.0.1:8000")
    database_url: str = setting(
        _database,
        "sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME",
        "sqlite:///var/depot.db",
        is_secret=True,
    )
    objects_url: str = setting(
        _objects,
        "file:FOLDER or s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION&ca=FILE&timeout=SECONDS "
        "(all after ? optional, credentials elsewhere)",
        "file:var/objects",
    )
    hash_on_read: bool = setting(_flag, "1 or 0", "0")
    mail_url: str = setting(
        _mail,
        "maildir:FOLDER, smtp://USER:PASSWORD@HOST:PORT (with STARTTLS) or smtps://..., and ?ca=FILE that exists",
        "maildir:var/mail",
        is_secret=True,
    )
    mail_from: str = setting(_address, "an e-mail address", "depot@depot.example")
    mail_per_minute: int = setting(_number, "a whole number of messages, 0 for no limit", "0")
    bounces: Path | None = setting(_maildir, "maildir:FOLDER that exists, or empty for none", "")
    clamd: str = setting(_scanner, "unix:/PATH, tcp://HOST:PORT or off", "unix:/run/clamav/clamd.ctl")
    allow_unscanned: bool = setting(_flag, "1 or 0", "0")
    catalogue_folder: Path | None = setting(_present, "a folder that exists, or empty for none", "")
    seal_folder: Path = setting(_folder, "a folder", "var/seal")
    tsa_url: str = setting(
        _tsa,
        "http(s)://USER:PASSWORD@HOST/PATH?ca=FILE (the login optional, a file that exists), or empty for the depot itself",
        "",
        is_secret=True,
    )
    trust_folder: Path | None = setting(_present, "a folder that exists, or empty for none", "")
    kvk_url: str = setting(_register, "an http or https address, or empty for no register", "")
    kvk_key: str = setting(_key, "a key without spaces, or empty for no register", "", is_secret=True)
    kvk_per_minute: int = setting(_count, "a whole number of companies", "60")
    sample_share: int = setting(_percentage, "a whole number of percent, 0 to 100", "10")
    upload_limit_mib: int = setting(_count, "a whole number of MiB", "25")
    proxies: int = setting(_number, "how many reverse proxies stand in front, 0 or more", "0")
    contact: str = setting(_address, "an e-mail address", "beheer@depot.example")
    expiring_days: int = setting(_count, "a whole number of days", "30")
    coverage_limit: int = setting(_count, "a whole number of sets of requirements", "60")
    keep_not_awarded: str = setting(_period, "a period of ISO 8601, such as P3Y", "P3Y")
    keep_after_contract: str = setting(_period, "a period of ISO 8601, such as P7Y", "P7Y")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read all settings; raises ConfigError that names each wrong or missing one. Secrets are never shown."""
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for item in fields(cls):
            name, text = variable(item.name), environ.get(variable(item.name), item.metadata["default"])
            allowed = item.metadata["allowed"]
            if text is None:
                wrong.append(f"{name} is not set; it takes {allowed}")
                continue
            try:
                values[item.name] = item.metadata["read"](text)
            except (ValueError, KeyError):
                wrong.append(_not_allowed(item, text))
        known = {variable(item.name) for item in fields(cls)}
        wrong += [
            f"{name} is not a setting of the depot"
            for name in sorted(environ)
            if name.startswith("DEPOT_") and name not in known | OTHERS
        ]
        if not wrong and values["clamd"] == "off" and not (values["allow_unscanned"] or values["demo"]):
            wrong.append("DEPOT_CLAMD is 'off'; that also takes DEPOT_ALLOW_UNSCANNED=1, and every page will say so")
        if not wrong and bool(values["kvk_url"]) != bool(values["kvk_key"]):
            wrong.append("DEPOT_KVK_URL and DEPOT_KVK_KEY take each other: set both, or neither for no register")
        if wrong:
            raise ConfigError("\n".join(wrong))
        return cls(**values)


def read_one(name: str, environ: Mapping[str, str] = os.environ) -> Any:
    """One setting that has a default, for a command that needs no others; raises ConfigError when it is wrong."""
    item = next(item for item in fields(Config) if item.name == name)
    text = environ.get(variable(name), item.metadata["default"])
    try:
        return item.metadata["read"](text)
    except (ValueError, KeyError) as error:
        raise ConfigError(_not_allowed(item, text)) from error


def _not_allowed(item: Field[Any], text: str) -> str:
    is_value = "has a value" if item.metadata["is_secret"] else f"is {text!r}"
    return f"{variable(item.name)} {is_value} that is not allowed; it takes {item.metadata['allowed']}"


OTHERS = {"DEPOT_CORPORA", "DEPOT_TEST_S3"}
"""Variables that the Makefile and the tests read, not the depot."""


@contextmanager
def needed_for(name: str) -> Iterator[None]:
    """What cannot be opened or read in here stops the start, and names the setting that led to it."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigError(f"{variable(name)} cannot be used: {error}") from error


def variable(name: str) -> str:
    """The environment variable of a field of Config."""
    return f"DEPOT_{name.upper()}"
