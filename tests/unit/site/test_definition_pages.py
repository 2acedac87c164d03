"""The pages of requirements and defects, and the links of identifiers to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagg_tool.claims.defects import parse_defects
from lagg_tool.claims.requirements import parse_requirements
from lagg_tool.site.assembly import Site, Sources, make_site
from lagg_tool.site.definition_pages import defects_page, requirements_page
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Page
from lagg_tool.site.render import with_links

REQUIREMENTS = """
[[requirement]]
id = "L-01"
title = "Layout <of> the LACPDU"
clause = "802.1AX-2014 6.4.2.3"
function = "lacp_xmit_lacpdu"
must = "An LACPDU has 124 bytes (V-01)."

[[deviation]]
id = "V-01"
clause = "802.1AX-2014 6.4.12"
function = "lacp_sm_rx_record_pdu"
standard = "The standard waits for the bit."
does = "FreeBSD does not, see L-01."
"""
DEFECTS = """
[[defect]]
id = "B-01"
title = "The link state is stale"
source = "lagg_ioctl"
should = "It is computed again."
does = "It is not computed again."
effect = "A LAGG that is <up> has no route."
workaround = "Add the ports again."
present = ["freebsd-13.2"]
fixed = ["freebsd-15.1"]
"""
FEATURE = """
@lacp.L-01
Feature: LACPDUs

  @confirms.C-15
  Scenario: A LACPDU has its length
    Then it has 124 bytes

  @defect.B-01
  Scenario: The link state stays down
    But the link is down

  @fixed.B-01
  Scenario: The link state comes back
    Then the link is up

  Scenario Outline: A row shows <what>
    Then it has <what>

    @defect.B-01
    Examples:
      | what |
      | one  |
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "lacp.toml").write_text(REQUIREMENTS, "utf-8")
    (tmp_path / "defects.toml").write_text(DEFECTS, "utf-8")
    (tmp_path / "lacp.feature").write_text(FEATURE, "utf-8")
    return make_site(Sources(tmp_path))


def page_of(site: Site, url: str) -> Page:
    return next(page for page in site.pages if page.url == url)


def card(page: Page, anchor: str) -> str:
    return page.html.split(f'id="{anchor}"', 1)[1].split("</section>", 1)[0]


def test_a_requirement_is_shown_with_its_rule_its_source_and_its_scenarios(site: Site) -> None:
    shown = card(page_of(site, "requirements.html"), "l-01")

    assert "Layout &lt;of&gt; the LACPDU" in shown
    assert "802.1AX-2014 6.4.2.3; <code>lacp_xmit_lacpdu</code>" in shown
    assert 'An LACPDU has 124 bytes (<a href="requirements.html#v-01">V-01</a>).' in shown
    assert shown.count('href="features/lacp.html#') == 4, "the tag of the feature is on all"


def test_a_deviation_is_shown_beside_the_standard(site: Site) -> None:
    shown = card(page_of(site, "requirements.html"), "v-01")

    assert "Standard: The standard waits for the bit." in shown
    assert 'The kernel: FreeBSD does not, see <a href="requirements.html#l-01">L-01</a>.' in shown


def test_a_defect_is_shown_with_its_effect_its_workaround_and_its_releases(site: Site) -> None:
    shown = card(page_of(site, "defects.html"), "b-01")

    assert "A LAGG that is &lt;up&gt; has no route." in shown
    assert "<strong>Workaround:</strong> Add the ports again." in shown
    assert "Present: FreeBSD 13.2" in shown
    assert "Gone: FreeBSD 15.1" in shown


def test_scenarios_that_show_a_defect_are_apart_from_those_without_it(site: Site) -> None:
    shown, gone = card(page_of(site, "defects.html"), "b-01").split("where the defect is gone")

    assert "The link state stays down" in shown
    assert "A row shows" in shown, "the tag is on the examples"
    assert "The link state comes back" in gone


def test_tags_on_a_scenario_lead_to_what_they_name(site: Site) -> None:
    page = page_of(site, "features/lacp.html")

    assert '@<a href="../requirements.html#l-01">lacp.L-01</a>' in page.html
    assert '@<a href="../defects.html#b-01">defect.B-01</a>' in page.html
    assert '@<a href="../defects.html#b-01">fixed.B-01</a>' in page.html
    assert "#c-15" not in page.html, "no claim of that name is defined"


def test_the_search_finds_requirements_deviations_and_defects(site: Site) -> None:
    index = b"".join(part.content for part in site.search(())).decode()

    assert '["requirement","L-01 Layout <of> the LACPDU","requirements.html#l-01"' in index
    assert '["deviation","V-01 ' in index
    assert '["defect","B-01 The link state is stale","defects.html#b-01"' in index


def test_nothing_defined_is_said(tmp_path: Path) -> None:
    site = make_site(Sources(tmp_path))

    assert "None are defined." in page_of(site, "requirements.html").html
    assert "None are defined." in page_of(site, "defects.html").html


BEGIN = '<a href="https://x.org'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see B-01.", 'see <a href="../defects.html#b-01">B-01</a>.'),
        ("see B-02.", "see B-02."),
        ("<b>L-01", '&lt;b&gt;<a href="../requirements.html#l-01">L-01</a>'),
        ("AB-01, B-011", "AB-01, B-011"),
        ("", ""),
    ],
)
def test_only_defined_identifiers_become_links(text: str, html: str) -> None:
    known = Identifiers.of((), parse_requirements("l", REQUIREMENTS), parse_defects("d", DEFECTS))

    assert known.linked("features/x.html", text) == html


def test_pages_are_made_of_the_definitions_alone(site: Site) -> None:
    requirements = parse_requirements("lacp.toml", REQUIREMENTS)
    defects = parse_defects("defects.toml", DEFECTS)
    known = Identifiers.of((), requirements, defects)

    assert requirements_page(site.survey, {"lacp": requirements}, known) in site.pages
    assert defects_page(site.survey, defects, known) in site.pages


BEGIN = '<a href="https://x.org'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[a <b>](https://x.org/?a=1&b=2), too", f'{BEGIN}/?a=1&amp;b=2">a &lt;b&gt;</a>, too'),
        ("[a](https://x.org) and [b](https://x.org)", f'{BEGIN}">a</a> and {BEGIN}">b</a>'),
        ("no [link](javascript:alert) <i>", "no [link](javascript:alert) &lt;i&gt;"),
        ("", ""),
    ],
)
def test_a_text_of_a_set_may_have_links(text: str, html: str) -> None:
    assert with_links(text) == html
