"""Signatures and seals in a PDF (ISO 32000-2, PAdES: EN 319 142), told as plain data. Runs in the sandbox.

What somebody prepared before a file was signed, such as a second page under the first, no look at signatures can show.
"""

import asyncio
import base64
import io
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

# What pyHanko would import at first use, in the sandbox too late.
import cryptography.hazmat.backends.openssl.backend  # noqa: F401 - as said above
import lxml.etree  # type: ignore[import-untyped] # noqa: F401 - it has no types; as said above
import pyhanko.pdf_utils.crypt.pdfmac
import pyhanko.pdf_utils.filters  # noqa: F401 - as said above
from asn1crypto import x509  # type: ignore[import-untyped] # it has none
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import (
    cms_basic_validation,
    extract_tst_data_iter,
    message_imprint_checker,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

Anchors = Mapping[str, list[str]]
"""Certificates that are trusted, as DER in base64, by the name of the list that they are on."""

LIMIT = 20
"""How many signatures of one file are looked into."""
NAME = 200
DOCUMENT_TIMESTAMP = "/DocTimeStamp"
# The certificate of a seal says one of these or both (EN 319 412-2, 4.3.2).
USAGE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"})

# A signature that does not hold is what we look for: the libraries would write a traceback for each.
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


def look(data: bytes, anchors: Anchors, moment: datetime) -> dict[str, Any]:
    """Each signature and document timestamp, oldest first; one that cannot be read has its exception in `problem`.

    Of each is told whose it is; `state`: `whole` (covers the file), `extended` (followed by proof for later only),
    `followed` (forms filled or signatures added since), `changed` or `broken`; `chain`: `trusted`, `unknown`,
    `expired` or `revoked`, as of the time a trusted timestamp proves, else as of `moment`.
    """
    reader = PdfFileReader(io.BytesIO(data))
    if reader.encrypted and reader.decrypt("").status is AuthStatus.FAILED:
        return {"signatures": [], "problem": "locked"}
    found: list[EmbeddedPdfSignature] = []
    unread: list[dict[str, Any]] = []
    for name, _value, field in enumerate_sig_fields(reader, filled_status=True):
        if len(found) + len(unread) == LIMIT:
            return {"signatures": [], "problem": "too_many"}
        try:
            found.append(EmbeddedPdfSignature(reader, field, name))
        except Exception as error:  # noqa: BLE001 - the border of a check: readers of hostile files raise anything
            unread.append(_unread(error))
    trust = _Trust(anchors, reader, moment)
    found.sort(key=lambda each: each.signed_revision)
    told: list[dict[str, Any]] = []
    later: list[datetime] = []
    for each in reversed(found):  # a timestamp over the file proves when what stands before it was there
        try:
            told.append(_told(each, trust, data, later))
        except Exception as error:  # noqa: BLE001 - the border of a check, as above
            told.append(_unread(error))
        else:
            later += [told[-1]["proven_at"]] if told[-1]["is_timestamp"] and told[-1]["proven_at"] else []
    return {"signatures": [*unread, *(_written(item) for item in reversed(told))], "problem": ""}


class _Trust:
    """Which certificates are trusted, and what the file itself brings to judge others by."""

    def __init__(self, anchors: Anchors, reader: PdfFileReader, moment: datetime) -> None:
        self.moment = moment
        self._lists = {base64.b64decode(text): name for name, texts in anchors.items() for text in texts}
        self._roots = [x509.Certificate.load(der) for der in self._lists]
        self._brought: tuple[list[Any], ...] = ([], [], [])
        with suppress(NoDSSFoundError):
            store = DocumentSecurityStore.read_dss(reader)
            context = store.as_validation_context({"trust_roots": self._roots})
            self._brought = list(store.load_certs()), context.ocsps, context.crls

    def context(self, time: datetime, *, revocation: str = "soft-fail") -> ValidationContext:
        """Judge as of a time, by what is here: nothing is fetched."""
        certificates, ocsps, crls = self._brought
        return ValidationContext(
            trust_roots=self._roots,
            allow_fetching=False,
            moment=time,
            best_signature_time=time,
            revocation_mode=revocation,
            retroactive_revinfo=True,  # an answer that was fetched after signing tells of that moment too
            other_certs=certificates,
            ocsps=ocsps,
            crls=crls,
        )

    def list_of(self, status: Mapping[str, Any]) -> str:
        """The list with the certificate that a path ends at, empty when it leads nowhere."""
        is_trusted = status["valid"] and status["intact"] and status["trust_problem_indic"] is None
        path = status["validation_path"]
        return self._lists[path.trust_anchor.certificate.dump()] if is_trusted and path is not None else ""


def _told(each: EmbeddedPdfSignature, trust: _Trust, data: bytes, later: list[datetime]) -> dict[str, Any]:
    is_timestamp = str(each.sig_object_type) == DOCUMENT_TIMESTAMP
    if is_timestamp:
        status = _stamp(each.signed_data, trust, each.compute_digest)
        claimed = status["timestamp"]
        proven = [claimed] if trust.list_of(status) else []
        chain = "trusted" if proven else "unknown"
    else:
        stamps = [
            _stamp(token, trust, message_imprint_checker(each.signer_info))
            for token in extract_tst_data_iter(each.signer_info, signed=False)
        ]
        claimed = each.self_reported_timestamp
        proven = [*later, *(stamp["timestamp"] for stamp in stamps if trust.list_of(stamp))]
        time = min(proven, default=trust.moment)
        status = _judged(each, trust, time)
        chain = _chain(each, trust, status, time)
        # somebody put the timestamp of another signature in its place
        status["intact"] &= all(stamp["intact"] and stamp["valid"] for stamp in stamps)
    return {
        "is_timestamp": is_timestamp,
        **_whose(each.signer_cert),
        "claimed_at": claimed,
        "proven_at": min(proven, default=None),
        "state": _state(each, data) if status["intact"] and status["valid"] else "broken",
        "trusted_by": trust.list_of(status),
        "chain": chain,
        "is_revocation_known": status.get("is_revocation_known", False),
        "problem": "",
    }


def _unread(error: Exception) -> dict[str, Any]:
    return {
        "is_timestamp": False,
        "signer": "",
        "organisation": "",
        "claimed_at": None,
        "proven_at": None,
        "state": "unread",
        "trusted_by": "",
        "chain": "unknown",
        "is_revocation_known": False,
        "problem": type(error).__name__,
    }


def _validated(each: EmbeddedPdfSignature, context: ValidationContext) -> dict[str, Any]:
    return asyncio.run(
        cms_basic_validation(
            each.signed_data,
            raw_digest=each.compute_digest(),
            validation_context=context,
            key_usage_settings=USAGE,
        )
    )


def _stamp(token: Any, trust: _Trust, imprint: Callable[[str], bytes]) -> dict[str, Any]:
    """What a timestamp says and proves: its own chain is judged as of its time, so that it outlives its certificate."""
    time = token["encap_content_info"]["content"].parsed["gen_time"].native
    return asyncio.run(validate_tst_signed_data(token, trust.context(time), imprint))


def _whose(certificate: Any) -> dict[str, str]:
    said = certificate.subject.native
    return {
        key: _text(said.get(name, ""))
        for key, name in (("signer", "common_name"), ("organisation", "organization_name"))
    }


def _text(value: Any) -> str:
    text = str(value[0] if isinstance(value, list) else value)[:NAME]
    return "".join(character for character in text.encode("utf-8", "replace").decode() if character.isprintable())


def _state(each: EmbeddedPdfSignature, data: bytes) -> str:
    """What became of the file since; only a byte range that leaves out nothing but the signature itself counts."""
    each.compute_integrity_info()  # type: ignore[no-untyped-call] # it has none
    first, before, after, length = (int(number) for number in each.byte_range)
    if (first, after) != (0, before + 2 * len(each.pkcs7_content) + 2):
        return "changed"
    if each.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return "whole"
    result = each.diff_result
    is_allowed = each.summarise_integrity_info()["docmdp_ok"] and isinstance(result, DiffResult)
    if each.coverage is not SignatureCoverageLevel.ENTIRE_REVISION or not is_allowed:
        return "changed"
    # pyHanko does not look at what follows the last revision
    if not data.rstrip().endswith(b"%%EOF"):
        return "changed"
    match result.modification_level:
        case ModificationLevel.NONE:
            return "changed" if data[after + length :].strip() else "extended"
        case ModificationLevel.LTA_UPDATES:
            return "extended"
        case _:
            return "followed"


def _judged(each: EmbeddedPdfSignature, trust: _Trust, time: datetime) -> dict[str, Any]:
    """The signature, and where its certificate leads; `is_revocation_known` when the file shows it was not withdrawn."""
    status = _validated(each, trust.context(time, revocation="require"))
    is_known = bool(trust.list_of(status)) or status["revocation_details"] is not None
    if not is_known:
        status = _validated(each, trust.context(time))
    return {**status, "is_revocation_known": is_known}


def _chain(each: EmbeddedPdfSignature, trust: _Trust, status: Mapping[str, Any], time: datetime) -> str:
    if trust.list_of(status):
        return "trusted"
    if status["revocation_details"] is not None:
        return "revoked"
    ends = each.signer_cert.not_valid_after
    is_expired = ends < time and trust.list_of(_judged(each, trust, ends - timedelta(seconds=1)))
    return "expired" if is_expired else "unknown"


def _written(told: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON; a time that a file gives without a zone is taken for UTC."""
    return {
        key: value.replace(tzinfo=value.tzinfo or UTC).isoformat() if isinstance(value, datetime) else value
        for key, value in told.items()
    }
