"""Is this bundle still what was sealed, and by whom? Answered from the file alone: no server, no account, no network."""

import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.backends.openssl import backend as _backend  # noqa: F401 - imported late, where the sandbox cannot

from depot.bundles.bag import BAGIT, BUNDLE_JSON, MANIFEST, SIGNATURE, TAG_MANIFEST, TIMESTAMP, TSA_CHAIN, decoded
from depot.core import seal, zipstream
from depot.core.i18n import Text, _

KEPT = 64 << 20
"""The largest list that is read into memory, in bytes; a real one holds 100 bytes a document."""


class Outcome(StrEnum):
    """What can be said of a bundle as a whole."""

    WHOLE_TRUSTED = "whole_trusted"
    WHOLE_UNTRUSTED = "whole_untrusted"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"


EXIT_CODES = {Outcome.WHOLE_TRUSTED: 0, Outcome.DAMAGED: 1, Outcome.UNREADABLE: 2, Outcome.WHOLE_UNTRUSTED: 3}

TEXTS = {
    "no_access": _("Dit bestand of deze map kan niet worden gelezen."),
    "no_zip": _("Dit is geen ZIP-bestand."),
    "truncated": _("Het einde van het ZIP-bestand ontbreekt. Haal de bundel opnieuw op."),
    "no_bag": _("Dit is geen bundel van een depot."),
    "gap": _("In het ZIP-bestand staan gegevens die bij geen enkel bestand horen."),
    "trailing": _("Achter het ZIP-bestand staan nog gegevens."),
    "directory": _("De inhoudsopgave van het ZIP-bestand klopt niet."),
    "local_header": _("De kop van dit bestand zegt iets anders dan de inhoudsopgave van de ZIP."),
    "central_header": _("De inhoudsopgave van de ZIP is niet zoals het depot die maakt."),
    "encrypted": _("Dit bestand is versleuteld."),
    "data_descriptor": _("De grootte van dit bestand staat niet op de vaste plaats in de ZIP."),
    "method": _("Dit bestand is opnieuw ingepakt. Het depot comprimeert niet."),
    "symlink": _("Dit is een verwijzing of een bijzonder bestand, geen gewoon bestand."),
    "comment": _("De ZIP bevat een opmerking. Die hoort er niet in."),
    "extra_field": _("De ZIP bevat extra velden. Die horen er niet in."),
    "unsafe_name": _("Deze bestandsnaam is niet veilig."),
    "long_name": _("Deze bestandsnaam is te lang."),
    "duplicate_name": _("Deze bestandsnaam komt meer dan een keer voor."),
    "base_directory": _("De bundel hoort uit precies één map te bestaan."),
    "damaged": _("De inhoud van dit bestand is beschadigd."),
    "missing": _("Dit bestand hoort bij de bundel, maar ontbreekt."),
    "extra": _("Dit bestand hoort niet bij de bundel."),
    "changed": _("Dit bestand is veranderd na het verzegelen."),
    "too_large": _("Dit bestand is te groot om een lijst te zijn."),
    "bagit": _("Dit bestand zegt niet dat dit een BagIt-bundel versie 1.0 is."),
    "manifest": _("Deze lijst bevat een regel die niet klopt."),
    "listed_twice": _("Dit bestand staat twee keer in de lijst."),
    "oxum": _("Het aantal bestanden of bytes is anders dan in de bundel staat."),
    "bundle_json": _("De beschrijving van de bundel kan niet worden gelezen."),
    "bundle_document": _("De beschrijving van dit document is anders dan het bestand in de bundel."),
    "timestamp_unreadable": _("Het tijdstempel kan niet worden gelezen."),
    "timestamp_mismatch": _("Het tijdstempel hoort niet bij dit zegel."),
    "timestamp_chain": _("Het tijdstempel is niet van een uitgever die u vertrouwt."),
    "timestamp_ahead": _("Het tijdstip van het tijdstempel moet nog komen. Kijk of uw klok gelijk loopt."),
    "seal_unreadable": _("Het zegel kan niet worden gelezen."),
    "seal_mismatch": _("Het zegel hoort niet bij deze bundel."),
    "seal_chain": _("Het zegel is niet van een uitgever die u vertrouwt."),
    "seal_ended": _("Het certificaat van het zegel gold niet op het tijdstip van het verzegelen."),
    "seal_revoked": _("Het certificaat van het zegel is ingetrokken."),
    "no_seal": _("Dit document draagt geen zegel. In zijn bundel is het wel te controleren."),
}


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be: a code, the path it is about (may be empty)."""

    code: str
    path: str = ""

    @property
    def text(self) -> Text:
        """The sentence for people."""
        return TEXTS[self.code]


SUMMARIES: Mapping[Outcome, Text] = {
    Outcome.WHOLE_TRUSTED: _("De bundel is heel, en verzegeld door een partij die u vertrouwt."),
    Outcome.WHOLE_UNTRUSTED: _("De bundel is heel, maar het zegel leidt niet naar een certificaat dat u vertrouwt."),
    Outcome.DAMAGED: _("De bundel is niet meer zoals hij is verzegeld."),
    Outcome.UNREADABLE: _("Dit is geen bundel die te lezen is."),
}
OF_A_DOCUMENT: Mapping[Outcome, Text] = {
    Outcome.WHOLE_TRUSTED: _("Het document is heel, en verzegeld door een partij die u vertrouwt."),
    Outcome.WHOLE_UNTRUSTED: _("Het document is heel, maar het zegel is er niet een dat u vertrouwt."),
    Outcome.DAMAGED: _("Het document is niet meer zoals het is verzegeld."),
    Outcome.UNREADABLE: _("Aan dit document alleen is niet te zien of het nog hetzelfde is."),
}


@dataclass(frozen=True)
class Verification:
    """What a check of a bundle, or of a sealed PDF, found.

    `sealed_at` is the proven instant, `documents` how many the bundle describes.
    """

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    sealed_at: datetime | None = None
    signer: str = ""
    root_fingerprint: str = ""
    documents: int = 0
    tag_manifest_sha256: str = ""
    """The SHA-256 of the list that is sealed: what tells one bundle from every other."""
    is_document: bool = False
    """Whether it is about a PDF by itself."""

    @property
    def exit_code(self) -> int:
        """0 whole and trusted, 1 not whole, 2 unreadable, 3 whole without a chain to a given root."""
        return EXIT_CODES[self.outcome]

    @property
    def summary(self) -> Text:
        """The outcome as a sentence."""
        return (OF_A_DOCUMENT if self.is_document else SUMMARIES)[self.outcome]


@dataclass
class _Bag:
    """The bag's files by path within it, and what became known of them while they were read once."""

    sources: Mapping[str, Callable[[], Iterator[bytes]]]
    findings: list[Finding] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)

    def found(self, code: str, path: str = "") -> None:
        self.findings.append(Finding(code, path))


