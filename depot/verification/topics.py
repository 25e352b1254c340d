"""Whether a text speaks of what it should, by the words that show it: a signal for the reviewer, never proof. Pure."""

from collections.abc import Iterator

from depot.catalogue.rules import Facts, Kind, Topic
from depot.verification.rules import Finding, finding

WEEK = 7


def judge(kind: Kind, facts: Facts, read: str) -> Iterator[Finding]:
    """Findings on the topics of a kind in a text as `companies.names.normalised` gives it."""
    topics = [topic for topic in kind.topics if _is_asked(topic, facts)]
    missing = [topic for topic in topics if not topic.is_outdated and not _is_there(topic, facts, read)]
    outdated = [topic for topic in topics if topic.is_outdated and _is_there(topic, facts, read)]
    yield finding("topics", "some", names=_names(missing)) if missing else finding("topics", "all")
    if outdated:
        yield finding("outdated_topics", "found", names=_names(outdated))


def _is_asked(topic: Topic, facts: Facts) -> bool:
    said = facts.get(topic.field) if topic.field else None
    return topic.field is None or (topic.choice in (said or ()) if topic.choice else said is not None)


def _is_there(topic: Topic, facts: Facts, read: str) -> bool:
    stems = topic.words or _terms(int(facts[topic.field or ""]))
    return any(f" {stem}" in f" {read}" for stem in stems)


def _terms(days: int) -> Iterator[str]:
    """A term as people write it: in days, or in weeks where it is whole ones."""
    yield f"{days} dag"
    yield f"{days} werkdag"
    yield f"{days} kalenderdag"
    if days % WEEK == 0:
        yield f"{days // WEEK} we"


def _names(topics: list[Topic]) -> str:
    return ", ".join(topic.name.nl for topic in topics)
