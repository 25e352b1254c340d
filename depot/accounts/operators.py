"""Mail to those who administer the depot."""

from typing import Any

from depot.access import Role
from depot.accounts import queries
from depot.mail import service as mail


def tell(template: str, *, dedupe_key: str, **payload: Any) -> None:
    """Write to everybody who administers the depot, each once for this key."""
    operator = queries.operator()
    for person in queries.people(operator.id, Role.OPERATOR_ADMIN) if operator else ():
        mail.write(person, template, dedupe_key=f"{dedupe_key}:{person.id}", **payload)