def verify(path: Path, trust: seal.Trust) -> Verification:
    """Check a bundle as a ZIP or as an unpacked folder, against the roots the reader trusts.

    Reads every byte once, keeps only the lists in memory, and writes nothing. Never raises for what is in the file.
    """
    if not path.is_dir():
        try:
            with path.open("rb") as file:
                return verify_archive(file, trust)
        except OSError:
            return Verification(Outcome.UNREADABLE, (Finding("no_access"),))
    return _concluded(lambda: _verify(_folder(path), trust))


def verify_archive(file: BinaryIO, trust: seal.Trust) -> Verification:
    """Check an open ZIP, as `verify` does."""
    return _concluded(lambda: _verify(_archive(file), trust))


def verify_descriptor(descriptor: int, roots: Mapping[str, str]) -> dict[str, Any]:
    """Check an open ZIP in the sandbox, where nothing but its descriptor is at hand; told as JSON. `roots` is a Trust in PEM."""
    trust = seal.Trust(**{name: _certificates(pem.encode()) for name, pem in roots.items()})
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        found = verify_archive(file, trust)
    return {**asdict(found), "sealed_at": found.sealed_at.isoformat() if found.sealed_at else None}


def _certificates(pem: bytes) -> Sequence[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:  # also when there is none
        return ()


def told(said: Any) -> Verification:
    """What `verify_descriptor` told; raises ValueError for anything else, as the child read a file that nobody trusts."""
    try:
        return Verification(
            outcome=Outcome(said["outcome"]),
            findings=tuple(Finding(_known(each["code"]), str(each["path"])) for each in said["findings"]),
            sealed_at=datetime.fromisoformat(said["sealed_at"]) if said["sealed_at"] else None,
            signer=str(said["signer"]),
            root_fingerprint=str(said["root_fingerprint"]),
            documents=int(said["documents"]),
            tag_manifest_sha256=str(said["tag_manifest_sha256"]),
        )
    except (TypeError, LookupError) as error:
        raise ValueError(said) from error


def _known(code: str) -> str:
    if code not in TEXTS:
        raise ValueError(code)
    return code


def _concluded(check: Callable[[], Verification]) -> Verification:
    try:
        return check()
    except zipstream.Unreadable as error:
        return Verification(Outcome.UNREADABLE, (Finding(error.code),))
    except zipstream.Ambiguous as error:
        return Verification(Outcome.DAMAGED, (Finding(error.code, error.name),))
    except OSError:
        return Verification(Outcome.UNREADABLE, (Finding("no_access"),))


def _archive(file: BinaryIO) -> _Bag:
    members = zipstream.read(file)
    bases = {member.name.partition("/")[0] for member in members}
    if not any(member.name.endswith((f"/{TAG_MANIFEST}", f"/{MANIFEST}", "/bagit.txt")) for member in members):
        raise zipstream.Unreadable("no_bag")
    if len(bases) != 1:
        raise zipstream.Ambiguous("base_directory")
    length = len(bases.pop()) + 1
    return _Bag({_composed(member.name[length:]): partial(zipstream.contents, file, member) for member in members})


def _folder(path: Path) -> _Bag:
    names = {TAG_MANIFEST, MANIFEST, "bagit.txt"}
    inside = [item for item in sorted(path.iterdir()) if item.is_dir() and not item.is_symlink()]
    if not any((path / name).exists() for name in names) and len(inside) == 1:
        path = inside[0]  # some programs unpack into a folder of their own
    if not any((path / name).exists() for name in names):
        raise zipstream.Unreadable("no_bag")
    files: dict[str, Callable[[], Iterator[bytes]]] = {}
    for item, mode in _walk(path):
        name = _composed(item.relative_to(path).as_posix())
        if not stat.S_ISREG(mode):
            raise zipstream.Ambiguous("symlink", name)
        if name in files:
            raise zipstream.Ambiguous("duplicate_name", name)
        files[name] = partial(_chunks, item)
    return _Bag(files)


def _walk(folder: Path) -> Iterator[tuple[Path, int]]:
    waiting = [folder]
    while waiting:
        for item in sorted(waiting.pop().iterdir()):
            mode = item.lstat().st_mode
            if stat.S_ISDIR(mode):
                waiting.append(item)
            else:
                yield item, mode


def _composed(name: str) -> str:
    # macOS may hand names back decomposed; bytes that are no UTF-8 come as lone surrogates
    return unicodedata.normalize("NFC", name.encode(errors="replace").decode())


def _chunks(path: Path) -> Iterator[bytes]:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        while piece := file.read(zipstream.CHUNK):
            yield piece


def _verify(bag: _Bag, trust: seal.Trust) -> Verification:
    for path, source in bag.sources.items():
        _read(bag, path, source)
    _check_structure(bag)
    documents = _check_description(bag)
    verdict = _check_seal(bag, trust)
    if bag.findings:
        outcome = Outcome.DAMAGED
    elif verdict.is_trusted:
        outcome = Outcome.WHOLE_TRUSTED
    else:
        outcome = Outcome.WHOLE_UNTRUSTED
        bag.findings += [Finding(reason, _about(reason)) for reason in verdict.reasons]
    return Verification(
        outcome,
        tuple(bag.findings),
        sealed_at=verdict.time,
        signer=verdict.signer,
        root_fingerprint=verdict.root_fingerprint,
        documents=documents,
        tag_manifest_sha256=bag.hashes.get(TAG_MANIFEST, ""),
    )


def _read(bag: _Bag, path: str, source: Callable[[], Iterator[bytes]]) -> None:
    digest, size, pieces = hashlib.sha256(), 0, []
    is_list = not path.startswith("data/") or path == BUNDLE_JSON
    try:
        for piece in source():
            digest.update(piece)
            size += len(piece)
            if is_list and size <= KEPT:
                pieces.append(piece)
    except zipstream.Damaged:
        bag.found("damaged", path)
    if is_list and size > KEPT:
        bag.found("too_large", path)
    bag.sizes[path], bag.hashes[path] = size, digest.hexdigest()
    if is_list:
        bag.kept[path] = b"".join(pieces)


def _check_structure(bag: _Bag) -> None:
    if bag.kept.get("bagit.txt") != BAGIT:
        bag.found("bagit", "bagit.txt")
    payload = {path for path in bag.sources if path.startswith("data/")}
    _check_manifest(bag, MANIFEST, payload)
    _check_manifest(bag, TAG_MANIFEST, set(bag.sources) - payload - {TAG_MANIFEST, SIGNATURE, TIMESTAMP})
    if "fetch.txt" in bag.sources:
        bag.found("extra", "fetch.txt")
    oxum = f"{sum(bag.sizes[path] for path in payload)}.{len(payload)}".encode()
    if re.findall(rb"^Payload-Oxum: (.*)$", bag.kept.get("bag-info.txt", b""), re.MULTILINE) != [oxum]:
        bag.found("oxum", "bag-info.txt")


def _check_manifest(bag: _Bag, manifest: str, paths: set[str]) -> None:
    """Every file in one list, once, with its hash; nothing else in the list."""
    if manifest not in bag.kept:
        bag.found("missing", manifest)
        return
    listed = _listed(bag, manifest)
    for path in sorted(listed.keys() - paths):
        bag.found("missing", path)
    for path in sorted(paths - listed.keys()):
        bag.found("extra", path)
    for path in sorted(paths & listed.keys()):
        if listed[path] != bag.hashes[path]:
            bag.found("changed", path)


def _listed(bag: _Bag, manifest: str) -> dict[str, str]:
    listed: dict[str, str] = {}
    try:
        lines = bag.kept[manifest].decode().split("\n")
    except UnicodeDecodeError:
        bag.found("manifest", manifest)
        return listed
    if lines.pop() != "":
        bag.found("manifest", manifest)
    for line in lines:
        match = re.fullmatch("([0-9a-f]{64})  ([^\r]+)", line)
        if match is None:
            bag.found("manifest", manifest)
            continue
        path = _composed(decoded(match[2]))
        if path in listed:
            bag.found("listed_twice", path)
        listed[path] = match[1]
    return listed


def _check_description(bag: _Bag) -> int:
    """Compare the documents that `data/bundel.json` describes with the files that are there; how many there are."""
    if BUNDLE_JSON not in bag.kept:
        return 0
    try:
        participants = json.loads(bag.kept[BUNDLE_JSON]).get("deelnemers", [])
        described = [_described(document) for each in participants for document in each.get("documenten", [])]
    except (ValueError, AttributeError, TypeError, RecursionError):
        bag.found("bundle_json", BUNDLE_JSON)
        return 0
    for path, sha256, size in described:
        if path is not None and (bag.hashes.get(path), bag.sizes.get(path)) != (sha256, size):
            bag.found("bundle_document", path)
    return len(described)


def _described(document: Mapping[str, Any]) -> tuple[str | None, Any, Any]:
    path = document.get("pad")  # structured evidence has no file
    if path is not None and not isinstance(path, str):
        raise TypeError(path)
    return path, document.get("sha256"), document.get("omvang")


def _check_seal(bag: _Bag, trust: seal.Trust) -> seal.SealVerdict:
    missing = [path for path in (SIGNATURE, TIMESTAMP) if path not in bag.kept]
    for path in missing:
        bag.found("missing", path)
    if missing or TAG_MANIFEST not in bag.kept:
        return seal.SealVerdict(is_intact=False, is_trusted=False)
    between = _certificates(bag.kept.get(TSA_CHAIN, b""))
    verdict = seal.verify(bag.kept[TAG_MANIFEST], bag.kept[SIGNATURE], bag.kept[TIMESTAMP], trust, between)
    if not verdict.is_intact:
        for reason in verdict.reasons:
            bag.found(reason, _about(reason))
    return verdict


def _about(reason: str) -> str:
    return TIMESTAMP if reason.startswith("timestamp_") else SIGNATURE
