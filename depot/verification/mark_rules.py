"""What a list of holders of a mark looks like, and what it means for a certificate. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from depot.catalogue.rules import Facts, FieldSpec, FieldType, Words
from depot.verification.mark_models import MarkEntry, MarkSource
from depot.verification.rules import NOT_LOOKED, Finding, finding

CHECK = "mark_register"
MAX_AGE_DAYS = 31
STATUSES = {
    "definitief": Words("definitief", "final"),
    "aspirant": Words("aspirant", "aspirant"),
    "geschorst": Words("geschorst", "suspended"),
    "ingetrokken": Words("ingetrokken", "withdrawn"),
}
"""What a register may say of a mark; companies can state the first two."""
ABSENT = "absent"
"""What a look by hand says of a company that is not in the register."""

COLUMNS = FieldSpec(
    name="holders",
    type=FieldType.ROWS,
    label=Words("Houders", "Holders"),
    columns=(
        FieldSpec("kvkNumber", FieldType.KVK_NUMBER, Words("KvK-nummer", "KvK number"), aliases=("kvk", "kvknr")),
        FieldSpec(
            "holder",
            FieldType.TEXT,
            Words("Naam", "Name"),
            is_required=True,
            aliases=("houder", "keurmerkhouder", "organisatie", "bedrijf", "bedrijfsnaam", "organisatienaam"),
        ),
        FieldSpec(
            "number",
            FieldType.TEXT,
            Words("Certificaatnummer", "Certificate number"),
            aliases=("nummer", "keurmerknummer"),
        ),
        FieldSpec(
            "status", FieldType.CHOICE, Words("Status", "Status"), is_required=True, choices=tuple(STATUSES.items())
        ),
        FieldSpec(
            "validFrom",
            FieldType.DAY,
            Words("Geldig vanaf", "Valid from"),
            aliases=("ingangsdatum", "startdatum", "vanaf"),
        ),
        FieldSpec(
            "validUntil",
            FieldType.DAY,
            Words("Geldig tot en met", "Valid until"),
            aliases=("einddatum", "geldig tot", "vervaldatum"),
        ),
    ),
)
"""The columns of a list of holders, in any order."""


def judge(scheme: str, facts: Facts, source: MarkSource | None, entries: Sequence[MarkEntry], today: date) -> Finding:
    """The finding that follows from the newest source and what it says of the holder; of several, the one that fits best."""
    if source is None or source.as_of < today - timedelta(days=MAX_AGE_DAYS):
        return finding(CHECK, NOT_LOOKED, scheme=scheme, days=MAX_AGE_DAYS)
    day = f"{source.as_of:%d-%m-%Y}"
    if not entries:
        return finding(CHECK, "not_found", scheme=scheme, day=day)
    entry = min(entries, key=lambda each: (each.number != facts.get("certificateNumber"), _differs(each, facts)))
    if entry.status != facts.get("status"):
        return finding(CHECK, "other_status", scheme=scheme, day=day, status=STATUSES[entry.status].nl)
    if _differs(entry, facts):
        days = " - ".join(f"{each:%d-%m-%Y}" if each else "?" for each in (entry.valid_from, entry.valid_until))
        return finding(CHECK, "other_days", scheme=scheme, day=day, days=days)
    return finding(CHECK, "found", scheme=scheme, day=day)


def _differs(entry: MarkEntry, facts: Facts) -> bool:
    """Whether a day that both give is another one."""
    said = ((entry.valid_from, facts.get("validFrom")), (entry.valid_until, facts.get("validUntil")))
    return any(theirs and ours and theirs.isoformat() != ours for theirs, ours in said)
