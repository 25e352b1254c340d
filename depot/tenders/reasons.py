"""Verdicts and requirements as sentences, in plain Dutch and in English."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from depot.accounts.words import LEGAL_FORMS
from depot.catalogue.rules import AMOUNTS, FieldType, Words
from depot.companies.glossary import MUNICIPALITIES, SERVICES, TARGET_GROUPS
from depot.core.i18n import Euro, Text, _, n_
from depot.core.periods import Period
from depot.tenders.judgement import Reason, Verdict
from depot.tenders.requirements import (
    Aggregation,
    AllOf,
    AnyOf,
    Aspect,
    DatedWithin,
    DocumentRule,
    Equivalent,
    FieldTest,
    FiscalYears,
    Manual,
    NotTest,
    Operator,
    ProfileRule,
    RatioTest,
    Requirement,
    RequirementKind,
    RowsTest,
    Rule,
    SameAs,
    Subject,
    Test,
    ValidOn,
)

VERDICT_NAMES: Mapping[Verdict, Text] = {
    Verdict.MET: _("Voldoet"),
    Verdict.NOT_MET: _("Voldoet niet"),
    Verdict.MANUAL: _("Handmatig beoordelen"),
}

_SENTENCES: Mapping[str, Text] = {
    "declared": _("Het bedrijf verklaart dat het dit doet."),
    "undeclared": _("Het bedrijf heeft dit nog niet verklaard."),
    "award": _("Dit telt mee bij de gunning. Het depot toetst het niet."),
    "no_party": _("geen partij heeft deze rol"),
    "commitment_not_shown": _("niet bekend is of deze derde zijn middelen toezegt"),
    "missing": _("%(document)s ontbreekt"),
    "too_few": _("aantal documenten dat voldoet: %(found)s; gevraagd: minstens %(asked)s"),
    "document": _("%(document)s is goedgekeurd"),
    "handed_in_late": _("%(document)s is te laat ingediend"),
    "withdrawn": _("%(document)s is door het bedrijf ingetrokken"),
    "not_yet_reviewed": _("%(document)s is nog niet beoordeeld"),
    "returned": _("%(document)s is niet goedgekeurd; het bedrijf is om aanvulling gevraagd"),
    "approval_revoked": _("de goedkeuring van %(document)s is ingetrokken"),
    "not_in_force": _("%(document)s is op deze dag niet van kracht"),
    "fact_missing": _("bij %(document)s ontbreekt het gegeven „%(label)s”"),
    "holder_unknown": _("niet te bepalen is of %(document)s van dit bedrijf is"),
    "other_holder": _("%(document)s staat op KvK-nummer %(found)s; dit bedrijf heeft %(asked)s"),
    "holder_guaranteed": _("%(document)s is van de moedermaatschappij met KvK-nummer %(found)s, die zich garant stelt"),
    "valid": _("%(document)s is op %(reference)s geldig"),
    "not_yet_valid": _("%(document)s is op %(reference)s nog niet geldig; dat begint op %(start)s"),
    "expired": _("%(document)s is geldig tot en met %(end)s en is op %(reference)s verlopen"),
    "tacitly_renewed": _(
        "%(document)s liep tot en met %(end)s en wordt stilzwijgend verlengd; dat is op %(reference)s niet aangetoond"
    ),
    "period_unknown": _("van %(document)s is niet bekend tot wanneer het geldt"),
    "recent": _("%(document)s van %(dated)s is op %(reference)s niet ouder dan %(period)s"),
    "too_old": _("%(document)s van %(dated)s is op %(reference)s ouder dan %(period)s"),
    "issued_after_reference": _("%(document)s van %(dated)s is afgegeven na de peildatum %(reference)s"),
    "issued_long_after_reference": _(
        "%(document)s van %(dated)s is lang na de peildatum %(reference)s afgegeven; toont het hoe het toen was?"
    ),
    "dated_after_reference": _("%(document)s is van %(dated)s; dat is na de peildatum %(reference)s"),
    "in_window": _("%(document)s: „%(label)s” is %(dated)s; dat valt in de laatste %(period)s"),
    "before_window": _("%(document)s: „%(label)s” is %(dated)s; dat is op %(reference)s langer geleden dan %(period)s"),
    "still_running": _("%(document)s: de opdracht loopt op %(reference)s; wat is uitgevoerd telt mee"),
    "not_begun": _("%(document)s: de opdracht begint pas op %(start)s"),
    "not_applicable": _("%(document)s: de vraag naar „%(label)s” geldt hier niet"),
    "other_scale": _("%(document)s: „%(label)s” is gemeten op een andere schaal dan %(scale)s"),
    "ratio_unknown": _("bij %(document)s ontbreken de bedragen voor „%(label)s”"),
    "year_missing": _("%(document)s over %(year)s ontbreekt"),
    "year_in_review": _("%(document)s over %(year)s is er nog niet, of is nog niet beoordeeld"),
    "year_before_start": _("%(document)s over %(year)s is niet nodig: het bedrijf bestond nog niet"),
    "year_start_unknown": _("%(document)s over %(year)s ontbreekt; niet bekend is wanneer het bedrijf begon"),
    "equivalent_undecided": _("de gemeente beoordeelt of het bewijs gelijkwaardig is"),
    "equivalent_accepted": _("de gemeente accepteert het bewijs als gelijkwaardig: „%(motivation)s”"),
    "equivalent_refused": _("de gemeente accepteert het bewijs niet als gelijkwaardig: „%(motivation)s”"),
    "equivalent_not_claimed": _("er is geen gelijkwaardig bewijs ingediend"),
    "question_undecided": _("de gemeente beoordeelt dit zelf: „%(question)s”"),
    "question_accepted": _("de gemeente heeft dit beoordeeld en is akkoord: „%(motivation)s”"),
    "question_refused": _("de gemeente heeft dit beoordeeld en is niet akkoord: „%(motivation)s”"),
    "profile_holds": _("het profiel van het bedrijf noemt: %(found)s"),
    "profile_lacks": _("het profiel van het bedrijf noemt niet wat is gevraagd: %(asked)s"),
}

_FIELD_DIFFERS: Mapping[str, Text] = {
    Operator.EQUALS: _("%(document)s: „%(label)s” is %(found)s; gevraagd is %(asked)s"),
    Operator.IN: _("%(document)s: „%(label)s” is %(found)s; gevraagd is een van: %(asked)s"),
    Operator.CONTAINS_ANY: _("%(document)s: „%(label)s” is %(found)s; gevraagd is minstens een van: %(asked)s"),
    Operator.CONTAINS_ALL: _("%(document)s: „%(label)s” is %(found)s; gevraagd zijn al deze: %(asked)s"),
    Operator.GTE: _("%(document)s: „%(label)s” is %(found)s; gevraagd is minstens %(asked)s"),
    Operator.LTE: _("%(document)s: „%(label)s” is %(found)s; gevraagd is hoogstens %(asked)s"),
}

_FIELD_FITS = _("%(document)s: „%(label)s” is %(found)s")
_FIELD_EXCLUDED = _("%(document)s: „%(label)s” is %(found)s; dat is hier uitgesloten")

_NUMBERS: Mapping[str, Text] = {
    "rows_met": _("%(document)s: %(found)s aan „%(label)s” voldoet"),
    "rows_manual": _("%(document)s: zeker %(found)s aan „%(label)s”, van de rest ontbreken gegevens"),
    "ratio_met": _("%(document)s: „%(label)s” is %(found)s"),
    "sum_met": _("de partijen hebben samen %(found)s aan „%(label)s”"),
    "sum_manual": _("de partijen hebben samen zeker %(found)s aan „%(label)s”; de rest moet nog worden beoordeeld"),
}
_NUMBERS_DIFFER: Mapping[tuple[str, str], Text] = {
    ("rows_not_met", Operator.GTE): _("%(document)s: %(found)s aan „%(label)s”; gevraagd is minstens %(asked)s"),
    ("rows_not_met", Operator.LTE): _("%(document)s: %(found)s aan „%(label)s”; gevraagd is hoogstens %(asked)s"),
    ("ratio_not_met", Operator.GTE): _FIELD_DIFFERS[Operator.GTE],
    ("ratio_not_met", Operator.LTE): _FIELD_DIFFERS[Operator.LTE],
    ("sum_not_met", Operator.GTE): _(
        "de partijen hebben samen %(found)s aan „%(label)s”; gevraagd is minstens %(asked)s"
    ),
}

_NEXT = "%(first)s; %(rest)s"

ROLE_NAMES: Mapping[str, Text] = {
    "bidder": _("inschrijver"),
    "lead": _("penvoerder"),
    "member": _("combinant"),
    "reliedOn": _("derde"),
    "relied_on": _("derde"),
    "subcontractor": _("onderaannemer"),
}


def sentence(reason: Reason) -> Text:
    """Verdict and deciding grounds: "Voldoet niet: uittreksel van 20 mei 2026 is op 21 november 2026 ouder dan 6 maanden."."""
    grounds = _joined(_once(_grounds(reason)), _NEXT)
    if reason.verdict is None:
        return grounds
    return _("%(verdict)s: %(grounds)s.", verdict=VERDICT_NAMES[reason.verdict], grounds=grounds)


def _once(found: Sequence[Text]) -> list[Text]:
    return [ground for place, ground in enumerate(found) if ground not in found[:place]]


def _grounds(reason: Reason) -> list[Text]:
    """The leaves that carry the verdict: the best branch of "any", of documents as many as count, else all of that verdict."""
    if reason.code == "documents":
        return _grounds_of_documents(reason)
    if reason.code.startswith("sum_"):
        return [_ground(reason)]
    parts = [part for part in reason.parts if part.verdict is reason.verdict]
    if not parts:
        return [_ground(reason)]
    if reason.code in ("any_of", "any_party") and reason.verdict is not Verdict.NOT_MET:
        parts = parts[:1]
    if reason.code in ("each_party", "any_party") and len(reason.parts) > 1:
        return [
            _("%(role)s: %(why)s", role=ROLE_NAMES[part.values["role"]], why=_joined(_once(_grounds(part)), _NEXT))
            for part in parts
        ]
    return [ground for part in parts for ground in _grounds(part)]


def _grounds_of_documents(reason: Reason) -> list[Text]:
    asked = reason.values["asked"]
    parts = [part for part in reason.parts[:asked] if part.verdict is reason.verdict]
    grounds = [ground for part in parts for ground in _grounds(part)]
    if reason.verdict is Verdict.NOT_MET and asked > 1:
        return [_ground(Reason("too_few", reason.verdict, reason.values)), *grounds]
    return grounds


def _ground(reason: Reason) -> Text:
    values = {name: _readable(name, value) for name, value in reason.values.items()}
    number = _NUMBERS.get(reason.code) or _NUMBERS_DIFFER.get((reason.code, reason.values.get("operator", "")))
    if number is not None:
        return Text(number.message, values | {name: _number(reason.values, name) for name in ("found", "asked")})
    if reason.code in ("profile_holds", "profile_lacks"):
        aspect = Aspect(reason.values["aspect"])
        values |= {name: _profile_words(aspect, reason.values[name]) for name in ("found", "asked")}
    if not reason.code.startswith("field_") or reason.code == "fact_missing":
        return Text(_SENTENCES[reason.code].message, values)
    found, asked = reason.values["found"], reason.values["asked"]
    values["found"] = _field_values(reason.values, found if isinstance(found, list) else [found])
    values["asked"] = _field_values(reason.values, asked)
    match reason.code:
        case "field_differs":
            template = _FIELD_DIFFERS[reason.values["operator"]]
        case "field_excluded":
            template = _FIELD_EXCLUDED
        case _:
            template = _FIELD_FITS
    return Text(template.message, values)


def _number(values: Mapping[str, Any], name: str) -> Any:
    found = Decimal(values[name])
    return Euro(found) if values.get("type") in AMOUNTS else round(found, 2)


def _readable(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in ("reference", "dated", "start", "end"):
        return date.fromisoformat(value)
    if name == "period":
        return period_text(Period.parse(value))
    return Words(**value) if name in ("document", "label") else value


def _field_values(values: Mapping[str, Any], codes: Sequence[Any]) -> list[Any]:
    names = {code: Words(**words) for code, words in values["choices"].items()}
    return [names.get(code) or _field_value(values["type"], code) for code in codes]


def _field_value(type: str, value: Any) -> Any:
    if type in AMOUNTS:
        return Euro(Decimal(value))
    if type == FieldType.NUMBER:
        return Decimal(value)
    return date.fromisoformat(value) if type == FieldType.DAY else value


def period_text(period: Period) -> Text:
    """A term as people say it: "6 maanden", "2 jaar"."""
    parts: list[Text] = []
    if period.months and period.months % 12 == 0:
        parts.append(n_("een jaar", "%(num)s jaar", period.months // 12))
    elif period.months:
        parts.append(n_("een maand", "%(num)s maanden", period.months))
    if period.days or not period.months:
        parts.append(n_("een dag", "%(num)s dagen", period.days))
    return _joined(parts, _("%(first)s en %(rest)s").message)


def requirement_sentence(requirement: Requirement) -> Text:
    """What a requirement asks and of whom, as one sentence for buyers and companies."""
    if requirement.kind is RequirementKind.PERFORMANCE:
        return _("De inschrijver verklaart: %(label)s.", label=requirement.label.rstrip("."))
    if requirement.rule is None or requirement.subject is None:
        return _("Telt mee bij de gunning: %(label)s.", label=requirement.label.rstrip("."))
    return _("Nodig van %(who)s: %(what)s.", who=_who(requirement.subject), what=_what(requirement.rule))


def _who(subject: Subject) -> Text:
    roles = [ROLE_NAMES[role] for role in subject.roles]
    if subject.aggregation is Aggregation.EACH:
        return _("elke partij (%(roles)s)", roles=roles)
    if subject.aggregation is Aggregation.SUM:
        return _("de partijen samen (%(roles)s)", roles=roles)
    return _("minstens één partij (%(roles)s)", roles=roles)


def _what(rule: Rule) -> Text:
    match rule:
        case DocumentRule():
            return _what_document(rule)
        case AnyOf(rules):
            return _joined([_what(inner) for inner in rules], _("%(first)s, of %(rest)s").message)
        case AllOf(rules):
            return _joined([_what(inner) for inner in rules], _("%(first)s, en %(rest)s").message)
        case Equivalent(kind):
            return _("een gelijkwaardig bewijs voor %(document)s, te beoordelen door de gemeente", document=kind.noun)
        case ProfileRule():
            return _what_profile(rule)
        case Manual(question):
            return _("de gemeente beoordeelt zelf: „%(question)s”", question=question)
        case SameAs(requirement_id, inner, scheme):
            what = _("het bewijs van eis %(requirement)s (%(what)s)", requirement=requirement_id, what=_what(inner))
            return _("%(what)s, met keurmerk %(scheme)s", what=what, scheme=scheme) if scheme else what


def _what_document(rule: DocumentRule) -> Text:
    document: Any = rule.kind.noun
    if rule.at_least > 1:
        document = _("%(number)s keer %(document)s", number=rule.at_least, document=rule.kind.noun)
    if rule.distinct_by is not None:
        document = _("%(document)s met elk een eigen „%(label)s”", document=document, label=rule.distinct_by.label)
    if rule.years is not None:
        document = _what_years(document, rule.years)
    if not rule.tests:
        return Text("%(document)s", {"document": document})
    tests = _joined([_what_test(test) for test in rule.tests], _NEXT)
    return _("%(document)s (%(tests)s)", document=document, tests=tests)


def _what_years(document: Any, years: FiscalYears) -> Text:
    text = n_(
        "%(document)s over het laatste boekjaar",
        "%(document)s over de laatste %(num)s boekjaren",
        years.last,
        document=document,
    )
    return _("%(what)s (een starter: sinds de start)", what=text) if years.are_starters_allowed else text


_PROFILES: Mapping[tuple[Aspect, bool], Text] = {
    (Aspect.ESTABLISHMENT, False): _("een vestiging in gemeente %(codes)s"),
    (Aspect.SERVICES, False): _("minstens een van deze diensten: %(codes)s"),
    (Aspect.SERVICES, True): _("al deze diensten: %(codes)s"),
    (Aspect.TARGET_GROUPS, False): _("minstens een van deze doelgroepen: %(codes)s"),
    (Aspect.TARGET_GROUPS, True): _("al deze doelgroepen: %(codes)s"),
    (Aspect.LEGAL_FORM, False): _("een van deze rechtsvormen: %(codes)s"),
    (Aspect.LEGAL_FORM, True): _("deze rechtsvorm: %(codes)s"),
}


_CODES: Mapping[Aspect, Mapping[str, Any]] = {
    Aspect.ESTABLISHMENT: MUNICIPALITIES,
    Aspect.SERVICES: SERVICES,
    Aspect.TARGET_GROUPS: TARGET_GROUPS,
    Aspect.LEGAL_FORM: LEGAL_FORMS,
}


def _what_profile(rule: ProfileRule) -> Text:
    return Text(_PROFILES[rule.aspect, rule.needs_all].message, {"codes": _profile_words(rule.aspect, rule.codes)})


def _profile_words(aspect: Aspect, codes: Sequence[str]) -> list[Any]:
    names = _CODES.get(aspect, {})
    return [names.get(code, code) for code in codes]


def _what_test(test: Test) -> Text:
    match test:
        case ValidOn(day=None):
            return _("geldig op de peildatum")
        case ValidOn(day=day):
            return _("geldig op %(day)s", day=day)
        case DatedWithin():
            return _("niet ouder dan %(period)s", period=period_text(test.period))
        case FieldTest():
            return _what_field(test)
        case NotTest(inner):
            return _("niet: %(what)s", what=_what_field(inner))
        case RowsTest():
            return _what_rows(test)
        case RatioTest():
            values = {"label": test.ratio.label, "asked": test.value}
            text = Text(_COMPARISONS[test.operator].message, values)
            return _("%(what)s in het laatste boekjaar", what=text) if test.is_latest_only else text


def _what_rows(test: RowsTest) -> Text:
    label = test.column.label if test.column else test.rows.label
    what = Text(_COMPARISONS[test.operator].message, {"label": label, "asked": test.value})
    if not test.where:
        return what
    where = _joined([_what_field(condition) for condition in test.where], _NEXT)
    return _("%(what)s, geteld waar %(where)s", what=what, where=where)


_COMPARISONS: Mapping[Operator, Text] = {
    Operator.EQUALS: _("„%(label)s” is %(asked)s"),
    Operator.IN: _("„%(label)s” is een van: %(asked)s"),
    Operator.CONTAINS_ANY: _("„%(label)s” noemt minstens een van: %(asked)s"),
    Operator.CONTAINS_ALL: _("„%(label)s” noemt al deze: %(asked)s"),
    Operator.GTE: _("„%(label)s” is minstens %(asked)s"),
    Operator.LTE: _("„%(label)s” is hoogstens %(asked)s"),
    Operator.WITHIN: _("„%(label)s” valt in de laatste %(asked)s"),
}


def _what_field(test: FieldTest) -> Text:
    asked = [_asked(test, value) for value in test.values]
    text = Text(_COMPARISONS[test.operator].message, {"label": test.field.label, "asked": asked})
    if test.counts_executed_part:
        text = _("%(what)s, of de opdracht loopt nog", what=text)
    if test.scale is not None:
        text = _("%(what)s op een schaal van %(scale)s", what=text, scale=test.scale)
    if test.only_if is not None:
        text = _("%(what)s, maar alleen als %(condition)s", what=text, condition=_what_field(test.only_if))
    return text


def _asked(test: FieldTest, value: Any) -> Any:
    if isinstance(value, Period):
        return period_text(value)
    if test.field.choices:
        return test.field.choice(value)
    return value if isinstance(value, bool) else _field_value(test.field.type, str(value))


def _joined(texts: Sequence[Text], pattern: str) -> Text:
    """Texts in a row, as one that still waits for its reader's language."""
    *before, last = texts
    for text in reversed(before):
        last = Text(pattern, {"first": text, "rest": last})
    return last
