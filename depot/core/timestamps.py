"""Timestamps (RFC 3161): by the depot's own authority or over HTTP by another one, and what such a timestamp proves."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import aiohttp
import structlog
from asn1crypto import cms, core, tsp  # type: ignore[import-untyped] # it has none
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.general import as_signing_certificate, simple_cms_attribute
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper
from pyhanko.sign.timestamps.common_utils import set_tsp_headers
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from depot.core import clock
from depot.core.certificates import pem_of
from depot.core.errors import Unavailable
from depot.core.i18n import Text, _

SECONDS = 10
"""How long another authority is waited for, from the first byte to the last."""
LIMIT = 64 << 10
"""Bytes of an answer; a real one has about six thousand."""
SKEW = timedelta(minutes=5)
"""How far another authority's time may be from ours."""

SILENT = _("De tijdstempeldienst antwoordt niet. Er is niets verzegeld. Probeer het over een paar minuten opnieuw.")
WRONG = _("De tijdstempeldienst gaf een antwoord dat niet klopt. Er is niets verzegeld. Waarschuw de beheerder.")
SKEWED = _(
    "De klok van de tijdstempeldienst loopt meer dan vijf minuten anders dan die van het depot. Er is niets verzegeld. "
    "Waarschuw de beheerder."
)

MALFORMED = (
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError),
    *(AssertionError, RecursionError, UnsupportedAlgorithm, x509.InvalidVersion),
)
"""What the ASN.1 and CMS readers raise on bytes that are no such structure."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Chain:
    """Whose timestamps these are: the certificates from the signer's upwards, and the root that they lead to."""

    certificates: tuple[x509.Certificate, ...]

    @property
    def root(self) -> x509.Certificate:
        """The root."""
        return self.certificates[-1]

    @property
    def until(self) -> datetime:
        """When the first of them ends."""
        return min(each.not_valid_after_utc for each in self.certificates)

    @property
    def pem(self) -> bytes:
        """All of them, as PEM."""
        return b"".join(pem_of(each) for each in self.certificates)


class Authority(Protocol):
    """Who says what time it is."""

    def timestamper(self) -> TimeStamper:
        """What asks for one timestamp, or for several in a row."""

    def chain(self) -> Chain:
        """Whose timestamps these are; another authority may have to be asked."""


def stamp(authority: Authority, data: bytes) -> bytes:
    """A complete RFC 3161 TimeStampResp in DER over the SHA-256 of the data; raises Unavailable when none is to be had."""
    stamper = authority.timestamper()
    _nonce, request = stamper.request_cms(hashlib.sha256(data).digest(), "sha256")  # type: ignore[no-untyped-call] # it has none
    return bytes(asyncio.run(stamper.async_request_tsa_response(request)).dump())


def reached(authority: Authority) -> Chain:
    """Whose timestamps these are, found out by asking for one now; raises Unavailable."""
    stamp(authority, b"")
    return authority.chain()


@dataclass(frozen=True)
class Own:
    """The depot's own authority."""

    certificate: x509.Certificate
    root: x509.Certificate
    key: rsa.RSAPrivateKey

    def timestamper(self) -> TimeStamper:
        """It stamps at the present second."""
        return _OwnStamper(self)

    def chain(self) -> Chain:
        """Its certificate and root."""
        return Chain((self.certificate, self.root))


class _OwnStamper(DummyTimeStamper):
    """PyHanko's own timestamp authority, at the depot's second, with a key that was read once.

    It would read the key for each of the two tokens of a seal, and reading an RSA key checks it: 0.15 s each.
    """

    def __init__(self, own: Own) -> None:
        super().__init__(as_asn1(own.certificate), None, certs_to_embed=store(own.root), fixed_dt=second())
        self._key = own.key

    def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, cms.CMSAttributes]:
        told = {
            "content_type": "tst_info",
            "signing_time": cms.Time({"utc_time": core.UTCTime(dt)}),
            "signing_certificate": as_signing_certificate(self.tsa_cert),
            "message_digest": hashlib.new(md_algorithm, tst_info_data).digest(),
        }
        attributes = cms.CMSAttributes([simple_cms_attribute(*item) for item in told.items()])  # type: ignore[no-untyped-call] # as above
        used = get_pyca_cryptography_hash(md_algorithm)
        return self._key.sign(attributes.dump(), PKCS1v15(), used), attributes


