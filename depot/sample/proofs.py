"""What goes with the sample's documents: clients who were asked about references, and an equivalence file."""

from datetime import date

from sqlalchemy import select

from depot.core import clock, db
from depot.documents.models import Document, Version
from depot.mail.models import Message
from depot.papers.make import Holder
from depot.sample.filing import moment
from depot.sample.people import DAGOBERT, DONALD, Cast
from depot.verification import confirmations, equivalence

REVIEWER = "beoordelaar@depot.example"


def show(cast: Cast, today: date) -> None:
    """Emmen confirms its reference, Amsterdam did not answer yet, and Dagobert shows per norm what he has for a mark."""
    emmen = _version(cast, DONALD, "reference", "Referentie Emmen")
    amsterdam = _version(cast, DONALD, "reference", "Referentie Amsterdam")
    with clock.moved_to(moment(today, 176)), db.transaction():
        _ask(cast, emmen, "inkoop@emmen.example")
    with clock.moved_to(moment(today, 174, hour=16)), db.transaction():
        confirmations.answer(
            _secret(),
            outcome="right",
            corrections={},
            is_satisfied=True,
            function="contractmanager",
            remarks="Prettige samenwerking, ook bij tegenslag.",
            origin="voorbeeld",
        )
    with clock.moved_to(moment(today, 4)), db.transaction():
        _ask(cast, amsterdam, "contracten@amsterdam.example")
    with clock.moved_to(moment(today, 28)), db.transaction():
        _put_forward(cast)


def _ask(cast: Cast, version: Version, email: str) -> None:
    confirmations.ask(
        cast.actor(REVIEWER),
        version.id,
        email=email,
        checked_how="Adres staat op de website van de gemeente; gebeld met de centrale.",
        locale="nl",
    )


def _secret() -> str:
    written = select(Message).where(Message.template == "confirmation_asked").order_by(Message.id.desc()).limit(1)
    secret: str = db.session.scalars(written).one().payload["secret"]
    return secret


def _put_forward(cast: Cast) -> None:
    dagobert, reviewer = cast.company(DAGOBERT), cast.actor(REVIEWER)
    claim, staff = _version(cast, DAGOBERT, "quality_mark"), _version(cast, DAGOBERT, "qualified_staff_list")
    first = equivalence.add(
        dagobert,
        claim.document_id,
        norm="processes",
        version_id=claim.id,
        explanation="Hoofdstuk 2 van het handboek beschrijft elke stap, van intake tot nazorg.",
    )
    equivalence.look(reviewer, first.id, shown="shown", remark="")
    second = equivalence.add(
        dagobert,
        claim.document_id,
        norm="satisfaction",
        version_id=claim.id,
        explanation="Hoofdstuk 6: de jaarlijkse meting onder deelnemers en opdrachtgevers.",
    )
    equivalence.look(
        reviewer, second.id, shown="not_shown", remark="Het handboek noemt de meting, maar niet de uitkomst."
    )
    equivalence.add(
        dagobert,
        claim.document_id,
        norm="staff",
        version_id=staff.id,
        explanation="De lijst laat de opleiding van elke medewerker zien.",
    )


def _version(cast: Cast, holder: Holder, kind: str, title: str = "") -> Version:
    """The last version of a company's document of a kind, of that title where there are several."""
    found = select(Document).where(Document.company_id == cast.company(holder).organisation_id, Document.kind == kind)
    found = found.where(Document.title == title) if title else found
    return db.session.scalars(found).unique().one().latest
