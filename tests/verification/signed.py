"""Signed PDFs as tests need them, by authorities made on the spot; and what people do to such files afterwards."""

import base64
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from pyhanko.pdf_utils.generic import ArrayObject, NameObject, StreamObject, TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner
from pyhanko.sign.validation.dss import DocumentSecurityStore

from depot.core import certificates, clock, timestamps
from depot.core.seal import _Signer

SEALED_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CHAMBER = "Kamer van Koophandel"


@dataclass(frozen=True)
class Maker:
    """An authority with a seal and a timestamp service under its root."""

    root: x509.Certificate
    root_key: Any = field(repr=False)
    certificate: x509.Certificate
    key: Any = field(repr=False)
    tsa: timestamps.Own

    @property
    def anchors(self) -> dict[str, list[str]]:
        """Its root as the only one on a list."""
        return {"proef": [base64.b64encode(self.root.public_bytes(serialization.Encoding.DER)).decode()]}

    @property
    def signer(self) -> SimpleSigner:
        """What pyHanko signs with."""
        der = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return SimpleSigner(
            timestamps.as_asn1(self.certificate), keys.PrivateKeyInfo.load(der), timestamps.store(self.root)
        )

    def crl(self, *revoked: int) -> asn1_crl.CertificateList:
        """The list of what it withdrew, as of the moment of sealing."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.root.subject)
        builder = builder.last_update(SEALED_AT - timedelta(days=1)).next_update(SEALED_AT + timedelta(days=365))
        for number in revoked:
            gone = x509.RevokedCertificateBuilder().serial_number(number)
            builder = builder.add_revoked_certificate(gone.revocation_date(SEALED_AT - timedelta(days=2)).build())
        made = builder.sign(self.root_key, hashes.SHA256())
        return asn1_crl.CertificateList.load(made.public_bytes(serialization.Encoding.DER))


@cache
def maker(organisation: str = CHAMBER, since: datetime = SEALED_AT - timedelta(days=30)) -> Maker:
    """An authority of that organisation, whose seal is valid for three years from then on."""
    with clock.moved_to(since):
        root, root_key = certificates.new_root(organisation, is_test=False)
        certificate, key = certificates.new_seal(root, root_key)
        tsa, tsa_key = certificates.new_tsa(root, root_key)
    return Maker(root, root_key, certificate, key, timestamps.Own(tsa, root, tsa_key))


def signed(
    pdf: bytes, by: Maker, *, at: datetime = SEALED_AT, is_timestamped: bool = True, name: str = "Zegel"
) -> bytes:
    """The PDF with a signature in an invisible field, with a timestamp or without."""
    output = io.BytesIO()
    with clock.moved_to(at):
        stamper = by.tsa.timestamper() if is_timestamped else None
        _Signer(PdfSignatureMetadata(field_name=name), signer=by.signer, timestamper=stamper).sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf)), output=output
        )
    return output.getvalue()


def with_lists(pdf: bytes, *lists: asn1_crl.CertificateList) -> bytes:
    """The PDF with lists of withdrawn certificates added for later, as long-term validation has it."""
    output = io.BytesIO(pdf)
    contents = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0].pkcs7_content.hex().encode()
    DocumentSecurityStore.add_dss(output, contents, crls=lists)
    return output.getvalue()


def rewritten(pdf: bytes) -> bytes:
    """The PDF with another text put over its first page in a later revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    text = writer.add_object(StreamObject(stream_data=b"BT /F1 40 Tf 50 400 Td (Anders) Tj ET"))
    writer.add_stream_to_page(0, text)
    return _written(writer)


def without_fields(pdf: bytes) -> bytes:
    """The PDF with its list of form fields emptied in a later revision: no reader shows the signature any more."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root["/AcroForm"]["/Fields"] = ArrayObject()
    writer.update_root()
    writer.update_container(writer.root["/AcroForm"])
    return _written(writer)


def with_title(pdf: bytes) -> bytes:
    """The PDF with words in its catalogue that no rule allows, in a later revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root[NameObject("/Onzin")] = TextStringObject("x")
    writer.update_root()
    return _written(writer)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()
