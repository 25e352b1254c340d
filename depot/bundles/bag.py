"""The sealed bag: BagIt 1.0 (RFC 8493) around a payload, with the seal, its certificates and how to check them."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from depot.core import clock
from depot.core.certificates import TEST, fingerprint_of, name_of, pem_of
from depot.core.errors import Unavailable
from depot.core.i18n import _, shown, speaking
from depot.core.seal import Seal

BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
SIGNATURE = f"{TAG_MANIFEST}.p7s"
TIMESTAMP = f"{SIGNATURE}.tsr"
TSA_CHAIN = "certificaten/tijdstempel-keten.pem"
BUNDLE_JSON = "data/bundel.json"

NAME_LENGTH = 60
"""Characters a name in a path keeps, so that whole paths stay under the 260 that Windows allows."""
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Payload:
    """A file of the payload: its path in the bag (starting with "data/"), size in bytes and SHA-256 in hex."""

    path: str
    size: int
    sha256: str


def tag_files(
    payload: Sequence[Payload], *, base: str, info: Mapping[str, str], readme: str, seal: Seal
) -> dict[str, bytes]:
    """Every file of the bag outside its payload, by its path from the base directory's parent (`<base>/bagit.txt`).

    The tag manifest lists all of them except itself, the seal over it (CAdES) and the timestamp over that seal.
    Raises Unavailable when no timestamp is to be had.
    """
    chain = seal.time.chain()
    files = {
        "bagit.txt": BAGIT,
        "bag-info.txt": _info(payload, info).encode(),
        MANIFEST: _manifest({item.path: item.sha256 for item in payload}),
        "LEESMIJ.txt": readme.encode(),
        "certificaten/seal-keten.pem": seal.chain_pem,
        "certificaten/root.pem": seal.root_pem,
        TSA_CHAIN: chain.pem,
        "certificaten/tijdstempel-root.pem": pem_of(chain.root),
    }
    files[TAG_MANIFEST] = _manifest({path: hashlib.sha256(data).hexdigest() for path, data in files.items()})
    files[SIGNATURE] = seal.sign(files[TAG_MANIFEST])
    files[TIMESTAMP] = seal.timestamp(files[SIGNATURE])
    if seal.time.chain().root != chain.root:
        raise Unavailable(_("De tijdstempeldienst kreeg net een ander certificaat. Maak de bundel opnieuw."))
    return {f"{base}/{path}": data for path, data in files.items()}


def _info(payload: Sequence[Payload], info: Mapping[str, str]) -> str:
    size = sum(item.size for item in payload)
    fields = {
        **info,
        "Bagging-Date": clock.today().isoformat(),
        "Bag-Size": _readable(size),
        "Payload-Oxum": f"{size}.{len(payload)}",
    }
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in fields.items())


def _readable(size: int) -> str:
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if size >= 1000**power:
            return f"{size / 1000**power:.1f} {unit}"
    return f"{size} B"


def _manifest(hashes: Mapping[str, str]) -> bytes:
    return "".join(f"{hashes[path]}  {encoded(path)}\n" for path in sorted(hashes)).encode()


def encoded(path: str) -> str:
    """A path as a manifest spells it: only CR, LF and % are percent-encoded (RFC 8493, 2.1.3)."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decoded(path: str) -> str:
    """The path that a manifest's spelling stands for."""
    return re.sub("%(25|0[AaDd])", lambda match: chr(int(match[1], 16)), path)


def safe_path(*parts: str) -> str:
    """A readable relative path from names people gave, that Windows, macOS and Linux all accept.

    Two different names can give the same path; a number in front keeps them apart.
    """
    return "/".join(_safe_name(part) for part in parts)


def _safe_name(name: str) -> str:
    text = "".join(" " if character.isspace() else character for character in unicodedata.normalize("NFC", name))
    text = "".join(character for character in text if not unicodedata.category(character).startswith("C"))
    text = re.sub(r'[<>:"/\\|?*%]+', "-", text)
    text = re.sub(" +", " ", text).strip(" .").lstrip("-~ .")
    path = PurePosixPath(text or "naamloos")
    suffix = path.suffix if len(path.suffix) <= 10 else ""
    stem = path.name.removesuffix(suffix)[: NAME_LENGTH - len(suffix)].rstrip(" .")
    return f"_{stem}{suffix}" if RESERVED.fullmatch(stem) else stem + suffix


