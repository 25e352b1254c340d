"""A bundle and its documents as the archive of the municipality wants them described: MDTO-XML 1.0.1 (Nationaal Archief).

One informatieobject for the bundle, and for each document an informatieobject with the bestand that represents it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

from depot.bundles.choosing import DOCUMENTS
from depot.bundles.snapshot import documents_in, participants_in

NAMESPACE = "https://www.nationaalarchief.nl/mdto"
LOCATION = f"{NAMESPACE} {NAMESPACE}/MDTO-XML1.0.1.xsd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SOURCE = "Depot voor aanbestedingsbewijs"
FOLDER = "data/mdto"

Tree = str | Sequence[tuple[str, "Tree"]]
"""The contents of an element: its text, or its children by name, in the order of the standard."""


def described(said: Mapping[str, Any]) -> dict[str, bytes]:
    """The MDTO files of a bundle by their path in the bag, from what `bundel.json` says."""
    files = {f"{FOLDER}/bundel.xml": _xml("informatieobject", _bundle(said))}
    for participant in said["deelnemers"]:
        for document in participant["documenten"]:
            path = PurePosixPath(document["pad"])
            stem = PurePosixPath(FOLDER, path.relative_to("/".join(DOCUMENTS)).with_suffix(""))
            files[f"{stem}.xml"] = _xml("informatieobject", _document(said, participant, document))
            files[f"{stem}.bestand.xml"] = _xml("bestand", _file(said, document))
    return files


def _bundle(said: Mapping[str, Any]) -> Tree:
    tender = said["aanbesteding"]
    return [
        ("identificatie", _identity(said["nummer"])),
        ("naam", f"{participants_in(said)}: bewijs bij {tender['titel']}"),
        ("aggregatieniveau", _concept("Dossier", "Begrippenlijst Aggregatieniveaus MDTO")),
        ("omschrijving", f"Verzegelde bundel bij aanbesteding {tender['nummer']} van {tender['gemeente']}"),
        ("raadpleeglocatie", [("raadpleeglocatieOnline", said["adres"])]),
        ("taal", "nl"),
        ("event", _event("Creatie", said["gemaaktOp"])),
        *_kept(said),
        *[("bevatOnderdeel", _reference(each["titel"], _key(said, each))) for each in documents_in(said)],
        *_ending(said, said["deelnemers"]),
    ]


def _document(said: Mapping[str, Any], participant: Mapping[str, Any], document: Mapping[str, Any]) -> Tree:
    handed_in = [("event", _event("Ontvangst", document["ingediendOp"]))] if document["ingediendOp"] else []
    return [
        ("identificatie", _identity(_key(said, document))),
        ("naam", document["titel"]),
        ("aggregatieniveau", _concept("Archiefstuk", "Begrippenlijst Aggregatieniveaus MDTO")),
        ("classificatie", _concept(document["soortNaam"], "Catalogus van het depot", document["soort"])),
        ("omschrijving", f"{document['soortNaam']} van {document['van']}, uitgegeven door {document['uitgever']}"),
        ("raadpleeglocatie", [("raadpleeglocatieOnline", document["adres"])]),
        *handed_in,
        *_kept(said),
        ("isOnderdeelVan", _reference(f"Bundel {said['nummer']}", said["nummer"])),
        ("heeftRepresentatie", _reference(PurePosixPath(document["pad"]).name, document["sha256"])),
        *_ending(said, [participant]),
    ]


def _file(said: Mapping[str, Any], document: Mapping[str, Any]) -> Tree:
    checksum = [
        ("checksumAlgoritme", _concept("SHA256", "Begrippenlijst ChecksumAlgoritme MDTO")),
        ("checksumWaarde", document["sha256"]),
        ("checksumDatum", said["gemaaktOp"]),
    ]
    return [
        ("identificatie", _identity(document["sha256"])),
        ("naam", PurePosixPath(document["pad"]).name),
        ("omvang", str(document["omvang"])),
        ("bestandsformaat", _concept(document["mediatype"], "IANA Media Types", document["mediatype"])),
        ("checksum", checksum),
        ("URLBestand", document["adres"]),
        ("isRepresentatieVan", _reference(document["titel"], _key(said, document))),
    ]


def _kept(said: Mapping[str, Any]) -> Iterator[tuple[str, Tree]]:
    yield "waardering", _concept("Tijdelijk te bewaren", "Begrippenlijst Waarderingen MDTO", "V")
    # The standard has room for one period: that of the contract, as the other one ends before it; the words tell both.
    trigger = _concept(said["leesbaar"]["bewaren"], SOURCE)
    term: Tree = [("termijnTriggerStartLooptijd", trigger), ("termijnLooptijd", said["bewaren"]["naEindeContract"])]
    yield "bewaartermijn", term


def _ending(said: Mapping[str, Any], participants: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Tree]]:
    tender = said["aanbesteding"]
    yield "archiefvormer", _reference(tender["gemeente"], tender["gemeenteCode"], "TOOI")
    for participant in participants:
        yield (
            "betrokkene",
            [
                ("betrokkeneTypeRelatie", _concept("Deelnemer", SOURCE)),
                ("betrokkeneActor", [("verwijzingNaam", participant["naam"])]),
            ],
        )
    yield (
        "beperkingGebruik",
        [
            ("beperkingGebruikType", _concept("Beperkt openbaar: gegevens van bedrijven en personen", SOURCE)),
            ("beperkingGebruikNadereBeschrijving", f"Voor deze aanbesteding, op de grond: {said['rechtsgrond']}"),
        ],
    )


def _key(said: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    return f"{said['nummer']}/{document['document']}/{document['versie']}"


def _identity(key: str, source: str = SOURCE) -> Tree:
    return [("identificatieKenmerk", key), ("identificatieBron", source)]


def _reference(name: str, key: str, source: str = SOURCE) -> Tree:
    return [("verwijzingNaam", name), ("verwijzingIdentificatie", _identity(key, source))]


def _concept(label: str, of: str, code: str | None = None) -> Tree:
    coded: list[tuple[str, Tree]] = [("begripCode", code)] if code else []
    return [("begripLabel", label), *coded, ("begripBegrippenlijst", [("verwijzingNaam", of)])]


def _event(kind: str, at: str) -> Tree:
    return [("eventType", _concept(kind, "Begrippenlijst EventTypeLijst MDTO")), ("eventTijd", at)]


def _xml(name: str, tree: Tree) -> bytes:
    root = ElementTree.Element("MDTO", {"xmlns": NAMESPACE, "xmlns:xsi": INSTANCE, "xsi:schemaLocation": LOCATION})
    _grow(root, name, tree)
    ElementTree.indent(root)
    found: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return found + b"\n"


def _grow(parent: ElementTree.Element, name: str, tree: Tree) -> None:
    element = ElementTree.SubElement(parent, name)
    if isinstance(tree, str):
        element.text = tree
        return
    for child, inner in tree:
        _grow(element, child, inner)
