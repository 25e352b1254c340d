"""The seal: CAdES signatures with RFC 3161 timestamps, PAdES seals in PDFs, and their check without a network."""

import asyncio
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from asn1crypto import cms, core, keys, tsp  # type: ignore[import-untyped] # it has none
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask, current_app
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate, simple_cms_attribute
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms, validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from depot.core import clock

# A seal that does not hold is a verdict here, not an incident: the library would print a traceback for each.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

TEST = "TEST "
"""How the names begin in an authority that vouches for nobody."""

YEAR = timedelta(days=365)
BACKDATED = 3 * YEAR
"""How far before its making an authority is valid: sample data is sealed under a clock moved back."""

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def init(folder: Path, *, organisation: str, is_test: bool = True) -> None:
    """Make a local authority in a folder, unless there is one: root, seal and timestamp certificate (RFC 5280).

    The folder appears whole or not at all. The root's key is not kept: nobody can issue another seal under it.
    """
    if (folder / "root.pem").exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        for name, data in _authority(organisation, is_test=is_test).items():
            _write(fresh / name, data)
        fresh.rename(folder)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not (folder / "root.pem").exists():  # else another process was first
            raise


def _authority(organisation: str, *, is_test: bool) -> dict[str, bytes]:
    mark = TEST if is_test else ""
    root_key, seal_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    tsa_key = rsa.generate_private_key(public_exponent=65537, key_size=3072)  # pyHanko's timestamper takes RSA only
    root = _certificate(f"{mark}Depot Root CA", organisation, root_key, years=20, usage=("key_cert_sign", "crl_sign"))
    seal = _certificate(
        f"{mark}Depot Seal",
        organisation,
        seal_key,
        years=3,
        usage=("digital_signature", "content_commitment"),
        issuer=(root, root_key),
    )
    tsa = _certificate(
        f"{mark}Depot Timestamp",
        organisation,
        tsa_key,
        years=10,
        usage=("digital_signature",),
        extended=ExtendedKeyUsageOID.TIME_STAMPING,
        issuer=(root, root_key),
    )
    return {
        "root.pem": _pem(root),
        "seal.key": _key_pem(seal_key),
        "seal.pem": _pem(seal),
        "tsa.key": _key_pem(tsa_key),
        "tsa.pem": _pem(tsa),
    }


def _certificate(
    name: str,
    organisation: str,
    key: PrivateKey,
    *,
    years: int,
    usage: Sequence[str],
    extended: x509.ObjectIdentifier | None = None,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None,
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),  # X.520's upper bound
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    issuer_key = issuer[1].public_key() if issuer else key.public_key()
    now = clock.now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + years * YEAR)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None if issuer else 0), critical=True)
        .add_extension(_key_usage(usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage([extended]), critical=True)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256())


def _key_usage(usage: Sequence[str]) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in usage for name in names})


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if path.suffix == ".key" else 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


