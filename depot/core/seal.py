"""The seal: CAdES signatures with RFC 3161 timestamps, PAdES seals in PDFs, and their check without a network."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from asn1crypto import cms, keys  # type: ignore[import-untyped] # it has none
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, current_app
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms

from depot.core import authority, clock, timestamps
from depot.core.certificates import fingerprint_of, name_of, pem_of

# A seal that does not hold is a verdict here, not an incident: the library would print a traceback for each.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

ROOM = 16_384
"""What a seal with the depot's own timestamp takes in a PDF, in hexadecimal digits: 12,000 to 14,500."""


class _Signer(PdfSigner):
    """PyHanko's signer, with the time of day from the depot's clock."""

    def init_signing_session(
        self,
        pdf_out: Any,
        existing_fields_only: bool = False,  # noqa: FBT001, FBT002 - pyHanko's signature
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = timestamps.second()
        return session


class _Writer(IncrementalPdfFileWriter):
    """PyHanko's writer, keeping the metadata: rewriting them would lose a report's PDF/A and PDF/UA claims."""

    def _update_meta(self) -> None:
        pass


@dataclass(frozen=True)
class Trust:
    """What a reader trusts: roots of seals and their timestamps, and roots of timestamps alone.

    An authority that also certifies people must be trusted for its timestamps only: else all those people could seal.
    """

    roots: Sequence[x509.Certificate] = ()
    tsa_roots: Sequence[x509.Certificate] = ()


@dataclass(frozen=True)
class Seal:
    """The key and certificate with which the depot seals, who stamps the time, and what it was sealed with before."""

    certificate: x509.Certificate
    root: x509.Certificate
    time: timestamps.Authority
    published: tuple[authority.Issued, ...]
    """Every certificate of the depot's own authority, in force and earlier."""
    _key: Any = field(repr=False)

    @property
    def name(self) -> str:
        """Who seals."""
        return name_of(self.certificate)

    @property
    def organisation(self) -> str:
        """Whose seal it is."""
        return self.name.partition(", ")[2]

    @property
    def root_pem(self) -> bytes:
        """The root, as PEM."""
        return pem_of(self.root)

    @property
    def chain_pem(self) -> bytes:
        """The seal's certificate and the root, as PEM."""
        return pem_of(self.certificate) + self.root_pem

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the root certificate's DER, in hex: what a reader compares."""
        return fingerprint_of(self.root)

    @property
    def until(self) -> datetime:
        """When the first of its certificates ends: the seal's, its root's, or the timestamps' when they are the depot's own."""
        ends = [self.certificate.not_valid_after_utc, self.root.not_valid_after_utc]
        return min([*ends, self.time.chain().until] if isinstance(self.time, timestamps.Own) else ends)

    @property
    def trust(self) -> Trust:
        """What vouches for anything that this depot sealed, now or earlier."""
        tsa = self.time.roots if isinstance(self.time, timestamps.Other) else ()
        return Trust([each.certificate for each in self.published if each.role == "root"], tsa)

    def sign(self, data: bytes) -> bytes:
        """A detached CAdES-BES signature over the data: CMS (RFC 5652) in DER, certificates included."""
        content = asyncio.run(
            self._signer().async_sign_general_data(
                data,
                "sha256",
                detached=True,
                use_cades=True,
                signed_attr_settings=PdfCMSSignedAttributes(signing_time=timestamps.second()),
            )
        )
        return bytes(content.dump())

    def timestamp(self, data: bytes) -> bytes:
        """A complete RFC 3161 TimeStampResp in DER over the SHA-256 of the data; raises Unavailable when none is to be had."""
        return timestamps.stamp(self.time, data)

    def seal_pdf(self, pdf: bytes, *, reason: str, field: str) -> bytes:
        """The PDF with an invisible PAdES B-T seal (EN 319 142) in a new signature field of that name; may raise Unavailable."""
        signer = _Signer(
            PdfSignatureMetadata(
                field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
            ),
            signer=self._signer(),
            timestamper=self.time.timestamper(),
        )
        output = BytesIO()
        # Signing once only to see how long it gets takes as long again; of another authority's timestamp nobody knows.
        room = ROOM if isinstance(self.time, timestamps.Own) else None
        signer.sign_pdf(_Writer(BytesIO(pdf)), output=output, bytes_reserved=room)
        return output.getvalue()

    def _signer(self) -> SimpleSigner:
        return SimpleSigner(timestamps.as_asn1(self.certificate), self._key, timestamps.store(self.root))


def load(folder: Path, time: timestamps.Authority | None = None) -> Seal:
    """The seal in force in an authority's folder, which stamps the time itself unless another does.

    Raises FileNotFoundError when there is none.
    """
    files = authority.in_force(folder)
    root, certificate, tsa = (x509.load_pem_x509_certificate(files[f"{role}.pem"]) for role in authority.ROLES)
    key = serialization.load_pem_private_key(files["seal.key"], password=None)
    tsa_key = cast(rsa.RSAPrivateKey, serialization.load_pem_private_key(files["tsa.key"], password=None))
    return Seal(
        certificate=certificate,
        root=root,
        time=time or timestamps.Own(tsa, root, tsa_key),
        published=authority.published(folder),
        _key=keys.PrivateKeyInfo.load(
            key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
    )


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


def verify(
    data: bytes, signature: bytes, response: bytes, trust: Trust, between: Sequence[x509.Certificate] = ()
) -> SealVerdict:
    """Check a detached CMS signature over data and the RFC 3161 response over that signature, offline.

    The timestamp comes first and proves when the signature existed; the seal's chain is checked as of that
    time, so that a seal outlives its certificate. `between` are certificates that may lead to a root, and vouch for
    nothing themselves. Reasons: timestamp_unreadable, timestamp_mismatch, timestamp_chain, timestamp_ahead (of our
    clock), seal_unreadable, seal_mismatch, seal_chain, seal_ended (its certificate was not valid at that time).
    """
    stamp = _guarded(lambda: timestamps.proof(signature, response, [*trust.roots, *trust.tsa_roots], between))
    if stamp is None:
        return SealVerdict(is_intact=False, is_trusted=False, reasons=("timestamp_unreadable",))
    time: datetime = stamp["timestamp"]
    seal = _guarded(lambda: _seal_status(data, signature, trust.roots, time))
    if seal is None:
        return SealVerdict(is_intact=False, is_trusted=False, time=time, reasons=("seal_unreadable",))
    wrong = [f"{name}_mismatch" for name, status in (("timestamp", stamp), ("seal", seal)) if not status["is_intact"]]
    unknown = [reason for reason in (_doubt_of_time(stamp), _doubt_of_seal(seal)) if reason]
    return SealVerdict(
        is_intact=not wrong,
        is_trusted=not wrong and not unknown,
        time=time,
        signer=seal["signer"],
        root_fingerprint=seal["root_fingerprint"],
        reasons=tuple(wrong or unknown),
    )


def _doubt_of_time(stamp: Mapping[str, Any]) -> str:
    if stamp["timestamp"] > clock.now() + timestamps.SKEW:
        return "timestamp_ahead"
    return "" if stamp["is_trusted"] else "timestamp_chain"


def _doubt_of_seal(seal: Mapping[str, Any]) -> str:
    if seal["has_ended"]:
        return "seal_ended"
    return "" if seal["is_trusted"] else "seal_chain"


def _guarded(check: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any] | None:
    try:
        return check()
    except timestamps.MALFORMED:
        return None


def _seal_status(data: bytes, signature: bytes, roots: Sequence[x509.Certificate], time: datetime) -> dict[str, Any]:
    signed = cms.ContentInfo.load(signature, strict=True)["content"]
    status = asyncio.run(async_validate_detached_cms(data, signed, timestamps.context(roots, time)))
    travelled = [item.chosen for item in signed["certificates"] if item.chosen.self_issued]
    used = _as_x509(status.signing_cert)
    return {
        "has_ended": not used.not_valid_before_utc <= time <= used.not_valid_after_utc,
        "is_intact": status.intact and status.valid,
        "is_trusted": status.trusted,
        "signer": name_of(used),
        "root_fingerprint": fingerprint_of(_as_x509(travelled[0])) if travelled else "",
    }


def _as_x509(certificate: Any) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())


class Keeper:
    """Keeps the seal of a folder at hand, and sees when it was rotated: one look at a link each time it is asked."""

    def __init__(self, folder: Path, time: timestamps.Authority | None = None) -> None:
        self.folder, self._time = folder, time
        self._loaded = (authority.generation(folder), load(folder, time))

    def seal(self) -> Seal:
        """The seal in force."""
        generation = authority.generation(self.folder)
        if self._loaded[0] != generation:
            self._loaded = (generation, load(self.folder, self._time))
        return self._loaded[1]


def init_app(app: Flask, folder: Path, time: timestamps.Authority | None = None) -> None:
    """Keep the seal that lies in a folder at hand; raises FileNotFoundError when there is none."""
    app.extensions["depot.seal"] = Keeper(folder, time)


def current() -> Seal:
    """The seal of the app in force."""
    return cast(Keeper, current_app.extensions["depot.seal"]).seal()
