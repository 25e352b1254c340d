"""Companies of the trade register's own test set; names and numbers belong to nobody."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Holder:
    name: str
    kvk_number: str
    legal_form: str
    rsin: str | None
    seat: str | None


DONALD = Holder("Test BV Donald", "68750110", "bv", "857587973", "Lollum")
KATRIEN = Holder("Test NV Katrien", "68727720", "nv", "990000011", "Roermond")
OPSTAP = Holder("Test Stichting Opstap", "69599068", "foundation", "990000023", "Amsterdam")
SPRINGPLANK = Holder("Test Coöperatie Springplank", "55344526", "cooperative", "990000035", "Emmen")
DAGOBERT = Holder("Test EMZ Dagobert", "69599084", "sole_proprietorship", None, None)
