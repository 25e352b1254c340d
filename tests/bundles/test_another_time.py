"""A bundle with the time of another authority is made whole, or not at all."""

import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.bundles import queries, service
from depot.bundles.models import Bundle, BundleItem
from depot.bundles.verification import Outcome, verify_archive
from depot.core import clock, db, seal, timestamps
from depot.core.errors import Unavailable
from depot.core.http import DepotFlask
from depot.tenders import participations
from depot.tenders.models import Participation
from tests import factories
from tests.tsa import Tsa, tsa

__all__ = ["tsa"]


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def selected(buyer: Actor) -> Participation:
    company, past = factories.company(), clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        factories.approved(company, factories.reviewer())
        row = factories.participant(company, tender)
    participations.select(buyer, row.id, motivation="")
    return row


@pytest.fixture(autouse=True)
def keeper(app: DepotFlask, selected: Participation, tsa: Tsa, monkeypatch: pytest.MonkeyPatch) -> seal.Keeper:
    """From now on; the letters of the past have the time of the depot itself."""
    made = seal.Keeper(app.extensions["depot.seal"].folder, timestamps.other(tsa.url))
    monkeypatch.setitem(app.extensions, "depot.seal", made)
    return made


def test_its_bundle_is_trusted_by_this_depot(
    session: Session, client: FlaskClient, buyer: Actor, selected: Participation, keeper: seal.Keeper
) -> None:
    bundle = service.release(buyer, selected.id, legal_ground="selected")
    session.commit()
    with db.transaction():
        download = service.fetch(buyer, bundle.id)
    data = b"".join(service.stream(download))
    found = verify_archive(io.BytesIO(data), keeper.seal().trust)
    assert (found.outcome, found.findings) == (Outcome.WHOLE_TRUSTED, ())
    answer = client.post("/controleren", data={"bestand": (io.BytesIO(data), "bundel.zip")})
    assert "verzegeld door een partij die u vertrouwt" in answer.text


def test_without_its_time_there_is_no_bundle_and_afterwards_there_is(
    session: Session, buyer: Actor, selected: Participation, tsa: Tsa
) -> None:
    session.commit()
    tsa.status = 500
    with pytest.raises(Unavailable) as refused, db.transaction():
        service.release(buyer, selected.id, legal_ground="selected")
    assert refused.value.text is timestamps.SILENT
    session.expire_all()
    assert [session.scalar(select(func.count()).select_from(table)) for table in (Bundle, BundleItem)] == [0, 0]
    tsa.status = 200
    with db.transaction():
        service.release(buyer, selected.id, legal_ground="selected")
    assert queries.of_participation(buyer, selected.id) is not None