class _Signer(PdfSigner):
    """PyHanko's signer, with the time of day from the depot's clock."""

    def init_signing_session(
        self,
        pdf_out: Any,
        existing_fields_only: bool = False,  # noqa: FBT001, FBT002 - pyHanko's signature
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = _second()
        return session


class _TimeStamper(DummyTimeStamper):
    """PyHanko's own timestamp authority, at the depot's second, with a key that was read once.

    It would read the key for each of the two tokens of a seal, and reading an RSA key checks it: 0.15 s each.
    """

    def __init__(self, certificate: Any, key: rsa.RSAPrivateKey, certificates: SimpleCertificateStore) -> None:
        super().__init__(certificate, None, certs_to_embed=certificates, fixed_dt=_second())
        self._key = key

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


class _Writer(IncrementalPdfFileWriter):
    """PyHanko's writer, keeping the metadata: rewriting them would lose a report's PDF/A and PDF/UA claims."""

    def _update_meta(self) -> None:
        pass


@dataclass(frozen=True)
class Seal:
    """The keys and certificates with which the depot seals: a root, a seal and a timestamp certificate."""

    root_pem: bytes
    chain_pem: bytes
    tsa_chain_pem: bytes
    name: str
    fingerprint: str
    """SHA-256 of the root certificate's DER, in hex: what a reader compares."""
    _root: Any = field(repr=False)
    _certificate: Any = field(repr=False)
    _key: Any = field(repr=False)
    _tsa_certificate: Any = field(repr=False)
    _tsa_key: Any = field(repr=False)

    @property
    def until(self) -> datetime:
        """When the first of its certificates ends, the seal's or the timestamps'."""
        ends: list[datetime] = [item.not_valid_after for item in (self._certificate, self._tsa_certificate)]
        return min(ends)

    def sign(self, data: bytes) -> bytes:
        """A detached CAdES-BES signature over the data: CMS (RFC 5652) in DER, certificates included."""
        content = asyncio.run(
            self._signer().async_sign_general_data(
                data,
                "sha256",
                detached=True,
                use_cades=True,
                signed_attr_settings=PdfCMSSignedAttributes(signing_time=_second()),
            )
        )
        return bytes(content.dump())

    def timestamp(self, data: bytes) -> bytes:
        """A complete RFC 3161 TimeStampResp in DER over the SHA-256 of the data, at the present second."""
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(data).digest()}
        request = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True})
        return bytes(self._timestamper().request_tsa_response(request).dump())

    def seal_pdf(self, pdf: bytes, *, reason: str, field: str) -> bytes:
        """The PDF with an invisible PAdES B-T seal (EN 319 142) in a new signature field of that name."""
        signer = _Signer(
            PdfSignatureMetadata(
                field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
            ),
            signer=self._signer(),
            timestamper=self._timestamper(),
        )
        output = BytesIO()
        signer.sign_pdf(_Writer(BytesIO(pdf)), output=output)
        return output.getvalue()

    def _signer(self) -> SimpleSigner:
        return SimpleSigner(self._certificate, self._key, _store(self._root))

    def _timestamper(self) -> DummyTimeStamper:
        return _TimeStamper(self._tsa_certificate, self._tsa_key, _store(self._root))


def load(folder: Path) -> Seal:
    """The seal that `init` made in a folder; raises FileNotFoundError when there is none."""
    root, certificate, tsa = ((folder / f"{name}.pem").read_bytes() for name in ("root", "seal", "tsa"))
    return Seal(
        root_pem=root,
        chain_pem=certificate + root,
        tsa_chain_pem=tsa + root,
        name=_name(_asn1(_x509(certificate))),
        fingerprint=_fingerprint(_asn1(_x509(root))),
        _root=_asn1(_x509(root)),
        _certificate=_asn1(_x509(certificate)),
        _key=_load_key(folder / "seal.key"),
        _tsa_certificate=_asn1(_x509(tsa)),
        _tsa_key=serialization.load_pem_private_key((folder / "tsa.key").read_bytes(), password=None),
    )


def _store(root: Any) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call] # its __init__ has no types
    store.register(root)
    return store


def _second() -> datetime:
    return clock.now().replace(microsecond=0)  # a UTCTime has no fractions


def _x509(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem)


def _asn1(certificate: x509.Certificate) -> Any:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _load_key(path: Path) -> Any:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    return keys.PrivateKeyInfo.load(
        key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _name(certificate: Any) -> str:
    subject = certificate.subject.native
    return ", ".join(str(subject[key]) for key in ("common_name", "organization_name") if key in subject)


def _fingerprint(certificate: Any) -> str:
    return hashlib.sha256(certificate.dump()).hexdigest()


@dataclass(frozen=True)
class SealVerdict:
    """What a seal proves.

    `is_intact`: signature and timestamp are cryptographically right for these bytes. `is_trusted`: both also
    chain, at the time the timestamp proves, to a root the reader gave. `root_fingerprint` is of the root that
    travelled along: it proves integrity, not origin.
    """

    is_intact: bool
    is_trusted: bool
    time: datetime | None = None
    signer: str = ""
    root_fingerprint: str = ""
    reasons: tuple[str, ...] = ()


MALFORMED = (
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError),
    *(AssertionError, RecursionError, UnsupportedAlgorithm),
)
"""What the ASN.1 and CMS readers raise on bytes that are no such structure."""


