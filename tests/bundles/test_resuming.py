"""A download that broke off is resumed: the same bytes, the same receipt, and nothing recorded for a look at its headers."""

import io
import zipfile

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from depot.access import Actor
from depot.audit.models import Event
from depot.bundles import service
from depot.bundles.models import Bundle, Fetch
from depot.core import db
from depot.core.errors import Unavailable
from depot.core.storage import store
from depot.core.zipstream import Damaged
from depot.mail.models import Message
from tests import factories


@pytest.fixture
def officer(client: FlaskClient, buyer: Actor) -> FlaskClient:
    return factories.signed_in(client, buyer)


def test_a_resumed_download_gives_the_same_bytes_under_the_same_receipt(
    officer: FlaskClient, session: Session, bundle: Bundle
) -> None:
    address = f"/bundels/{bundle.id}/bundel.zip"
    whole = officer.get(address)
    first = officer.get(address, headers={"Range": "bytes=0-999"})
    rest = officer.get(address, headers={"Range": "bytes=1000-", "If-Range": whole.headers["ETag"]})
    assert (first.status_code, first.headers["Content-Range"]) == (206, f"bytes 0-999/{bundle.size}")
    assert (rest.status_code, rest.content_length) == (206, bundle.size - 1000)
    assert first.data + rest.data == whole.data
    assert zipfile.ZipFile(io.BytesIO(first.data + rest.data)).testzip() is None
    session.expire_all()
    rows = session.scalars(select(Fetch).order_by(Fetch.id)).all()
    assert [(row.bytes, row.is_complete) for row in rows] == [(bundle.size, True)] * 2
    assert session.scalar(select(func.count()).select_from(Event).where(Event.action == "bundle.fetch")) == 2


def test_a_fetch_that_was_complete_is_not_gone_on_with(officer: FlaskClient, session: Session, bundle: Bundle) -> None:
    address = f"/bundels/{bundle.id}/bundel.zip"
    officer.get(address)
    officer.get(address, headers={"Range": "bytes=1000-"})
    session.expire_all()
    assert [row.is_complete for row in session.scalars(select(Fetch).order_by(Fetch.id))] == [True, False]


def test_asking_for_the_headers_is_no_fetch(officer: FlaskClient, session: Session, bundle: Bundle) -> None:
    answer = officer.head(f"/bundels/{bundle.id}/bundel.zip")
    assert (answer.status_code, answer.content_length, answer.data) == (200, bundle.size, b"")
    assert answer.headers["Accept-Ranges"] == "bytes"
    same = officer.get(f"/bundels/{bundle.id}/bundel.zip", headers={"If-None-Match": answer.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert session.scalar(select(func.count()).select_from(Fetch)) == 0
    assert session.scalar(select(func.count()).select_from(Message).where(Message.template == "bundle_fetched")) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=10-", "If-Range": '"another"'},
        {"Range": "bytes=10-", "If-Range": "Sat, 21 Nov 2026 10:00:00 GMT"},
        {"Range": "bytes=0-1,5-6"},
        {"Range": "letters=1-2"},
        {"Range": "bytes=x-"},
    ],
)
def test_what_is_no_range_of_the_same_bundle_is_answered_with_all_of_it(
    officer: FlaskClient, bundle: Bundle, headers: dict[str, str]
) -> None:
    answer = officer.get(f"/bundels/{bundle.id}/bundel.zip", headers=headers)
    assert (answer.status_code, len(answer.data)) == (200, bundle.size)


def test_a_range_past_the_end_is_told_the_length_and_records_nothing(
    officer: FlaskClient, session: Session, bundle: Bundle
) -> None:
    answer = officer.get(f"/bundels/{bundle.id}/bundel.zip", headers={"Range": f"bytes={bundle.size}-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{bundle.size}")
    assert "Haal het opnieuw op" in answer.text
    assert session.scalar(select(func.count()).select_from(Fetch)) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(data=st.data())
def test_any_two_halves_are_the_whole(session: Session, buyer: Actor, bundle: Bundle, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, bundle.size))
    with db.transaction():
        download = service.fetch(buyer, bundle.id)
    whole = b"".join(service.stream(download))
    halves = [b"".join(service.stream(download, 0, cut)), b"".join(service.stream(download, cut))]
    assert b"".join(halves) == whole


def test_a_file_that_changed_before_the_download_was_resumed_ends_it_short_and_alarms(
    session: Session, buyer: Actor, bundle: Bundle
) -> None:
    item = next(item for item in bundle.items if item.version_id)
    with db.transaction():
        download = service.fetch(buyer, bundle.id)
    place = b"".join(service.stream(download)).index(store().read(item.object_key)) + item.size // 2
    data = bytearray(store().read(item.object_key))
    data[0] ^= 1  # in the half that was sent before
    store().delete(item.object_key)
    store().put_bytes(item.object_key, bytes(data))
    sent = io.BytesIO()
    with capture_logs() as logs, pytest.raises((Damaged, Unavailable)):
        sent.writelines(service.stream(download, place))
    assert sent.tell() < item.size
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["bundle_damaged"]