README = """\
LEESMIJ

{title}

Wat is dit?
Dit is een verzegelde bundel van het depot. In de map "data" staan de documenten. De map "data/mdto" is voor uw
archief: daar staan zij beschreven volgens MDTO 1.0.1. De andere bestanden zijn er om te controleren of er niets is
veranderd. Daarvoor hebt u geen account en geen internet nodig.

Gemaakt op:       {made_at}
Verzegeld door:   {name}
Tijdstip van:     {tsa}
{warning}
Wat controleert u?
Open een opdrachtregel (Linux, of WSL onder Windows) in de map waarin dit bestand staat.

1. De documenten zijn dezelfde als bij het verzegelen:

   sha256sum --check --strict --quiet manifest-sha256.txt

2. De lijsten en certificaten zijn dezelfde als bij het verzegelen:

   sha256sum --check --strict --quiet tagmanifest-sha256.txt

3. Wanneer is de bundel verzegeld? Dit zet het tijdstip van het tijdstempel in T:

   T=$(date -u -d "$(openssl ts -reply -in {timestamp} -text 2>/dev/null \\
     | sed -n 's/^Time stamp: //p')" +%s)

4. Het tijdstempel hoort bij het zegel:

   openssl ts -verify -data {signature} -in {timestamp} \\
     -CAfile certificaten/tijdstempel-root.pem -untrusted certificaten/tijdstempel-keten.pem -attime "$T"

5. Het zegel hoort bij de lijsten, en gold op dat tijdstip:

   openssl cms -verify -binary -inform DER -in {signature} -content {tag_manifest} \\
     -CAfile certificaten/root.pem -purpose any -attime "$T" -out /dev/null

Geeft een opdracht een fout? Dan is deze bundel niet meer de bundel die is verzegeld. Haal hem opnieuw op.
Een bestand dat niet in een van de lijsten staat, hoort niet bij de bundel.

Wie heeft verzegeld?
De bestanden in de map certificaten reizen met de bundel mee. Zij bewijzen dat er niets is veranderd, maar niet wie de
bundel maakte: een vervalser kan zijn eigen certificaten meesturen. Bekijk daarom de vingerafdrukken, van het zegel en
van het tijdstempel:

   openssl x509 -in certificaten/root.pem -noout -fingerprint -sha256
   openssl x509 -in certificaten/tijdstempel-root.pem -noout -fingerprint -sha256

Bij het verzegelen waren die:

   {fingerprint}
   {tsa_fingerprint}

Vergelijk ze met de vingerafdrukken die u langs een andere weg kreeg, bijvoorbeeld via de website van het depot of per
telefoon. Alleen als zij gelijk zijn, weet u wie heeft verzegeld en wie het tijdstip gaf.

Wat ziet u hiermee niet?
De controle ziet wat er na het verzegelen is veranderd. Geen enkele controle ziet wat er al in een document was
verborgen voordat het werd ondertekend of verzegeld.
"""

TEST_WARNING = """
LET OP: dit is een TEST-zegel. Het heeft geen waarde als bewijs.
"""


def readme(*, title: str, made_at: datetime, seal: Seal) -> str:
    """LEESMIJ.txt, in Dutch whoever asks: what the bag is and the exact commands that check it without the depot."""
    chain = seal.time.chain()
    with speaking("nl"):
        return README.format(
            title=title,
            made_at=shown(made_at),
            name=seal.name,
            tsa=name_of(chain.certificates[0]),
            warning=TEST_WARNING if seal.name.startswith(TEST) else "",
            timestamp=TIMESTAMP,
            signature=SIGNATURE,
            tag_manifest=TAG_MANIFEST,
            fingerprint=_paired(seal.fingerprint),
            tsa_fingerprint=_paired(fingerprint_of(chain.root)),
        )


def _paired(fingerprint: str) -> str:
    """A fingerprint as openssl shows it."""
    return ":".join(re.findall("..", fingerprint.upper()))
