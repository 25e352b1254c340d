"""Certificates of the depot's own authority (RFC 5280): a root, and under it a seal's and a timestamp's."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from depot.core import clock

TEST = "TEST "
"""How the names begin in an authority that vouches for nobody."""

YEAR = timedelta(days=365)
ROOT_YEARS, SEAL_YEARS, TSA_YEARS = 20, 3, 10

BACKDATED = 3 * YEAR
"""How far before its making a test certificate is valid: sample data is sealed under a clock moved back."""
SKEW = timedelta(hours=1)
"""How far before its making any other is valid, for readers whose clock is behind."""

RootKey = ec.EllipticCurvePrivateKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def new_root(organisation: str, *, is_test: bool) -> tuple[x509.Certificate, RootKey]:
    """A root of its own, for an organisation."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = f"{TEST if is_test else ''}Depot Root CA"
    return _certificate(name, organisation, key, ROOT_YEARS, usage=("key_cert_sign", "crl_sign")), key


def new_seal(root: x509.Certificate, root_key: RootKey) -> tuple[x509.Certificate, PrivateKey]:
    """A seal's certificate and key, under a root that lasts at least as long."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = ("digital_signature", "content_commitment")
    return _under(root, root_key, "Depot Seal", key, SEAL_YEARS, usage), key


def new_tsa(root: x509.Certificate, root_key: RootKey) -> tuple[x509.Certificate, PrivateKey]:
    """A timestamp's certificate and key, under a root that lasts at least as long."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)  # pyHanko's timestamper takes RSA only
    extended = ExtendedKeyUsageOID.TIME_STAMPING
    return _under(root, root_key, "Depot Timestamp", key, TSA_YEARS, ("digital_signature",), extended), key


def _under(
    root: x509.Certificate,
    root_key: RootKey,
    name: str,
    key: PrivateKey,
    years: int,
    usage: Sequence[str],
    extended: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    root_name, organisation = (
        str(root.subject.get_attributes_for_oid(oid)[0].value)
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    )
    marked = f"{TEST if root_name.startswith(TEST) else ''}{name}"
    return _certificate(marked, organisation, key, years, usage=usage, extended=extended, issuer=(root, root_key))


def _certificate(
    name: str,
    organisation: str,
    key: PrivateKey,
    years: int,
    *,
    usage: Sequence[str],
    extended: x509.ObjectIdentifier | None = None,
    issuer: tuple[x509.Certificate, RootKey] | None = None,
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
    since, until = now - (BACKDATED if name.startswith(TEST) else SKEW), now + years * YEAR
    if issuer:
        since, until = max(since, issuer[0].not_valid_before_utc), min(until, issuer[0].not_valid_after_utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
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
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in usage for name in names})


def name_of(certificate: x509.Certificate) -> str:
    """A certificate's common name and organisation."""
    said = [certificate.subject.get_attributes_for_oid(oid) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)]
    return ", ".join(str(item.value) for items in said for item in items[:1])


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate's DER, in hex."""
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def pem_of(certificate: x509.Certificate) -> bytes:
    """A certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key: PrivateKey, passphrase: bytes | None = None) -> bytes:
    """A private key as PEM (PKCS #8), encrypted when there is a passphrase."""
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
