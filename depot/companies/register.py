"""The KvK trade register (Handelsregister API): what it says of a number, kept apart from that it said nothing.

Basisprofiel v1 and Zoeken v2 of developers.kvk.nl; their errors have codes (`fout`), and only those that mean "not there"
are taken for that: a wrong address, a proxy or a register in trouble answers 404 as well.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Self

import marshmallow as ma
import urllib3
from marshmallow.validate import Length, Regexp

from depot.companies.names import legal_form

SECONDS = 5
"""How long one answer may take from its first byte to its last."""
SIZE = 1 << 20
ATTEMPTS = 2
"""How often a request is made again at once; whoever asks tries later as well."""
ABSENT = frozenset({"IPD0001", "IPD0004", "IPD0005", "IPD5200"})
"""Not there, no number of the register, cannot be delivered, and no hits: final."""
UNDELIVERABLE = "IPD0005"
PROBE = "00000000"
"""A number that nobody has."""


class Outcome(StrEnum):
    """The three things that asking can end in."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Profile:
    """What the register says of a company; `ended_on` is "YYYYMMDD", parts of which may be 00, or empty.

    `place` is where its main establishment is, or its own address: the statutory seat is not told.
    """

    kvk_number: str
    name: str
    legal_form: str = ""
    rsin: str = ""
    trade_names: tuple[str, ...] = ()
    place: str = ""
    is_active: bool = True
    ended_on: str = ""

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """The profile that `as_json` wrote."""
        return cls(**{**said, "trade_names": tuple(said["trade_names"])})

    @property
    def as_json(self) -> dict[str, Any]:
        """The profile as it is kept."""
        return {**asdict(self), "trade_names": list(self.trade_names)}


@dataclass(frozen=True)
class Answer:
    """What came of asking; `reason` says why nothing is known: no_answer, busy, refused (the key) or garbled."""

    outcome: Outcome
    profile: Profile | None = None
    reason: str = ""


class _NoAnswer(Exception):
    """The register said nothing that counts; the argument is the reason."""


class _Answered(ma.Schema):
    """Part of an answer: what the depot does not use is left out, for the register adds fields at any time."""

    class Meta:
        unknown = ma.EXCLUDE


def _text(**kwargs: Any) -> ma.fields.String:
    return ma.fields.String(validate=[Length(max=1000), Regexp(r"[^\0]*\Z")], **kwargs)


class _Name(_Answered):
    name = _text(required=True, data_key="naam")


class _Registered(_Answered):
    ended_on = ma.fields.String(load_default="", data_key="datumEinde", validate=Regexp(r"([0-9]{8})?\Z"))


class _Address(_Answered):
    kind = _text(load_default="", data_key="type")
    place = _text(load_default="", data_key="plaats")
    is_shielded = _text(load_default="Nee", data_key="indAfgeschermd")


class _Holder(_Answered):
    rsin = ma.fields.String(load_default="", validate=Regexp(r"([0-9]{9})?\Z"))
    legal_form = _text(load_default="", data_key="rechtsvorm")
    addresses = ma.fields.List(ma.fields.Nested(_Address), load_default=list, data_key="adressen")


class _Embedded(_Answered):
    owner = ma.fields.Nested(_Holder, load_default=dict, data_key="eigenaar")
    main = ma.fields.Nested(_Holder, load_default=dict, data_key="hoofdvestiging")


class _Activity(_Answered):
    code = ma.fields.String(required=True, data_key="sbiCode", validate=Regexp(r"[0-9]{2,6}\Z"))


class _BasicProfile(_Answered):
    kvk_number = ma.fields.String(required=True, data_key="kvkNummer", validate=Regexp(r"[0-9]{8}\Z"))
    name = _text(required=True, data_key="naam")
    statutory_name = _text(load_default="", data_key="statutaireNaam")
    trade_names = ma.fields.List(ma.fields.Nested(_Name), load_default=list, data_key="handelsnamen")
    registered = ma.fields.Nested(_Registered, load_default=dict, data_key="materieleRegistratie")
    activities = ma.fields.List(ma.fields.Nested(_Activity), load_default=list, data_key="sbiActiviteiten")
    embedded = ma.fields.Nested(_Embedded, load_default=dict, data_key="_embedded")


class _Hit(_Answered):
    kvk_number = ma.fields.String(required=True, data_key="kvkNummer", validate=Regexp(r"[0-9]{8}\Z"))
    rsin = ma.fields.String(load_default="", validate=Regexp(r"([0-9]{9})?\Z"))
    name = _text(required=True, data_key="naam")
    is_active = _text(load_default="Ja", data_key="actief")


class _Hits(_Answered):
    hits = ma.fields.List(ma.fields.Nested(_Hit), required=True, data_key="resultaten", validate=Length(min=1))


class _Fault(_Answered):
    code = _text(required=True)


class _Faults(_Answered):
    faults = ma.fields.List(ma.fields.Nested(_Fault), required=True, data_key="fout", validate=Length(min=1))


