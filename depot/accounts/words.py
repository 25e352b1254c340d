"""Roles, legal forms and grounds as people read them."""

from collections.abc import Mapping

from depot.access import Role
from depot.accounts.models import Ground
from depot.core.i18n import Text, _

ROLE_NAMES: Mapping[Role, Text] = {
    Role.COMPANY_ADMIN: _("beheerder"),
    Role.COMPANY_MEMBER: _("medewerker"),
    Role.COMPANY_READER: _("lezer"),
    Role.BUYER: _("inkoper"),
    Role.MUNICIPALITY_READER: _("lezer"),
    Role.REVIEWER: _("beoordelaar"),
    Role.OPERATOR_ADMIN: _("beheerder van het depot"),
}

ROLE_MEANINGS: Mapping[Role, Text] = {
    Role.COMPANY_ADMIN: _("Doet mee aan aanbestedingen, geeft toestemming en beheert de mensen."),
    Role.COMPANY_MEMBER: _("Levert documenten aan en wijzigt het profiel."),
    Role.COMPANY_READER: _("Leest alleen."),
    Role.BUYER: _("Schrijft aanbestedingen, beslist, haalt bundels op en beheert de mensen."),
    Role.MUNICIPALITY_READER: _("Leest alleen."),
    Role.REVIEWER: _("Beoordeelt documenten."),
    Role.OPERATOR_ADMIN: _("Beslist over aanmeldingen, bewaakt het depot en beheert de mensen."),
}

LEGAL_FORMS: Mapping[str, Text] = {
    "bv": _("besloten vennootschap (bv)"),
    "nv": _("naamloze vennootschap (nv)"),
    "foundation": _("stichting"),
    "association": _("vereniging"),
    "cooperative": _("coöperatie"),
    "general_partnership": _("vennootschap onder firma (vof)"),
    "limited_partnership": _("commanditaire vennootschap (cv)"),
    "partnership": _("maatschap"),
    "sole_proprietorship": _("eenmanszaak"),
    "other": _("andere rechtsvorm"),
}
"""By the codes that the register extract's facts use too."""

GROUND_NAMES: Mapping[Ground, Text] = {
    Ground.SEALED_EXTRACT: _("bestuurder in een gewaarmerkt uittreksel"),
    Ground.AUTHORISATION: _("ondertekende machtiging"),
}

GROUND_MEANINGS: Mapping[Ground, Text] = {
    Ground.SEALED_EXTRACT: _("U staat als bestuurder in het uittreksel. Lever het digitaal gewaarmerkte bestand in."),
    Ground.AUTHORISATION: _("Een bestuurder machtigt u om voor het bedrijf te handelen, en tekende daarvoor."),
}
