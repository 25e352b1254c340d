"""The JSON API for depositing: what a company's own system uses instead of the pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response

from depot.accounts.session import actor
from depot.core.http import records, send_stored
from depot.core.openapi import ApiBlueprint
from depot.documents import files, queries, service
from depot.documents.models import Document
from depot.documents.rules import ENDINGS
from depot.documents.schemas import DepositIn, DocumentOut, DocumentsOut, NextIn

bp = ApiBlueprint("documenten", __name__, description="Documenten van het eigen bedrijf.")


@bp.at("GET", "/documenten")
@bp.answers(DocumentsOut)
def index() -> dict[str, Sequence[Document]]:
    """Alle documenten van het bedrijf."""
    return {"documents": queries.dossier(actor())}


@bp.at("POST", "/documenten")
@bp.takes(DepositIn)
@bp.answers(DocumentOut, 201)
def deposit(data: dict[str, Any]) -> Document:
    """Een document aanleveren: bestand, soort en gegevens in één bericht; een herhaling met dezelfde sleutel verandert niets."""
    return service.deposit(actor(), **data).document


@bp.at("GET", "/documenten/<uuid:document_id>")
@bp.answers(DocumentOut)
def show(document_id: UUID) -> Document:
    """Eén document met zijn versies."""
    return queries.get(actor(), document_id)


@bp.at("POST", "/documenten/<uuid:document_id>/versies")
@bp.takes(NextIn)
@bp.answers(DocumentOut, 201)
def succeed(document_id: UUID, data: dict[str, Any]) -> Document:
    """Een volgende versie aanleveren."""
    return service.deposit_next(actor(), document_id, **data).document


@bp.at("POST", "/documenten/<uuid:document_id>/intrekken")
@bp.answers(DocumentOut)
def withdraw(document_id: UUID) -> Document:
    """Een document intrekken."""
    return service.withdraw(actor(), document_id)


@bp.at("GET", "/documenten/<uuid:document_id>/versies/<int:number>/bestand")
@bp.gives(*ENDINGS)
@records
def file(document_id: UUID, number: int) -> Response:
    """Het bestand van een versie."""
    return send_stored(files.open_file(actor(), document_id, number))
