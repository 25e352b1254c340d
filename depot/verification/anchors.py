"""The certificates that the operator trusts to vouch for seals, read from a folder with a folder for each list."""

import base64
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from depot.verification.signatures import Anchors

SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der"})


def read(folder: Path | None) -> Anchors:
    """All certificates under a folder, PEM or DER, by the name of the folder that each lies in.

    Raises OSError or ValueError when one cannot be read.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")) if folder else []:
        if path.suffix.lower() in SUFFIXES and path.is_file():
            found.setdefault(path.parent.name, []).extend(
                base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in _certificates(path)
            )
    return found


def _certificates(path: Path) -> list[x509.Certificate]:
    data = path.read_bytes()
    try:
        return (
            x509.load_pem_x509_certificates(data) if b"-----BEGIN" in data else [x509.load_der_x509_certificate(data)]
        )
    except ValueError as error:
        raise ValueError(f"{path} holds no certificate") from error
