from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from flask import Blueprint, Flask, g, get_template_attribute, render_template
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from depot.core import pages
from depot.core.clock import moved_to
from depot.core.forms import FormState, parse_amount, parse_day
from depot.core.i18n import _, speaking

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def app():
    app = Flask("pages", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "depot" / "static"))
    accounts = Blueprint("accounts", __name__)
    for name in ("sign_in", "sign_out", "switch", "language"):
        accounts.add_url_rule(f"/{name}", name, lambda: "", methods=["GET", "POST"])
    app.register_blueprint(accounts)
    app.secret_key = "for a test alone"
    pages.init_app(app)
    return app


def macro(file, name):
    return get_template_attribute(f"_components/{file}.html", name)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 21), "vandaag"),
        (date(2026, 11, 22), "over 1 dag"),
        (date(2026, 12, 3), "over 12 dagen"),
        (date(2026, 11, 20), "1 dag geleden"),
        (date(2026, 11, 9), "12 dagen geleden"),
    ],
)
def test_a_day_is_told_by_its_distance_from_today(day, words):
    with moved_to(datetime(2026, 11, 21, 12, tzinfo=UTC)):
        assert str(pages.relative_day(day)) == words


def test_today_is_the_dutch_day_also_after_midnight_here():
    with moved_to(datetime(2026, 11, 21, 23, 30, tzinfo=UTC)):
        assert str(pages.relative_day(date(2026, 11, 22))) == "vandaag"


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (340_000, "340 kB"), (1_234_567, "1,2 MB"), (2_500_000_000, "2,5 GB")],
)
def test_a_file_size_is_told_in_decimal_units(size, words):
    assert pages.file_size(size) == words


def test_a_file_size_is_told_in_the_readers_language():
    with speaking("en"):
        assert pages.file_size(1_234_567) == "1.2 MB"


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_in_a_field_is_read_back_as_the_same_day(day):
    assert parse_day(pages.as_typed(day)) == day


@given(st.decimals(min_value=0, max_value=10**11, places=2))
def test_an_amount_in_a_field_is_read_back_as_the_same_amount(amount):
    assert parse_amount(pages.amount_typed(amount)) == amount


def test_what_is_absent_is_an_empty_field_and_a_dash_on_the_page():
    assert pages.as_typed(None) == ""
    assert pages.amount_typed(None) == ""
    assert pages.euro(None) == "–"
    assert pages.euro(Decimal(1250000)).replace("\xa0", " ") == "€ 1.250.000,00"


def test_markup_stays_markup_when_it_is_shown():
    assert pages.shown(Markup("<b>x</b>")) == Markup("<b>x</b>")


def test_turning_the_page_keeps_the_filters(app):
    with app.test_request_context("/dossier?soort=gva&soort=kvk&pagina=2"):
        assert pages.with_argument("pagina", 3) == "/dossier?soort=gva&soort=kvk&pagina=3"


def test_a_refused_field_keeps_what_was_typed_and_names_its_error(app):
    with app.test_request_context():
        g.form = FormState({"dag": ["31-02-2026"]}, {"dag": [_("Dit klopt niet.")]}, _("Niet alles is goed ingevuld."))
        shown = macro("forms", "day_field")("dag", "Datum", required=True)
        summary = macro("forms", "error_summary")()
    assert 'value="31-02-2026"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="field-dag-hint field-dag-error"' in shown
    assert 'href="#field-dag"' in summary
    assert 'id="field-dag"' in shown


def test_an_error_of_one_file_is_shown_at_the_field_of_all_files(app):
    with app.test_request_context():
        g.form = FormState({"naam": ["x"]}, {"bestanden.0": [_("Dit bestand is leeg.")]}, _("Dat lukte niet."))
        assert "Dit bestand is leeg." in macro("forms", "file_input")("bestanden", "Bestand")
        assert 'href="#field-bestanden"' in macro("forms", "error_summary")()


def test_an_untouched_form_shows_no_errors(app):
    with app.test_request_context():
        assert macro("forms", "error_summary")().strip() == ""
        assert "aria-invalid" not in macro("forms", "field")("naam", "Naam")


def test_a_password_never_comes_back(app):
    with app.test_request_context():
        g.form = FormState({"wachtwoord": ["geheim"]}, {}, _("Dat lukte niet."))
        assert "geheim" not in macro("forms", "field")("wachtwoord", "Wachtwoord", type="password")


def test_what_people_typed_is_never_markup(app):
    with app.test_request_context():
        g.form = FormState({"naam": ['"><script>']})
        assert "<script>" not in macro("forms", "field")("naam", "Naam")
        assert "<script>" not in macro("forms", "textarea")("naam", "Naam")


def test_ticks_that_were_taken_away_stay_away(app):
    with app.test_request_context():
        g.form = FormState({"naam": ["x"]})
        ticks = macro("forms", "checkboxes")("diensten", "Diensten", [("a", "A"), ("b", "B")], ["a"])
        single = macro("forms", "checkbox")("akkoord", "Akkoord", checked=True)
    assert " checked" not in ticks + single


def test_ticks_that_were_set_are_set(app):
    with app.test_request_context():
        ticks = macro("forms", "checkboxes")("diensten", "Diensten", [("a", "A"), ("b", "B")], ["b"])
    assert ticks.count(" checked") == 1
    assert 'value="b" checked' in ticks


def test_pages_between_far_numbers_are_left_out(app):
    with app.test_request_context("/x"):
        shown = macro("page", "pagination")(SimpleNamespace(number=6, pages=12, has_next=True))
    assert [number for number in range(1, 13) if f'pagina={number}"' in shown] == [1, 5, 7, 12]
    assert 'rel="prev"' in shown
    assert 'rel="next"' in shown


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 418, 429, 500, 503])
@pytest.mark.parametrize("locale", ["nl", "en"])
def test_every_failure_has_a_page_with_one_heading_and_a_way_back(app, status, locale):
    with app.test_request_context("/weg"), speaking(locale):
        page = render_template("errors/error.html", status=status, text=_("Dit ging mis."), fields={})
    assert page.count("<h1>") == 1
    assert f'lang="{locale}"' in page
    assert 'href="/"' in page
    assert "style=" not in page
    assert "<script>" not in page


def test_the_error_page_never_leads_to_another_site(app):
    with app.test_request_context("/weg", headers={"Referer": "https://elders.example/x"}):
        page = render_template("errors/error.html", status=404, text=_("Dit ging mis."), fields={})
    assert "elders.example" not in page


def test_who_has_several_organisations_can_switch(app):
    organisations = [SimpleNamespace(id=number, name=f"Bedrijf {number}") for number in (1, 2)]
    here = SimpleNamespace(
        user=SimpleNamespace(name="Sam"),
        organisation=organisations[1],
        memberships=[SimpleNamespace(organisation=organisation) for organisation in organisations],
    )
    with app.test_request_context("/"):
        page = render_template("base.html", here=here, navigation=[])
    assert '<option value="2" selected>Bedrijf 2</option>' in page
    assert 'action="/sign_out"' in page


def test_the_icon_of_the_depot_is_well_formed():
    assert ElementTree.parse(ROOT / "depot" / "static" / "favicon.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own file
