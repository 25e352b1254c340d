"""The words of the field that profiles and requirements share: services, target groups, regions, each with a fixed code."""

from depot.core.i18n import Text, _

SERVICES: dict[str, Text] = {
    "intake": _("Intake"),
    "diagnose": _("Diagnose en onderzoek"),
    "sociale-activering": _("Sociale activering"),
    "motivering": _("Motivering"),
    "trajectbegeleiding": _("Trajectbegeleiding"),
    "schuldhulp": _("Schuldhulp"),
    "training": _("Training en voorschakeltraining"),
    "scholing": _("Scholing"),
    "leerwerkplek": _("Leerwerkplek en stage"),
    "toeleiden-naar-werk": _("Toeleiden naar werk"),
    "bemiddeling": _("Bemiddeling en plaatsing"),
    "nazorg": _("Nazorg"),
    "jobcoaching": _("Jobcoaching"),
    "outplacement": _("Outplacement"),
}

TARGET_GROUPS: dict[str, Text] = {
    "bijstand": _("Mensen met een bijstandsuitkering"),
    "langdurig-werkloos": _("Langdurig werklozen"),
    "arbeidsbeperking": _("Mensen met een arbeidsbeperking"),
    "jongeren": _("Jongeren tot 27 jaar"),
    "vijftigplus": _("50-plussers"),
    "statushouders": _("Statushouders"),
    "herintreders": _("Herintreders"),
}

REGIONS: dict[str, Text] = {
    "drenthe": _("Drenthe"),
    "flevoland": _("Flevoland"),
    "fryslan": _("Fryslân"),
    "gelderland": _("Gelderland"),
    "groningen": _("Groningen"),
    "limburg": _("Limburg"),
    "noord-brabant": _("Noord-Brabant"),
    "noord-holland": _("Noord-Holland"),
    "overijssel": _("Overijssel"),
    "utrecht": _("Utrecht"),
    "zeeland": _("Zeeland"),
    "zuid-holland": _("Zuid-Holland"),
}
"""Where a company works: the twelve provinces."""

MUNICIPALITIES: dict[str, str] = {
    "gm0114": "Emmen",
    "gm0200": "Apeldoorn",
    "gm0363": "Amsterdam",
    "gm0957": "Roermond",
}
"""Municipalities by TOOI code, as far as the depot names them on screen."""