class Other(TimeStamper):
    """Another authority, over HTTP. What it answers is used only when it is right: granted, ours, timely and of a known root."""

    def __init__(self, url: str, known: Sequence[x509.Certificate], login: tuple[str, str] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # its __init__ has no types
        self.url = url
        self._headers = set_tsp_headers({"Authorization": aiohttp.encode_basic_auth(*login)} if login else {})
        self.roots = tuple(each for each in known if each.issuer == each.subject)
        self._between = tuple(each for each in known if each.issuer != each.subject)
        self._chain: Chain | None = None

    def timestamper(self) -> TimeStamper:
        """This one: it remembers how long an answer is."""
        return self

    def chain(self) -> Chain:
        """That of the last answer."""
        return self._chain or reached(self)

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask, and check the answer; raises Unavailable."""
        try:
            answer = tsp.TimeStampResp.load(await self._posted(req.dump()), strict=True)
            self._chain = await self._checked(answer, req)
        except (aiohttp.ClientError, OSError) as error:
            raise _refused(SILENT, f"{type(error).__name__}: {error}") from error
        except MALFORMED as error:
            raise _refused(WRONG, str(error)) from error
        return answer

    async def _posted(self, request: bytes) -> bytes:
        limit = aiohttp.ClientTimeout(total=SECONDS)
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.post(self.url, data=request, headers=self._headers, allow_redirects=False) as response,
        ):
            if response.status != HTTPStatus.OK:
                raise OSError(f"status {response.status}")
            body = bytearray()
            async for piece in response.content.iter_chunked(LIMIT):
                body += piece
                if len(body) > LIMIT:
                    raise ValueError("an answer without end")
            return bytes(body)

    async def _checked(self, answer: tsp.TimeStampResp, request: tsp.TimeStampReq) -> Chain:
        """Whose timestamp it is; raises ValueError when it is not what was asked."""
        told, token = info(answer), answer["time_stamp_token"]["content"]
        if answer["status"]["status"].native != "granted":
            raise ValueError("it was granted with changes")
        if told["nonce"].native != request["nonce"].native:
            raise ValueError("the nonce is another")
        imprint, asked = (each["message_imprint"] for each in (told, request))
        if imprint["hash_algorithm"]["algorithm"].native != asked["hash_algorithm"]["algorithm"].native:
            raise ValueError("the imprint has another algorithm")
        time: datetime = told["gen_time"].native
        found = await validate_tst_signed_data(
            token, context(self.roots, time, self._between), lambda _name: asked["hashed_message"].native
        )
        if not (found["intact"] and found["valid"]):
            raise ValueError("the imprint or the signature is wrong")
        if found["validation_path"] is None or found["trust_problem_indic"] is not None:
            raise ValueError("it leads to no root that we know")
        if abs(time - clock.now()) > SKEW:
            raise _refused(SKEWED, f"its time is {time.isoformat()}")
        path = [x509.load_der_x509_certificate(each.dump()) for each in found["validation_path"]]
        return Chain(tuple(reversed(path)))


def _refused(text: Text, reason: str) -> Unavailable:
    log.error("timestamps", reason=reason)
    return Unavailable(text)


def other(url: str) -> Other | None:
    """The authority of an address that `depot.config` found right; raises OSError or ValueError when its roots cannot be read."""
    if not url:
        return None
    parts = urlsplit(url)
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    known = x509.load_pem_x509_certificates(Path(dict(parse_qsl(parts.query))["ca"]).read_bytes())
    made = Other(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")), known, login)
    if not made.roots:
        raise ValueError("the file holds no root")
    return made


def info(answer: tsp.TimeStampResp) -> Any:
    """What a granted response says; raises ValueError when none was granted."""
    if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
        raise ValueError(f"no timestamp was granted: {answer['status'].native}")
    return answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed


def proof(
    data: bytes, response: bytes, roots: Sequence[x509.Certificate], between: Sequence[x509.Certificate]
) -> Mapping[str, Any]:
    """What a response proves of the data: `timestamp`, `is_intact`, and `is_trusted` when it leads to one of the roots.

    Raises one of MALFORMED for bytes that are no granted response.
    """
    answer = tsp.TimeStampResp.load(response, strict=True)
    time: datetime = info(answer)["gen_time"].native
    status = asyncio.run(
        validate_tst_signed_data(
            answer["time_stamp_token"]["content"],
            context(roots, time, between),
            lambda algorithm: hashlib.new(algorithm, data).digest(),
        )
    )
    is_intact = status["intact"] and status["valid"]
    return {
        "timestamp": time,
        "is_intact": is_intact,
        "is_trusted": is_intact and status["validation_path"] is not None and status["trust_problem_indic"] is None,
    }


def context(
    roots: Sequence[x509.Certificate], time: datetime, between: Sequence[x509.Certificate] = ()
) -> ValidationContext:
    """Judge certificates as of a time, without a network."""
    anchors, others = ([as_asn1(each) for each in group] for group in (roots, between))
    return ValidationContext(
        trust_roots=anchors, other_certs=others, allow_fetching=False, moment=time, best_signature_time=time
    )


def store(*certificates: x509.Certificate) -> SimpleCertificateStore:
    """Certificates that travel along with a signature."""
    made = SimpleCertificateStore()  # type: ignore[no-untyped-call] # its __init__ has no types
    for each in certificates:
        made.register(as_asn1(each))
    return made


def as_asn1(certificate: x509.Certificate) -> Any:
    """A certificate as pyHanko reads it."""
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def second() -> datetime:
    """The present second: a UTCTime has no fractions."""
    return clock.now().replace(microsecond=0)