class Register:
    """The register at an address, with the key that it takes; one for all threads of a process."""

    def __init__(self, url: str, key: str, *, seconds: float = SECONDS, pause: float = 0.5) -> None:
        self._url = url.rstrip("/")
        self._seconds = seconds
        codes = [429, *range(500, 600)]
        # What it asks to wait (Retry-After) may be hours: the rows that wait for an answer see to that.
        again = urllib3.Retry(
            ATTEMPTS,
            redirect=0,
            status_forcelist=codes,
            backoff_factor=pause,
            raise_on_redirect=False,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        limit = urllib3.Timeout(connect=seconds, read=seconds)
        self._pool = urllib3.PoolManager(headers={"apikey": key}, retries=again, timeout=limit)

    def look_up(self, kvk_number: str) -> Answer:
        """What it says of a KvK number of eight digits; never inside a transaction, for it may take half a minute."""
        try:
            said, faults = self._ask(f"/v1/basisprofielen/{kvk_number}", _BasicProfile())
            if UNDELIVERABLE in faults:
                return self._search(kvk_number)
            if said is None:
                return Answer(Outcome.NOT_FOUND)
            return Answer(Outcome.FOUND, _profile(_same(said, kvk_number)))
        except _NoAnswer as error:
            return Answer(Outcome.UNREACHABLE, reason=str(error))

    def _search(self, kvk_number: str) -> Answer:
        """A number without a profile is unknown, or of a company that ended: only searching tells which."""
        said, _faults = self._ask(
            "/v2/zoeken", _Hits(), {"kvkNummer": kvk_number, "inclusiefInactieveRegistraties": "true"}
        )
        if said is None:
            return Answer(Outcome.NOT_FOUND)
        hit = _same(said["hits"][0], kvk_number)
        if hit["is_active"] != "Nee":
            raise _NoAnswer("busy")  # it is there, and its profile is not to be had now
        return Answer(Outcome.FOUND, Profile(kvk_number, hit["name"], rsin=hit["rsin"], is_active=False))

    def _ask(
        self, path: str, schema: ma.Schema, query: Mapping[str, str] | None = None
    ) -> tuple[dict[str, Any] | None, frozenset[str]]:
        """The answer, or None with the codes by which the register says that there is none."""
        status, body = self._get(path, query)
        match status:
            case HTTPStatus.OK:
                return _read(schema, body), frozenset()
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                raise _NoAnswer("refused")
            case HTTPStatus.NOT_FOUND | HTTPStatus.BAD_REQUEST:
                codes = frozenset(fault["code"] for fault in _read(_Faults(), body)["faults"])
                if not codes <= ABSENT:
                    raise _NoAnswer("busy")  # such as "is being processed, try again in five minutes"
                return None, codes
            case HTTPStatus.TOO_MANY_REQUESTS:
                raise _NoAnswer("busy")
            case _:
                raise _NoAnswer("busy" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "garbled")

    def _get(self, path: str, query: Mapping[str, str] | None) -> tuple[int, bytes]:
        last = time.monotonic() + self._seconds * (ATTEMPTS + 1)
        try:
            answer = self._pool.request("GET", self._url + path, fields=query, preload_content=False)
            try:
                body = b""
                while piece := answer.read1(SIZE):
                    body += piece
                    if len(body) > SIZE:
                        raise _NoAnswer("garbled")
                    if time.monotonic() > last:
                        raise _NoAnswer("no_answer")
                return answer.status, body
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _NoAnswer("no_answer") from error


def from_settings(url: str, key: str) -> Register | None:
    """The register of the settings, or None when there is none."""
    return Register(url, key) if url else None


def _read(schema: ma.Schema, body: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = schema.loads(body)
    except (ma.ValidationError, ValueError, RecursionError) as error:
        raise _NoAnswer("garbled") from error
    return found


def _same(said: dict[str, Any], kvk_number: str) -> dict[str, Any]:
    if said["kvk_number"] != kvk_number:
        raise _NoAnswer("garbled")
    return said


def _profile(said: Mapping[str, Any]) -> Profile:
    owner, main = said["embedded"].get("owner", {}), said["embedded"].get("main", {})
    addresses = [*main.get("addresses", ()), *owner.get("addresses", ())]
    open_ones = [each for each in addresses if each["place"] and each["is_shielded"] != "Ja"]
    visited = [each for each in open_ones if each["kind"] == "bezoekadres"]
    ended_on = said["registered"].get("ended_on", "")
    return Profile(
        kvk_number=said["kvk_number"],
        name=said["statutory_name"] or said["name"],
        legal_form=legal_form(owner["legal_form"]) if owner.get("legal_form") else "",
        rsin=owner.get("rsin", ""),
        trade_names=tuple(each["name"] for each in said["trade_names"]),
        place=next((each["place"] for each in [*visited, *open_ones]), ""),
        is_active=not ended_on,
        ended_on=ended_on,
    )
