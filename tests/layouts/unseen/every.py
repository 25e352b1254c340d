"""All layouts of all kinds that no writer of rules has looked at."""

from collections.abc import Iterator
from itertools import chain

from tests.layouts.sheets import Layout
from tests.layouts.unseen import (
    annual_accounts,
    client_satisfaction_survey,
    complaints_procedure,
    kvk_extract,
    liability_insurance,
    privacy_policy,
    procurement_conduct_certificate,
    quality_mark,
    reference,
    tax_compliance_statement,
)

MODULES = (
    annual_accounts,
    client_satisfaction_survey,
    complaints_procedure,
    kvk_extract,
    liability_insurance,
    privacy_policy,
    procurement_conduct_certificate,
    quality_mark,
    reference,
    tax_compliance_statement,
)


def layouts() -> Iterator[Layout]:
    """Every paper, kind by kind, the same on each run."""
    return chain.from_iterable(module.layouts() for module in MODULES)