def verify(data: bytes, signature: bytes, response: bytes, roots: Sequence[x509.Certificate]) -> SealVerdict:
    """Check a detached CMS signature over data and the RFC 3161 response over that signature, offline.

    The timestamp comes first and proves when the signature existed; the seal's chain is checked as of that
    time, so that a seal outlives its certificate. Reasons: timestamp_unreadable, timestamp_mismatch,
    timestamp_chain, seal_unreadable, seal_mismatch, seal_chain.
    """
    anchors = [_asn1(root) for root in roots]
    stamp = _guarded(lambda: _timestamp_status(signature, response, anchors))
    if stamp is None:
        return SealVerdict(is_intact=False, is_trusted=False, reasons=("timestamp_unreadable",))
    time: datetime = stamp["timestamp"]
    seal = _guarded(lambda: _seal_status(data, signature, anchors, time))
    if seal is None:
        return SealVerdict(is_intact=False, is_trusted=False, time=time, reasons=("seal_unreadable",))
    wrong = [f"{name}_mismatch" for name, status in (("timestamp", stamp), ("seal", seal)) if not status["is_intact"]]
    unknown = [f"{name}_chain" for name, status in (("timestamp", stamp), ("seal", seal)) if not status["is_trusted"]]
    return SealVerdict(
        is_intact=not wrong,
        is_trusted=not wrong and not unknown,
        time=time,
        signer=seal["signer"],
        root_fingerprint=seal["root_fingerprint"],
        reasons=tuple(wrong or unknown),
    )


def _guarded(check: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return check()
    except MALFORMED:
        return None


def _timestamp_status(signature: bytes, response: bytes, anchors: Sequence[Any]) -> dict[str, Any]:
    answer = tsp.TimeStampResp.load(response, strict=True)
    if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
        raise ValueError("no timestamp was granted")
    token = answer["time_stamp_token"]["content"]
    time = token["encap_content_info"]["content"].parsed["gen_time"].native
    status = asyncio.run(
        validate_tst_signed_data(
            token, _context(anchors, time), lambda algorithm: hashlib.new(algorithm, signature).digest()
        )
    )
    is_intact = status["intact"] and status["valid"]
    return {
        "timestamp": time,
        "is_intact": is_intact,
        "is_trusted": is_intact and status["validation_path"] is not None and status["trust_problem_indic"] is None,
    }


def _seal_status(data: bytes, signature: bytes, anchors: Sequence[Any], time: datetime) -> dict[str, Any]:
    signed = cms.ContentInfo.load(signature, strict=True)["content"]
    status = asyncio.run(async_validate_detached_cms(data, signed, _context(anchors, time)))
    travelled = [item.chosen for item in signed["certificates"] if item.chosen.self_issued]
    return {
        "is_intact": status.intact and status.valid,
        "is_trusted": status.trusted,
        "signer": _name(status.signing_cert),
        "root_fingerprint": _fingerprint(travelled[0]) if travelled else "",
    }


def _context(anchors: Sequence[Any], time: datetime) -> ValidationContext:
    return ValidationContext(trust_roots=list(anchors), allow_fetching=False, moment=time, best_signature_time=time)


def init_app(app: Flask, folder: Path, *, organisation: str) -> None:
    """Load the seal that the settings name, making a test authority where there is none yet."""
    init(folder, organisation=organisation)
    app.extensions["depot.seal"] = load(folder)


def current() -> Seal:
    """The seal of the app in force."""
    return cast(Seal, current_app.extensions["depot.seal"])
