"""The catalogue of the running depot: kinds of document, read once from a folder of YAML files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import marshmallow as ma
import yaml
from flask import Flask, current_app

from depot.catalogue.definitions import KindSchema, LegalSchema, SchemeSchema
from depot.catalogue.rules import Kind, LegalGround, Scheme
from depot.catalogue.schemas import as_entered, table_of
from depot.config import ConfigError

FOLDER = Path(__file__).parent / "kinds"
LEGAL = Path(__file__).parent / "legal.yaml"
SCHEMES = Path(__file__).parent / "schemes"

_Lines = dict[tuple[str, ...], int]


class CatalogueError(ConfigError):
    """A file of the catalogue cannot be used; the message names file, line, place and reason."""


@dataclass(frozen=True)
class Catalogue:
    """All kinds by code; `version` is a SHA-256 over what they, the legal grounds and the norms say, however written."""

    kinds: Mapping[str, Kind]
    version: str


def init_app(app: Flask, extra: Path | None = None) -> None:
    """Read the catalogue, with the kinds of one more folder, and let pages fill in a kind's form.

    Raises CatalogueError when it cannot be used.
    """
    app.extensions["depot.catalogue"] = load(FOLDER, *([extra] if extra else []))
    app.jinja_env.filters["as_entered"] = as_entered
    app.jinja_env.globals["rows_table"] = table_of


def catalogue() -> Catalogue:
    """The catalogue of the current app."""
    found: Catalogue = current_app.extensions["depot.catalogue"]
    return found


def load(*folders: Path) -> Catalogue:
    """Read every YAML file in these folders; raises CatalogueError that names file, line, place and reason."""
    kinds: dict[str, Kind] = {}
    said: dict[str, Any] = {}
    for path in [path for folder in folders for path in sorted(folder.glob("*.yaml"))]:
        data, kind = _loaded(path, KindSchema(legal_grounds()))
        if kind.code in kinds:
            raise _refusal(path, _read(path)[1], ("code",), f"is there twice: {kind.code}")
        kinds[kind.code], said[kind.code] = kind, data
    if missing := [folder for folder in folders if not any(folder.glob("*.yaml"))]:
        raise CatalogueError(f"{missing[0]}: holds no kinds of document")
    grounds, norms = _read(LEGAL)[0], [_read(path)[0] for path in sorted(SCHEMES.glob("*.yaml"))]
    canonical = json.dumps([said, grounds, norms], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Catalogue(MappingProxyType(kinds), sha256(canonical.encode()).hexdigest())


@cache
def legal_grounds() -> Mapping[str, LegalGround]:
    """The articles and norms that kinds and standard requirements rest on, by code."""
    found: dict[str, LegalGround] = _loaded(LEGAL, LegalSchema())[1]
    return MappingProxyType(found)


@cache
def schemes() -> Mapping[str, Scheme]:
    """The norms of the marks and standards that an equivalent can stand for, by the code of the scheme."""
    return MappingProxyType(load_schemes(SCHEMES))


def load_schemes(folder: Path) -> dict[str, Scheme]:
    """Read every scheme in a folder; raises CatalogueError that names file, line, place and reason."""
    found: list[Scheme] = [_loaded(path, SchemeSchema())[1] for path in sorted(folder.glob("*.yaml"))]
    return {scheme.code: scheme for scheme in found}


def _loaded(path: Path, schema: ma.Schema) -> tuple[Any, Any]:
    data, lines = _read(path)
    try:
        return data, schema.load(data)
    except ma.ValidationError as error:
        place, reason = _first(error.messages)
        raise _refusal(path, lines, place, reason) from error


def _read(path: Path) -> tuple[Any, _Lines]:
    loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        lines: _Lines = {(): 1}
        if node is not None:
            _note_lines(path, node, (), lines)
        return loader.construct_document(node) if node is not None else None, lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogueError(f"{path.name}:{line}: {error.problem}") from error
    finally:
        loader.dispose()


def _note_lines(path: Path, node: yaml.Node, place: tuple[str, ...], lines: _Lines) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner in lines:
                raise CatalogueError(f"{path.name}:{key.start_mark.line + 1}: {'.'.join(inner)} is there twice")
            lines[inner] = key.start_mark.line + 1
            _note_lines(path, value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[*place, str(number)] = value.start_mark.line + 1
            _note_lines(path, value, (*place, str(number)), lines)


def _first(messages: Any) -> tuple[tuple[str, ...], str]:
    """The first message in a tree of them, and where it hangs; marshmallow names the value of a dictionary `value`."""
    place: list[str] = []
    while isinstance(messages, Mapping):
        key, messages = next(iter(messages.items()))
        if str(key) not in ("_schema", "value"):
            place.append(str(key))
    return tuple(place), str(messages[0])


def _refusal(path: Path, lines: _Lines, place: tuple[str, ...], reason: str) -> CatalogueError:
    known = next(place[:length] for length in range(len(place), -1, -1) if place[:length] in lines)
    return CatalogueError(f"{path.name}:{lines[known]}: {'.'.join(place) or 'the file'} {reason}")
