"""A calendar in the iCalendar format (RFC 5545): whole days, each with a name that stays while its day may move."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=12)
"""How often we ask calendars to come back (RFC 7986, 5.7)."""


@dataclass(frozen=True)
class Entry:
    """A whole day in the calendar; `uid` is the same each time the calendar is written."""

    uid: str
    day: date
    summary: str
    url: str


def write(name: str, entries: Iterable[Entry], *, at: datetime) -> bytes:
    """The calendar as of an instant; its days take up nobody's time. The library folds, escapes and ends the lines."""
    calendar = Calendar()
    calendar.add("prodid", "-//Depot//Bewijs voor aanbestedingen//NL")
    calendar.add("version", "2.0")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in sorted(entries, key=lambda entry: (entry.day, entry.uid)):
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", at)
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        event.add("summary", entry.summary)
        event.add("url", entry.url)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
