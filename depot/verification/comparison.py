"""A version beside the one that it follows: what changed, and whether there are days between them. Pure."""

from dataclasses import dataclass

from depot.catalogue.rules import Facts, Kind, dates
from depot.catalogue.schemas import describe
from depot.core.i18n import Text, _, n_


@dataclass(frozen=True)
class Line:
    """One fact in both versions, as people read it; None where a version does not say it."""

    label: str
    before: str | None
    now: str | None

    @property
    def is_changed(self) -> bool:
        """Whether the versions differ in it."""
        return self.before != self.now


def compare(kind: Kind, before: Facts, now: Facts, locale: str) -> list[Line]:
    """Each fact of either version, in the order of the kind's fields."""
    old, new = dict(describe(kind, before, locale)), dict(describe(kind, now, locale))
    order = dict(describe(kind, {**before, **now}, locale)) | old | new
    return [Line(label, old.get(label), new.get(label)) for label in order]


def gap(kind: Kind, before: Facts, now: Facts) -> Text | None:
    """How the validity of a renewal follows on that of the version before it; None when a day is missing."""
    ended, begins = dates(kind, before).valid_until, dates(kind, now).valid_from
    if ended is None or begins is None:
        return None
    days = (begins - ended).days - 1
    if days > 0:
        return n_(
            "Let op: tussen de twee versies zit %(num)s dag die geen van beide dekt (na %(ended)s, voor %(begins)s).",
            "Let op: tussen de twee versies zitten %(num)s dagen die geen van beide dekt (na %(ended)s, voor %(begins)s).",
            num=days,
            ended=ended,
            begins=begins,
        )
    if days == 0:
        return _("De nieuwe versie begint op de dag nadat de vorige eindigt: er zit geen dag tussen.")
    return _("De nieuwe versie begint voordat de vorige eindigt: er zit geen dag tussen.")
