"""The site as a reader uses it: in a real browser, from files and over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS

pytestmark = pytest.mark.browser


def violations(page: Page) -> list[str]:
    # Preloading would fetch, which a file may not.
    options: dict[str, object] = {"preload": False, "resultTypes": ["violations"]}
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate("new Promise(requestAnimationFrame)")  # the page hears of it before it draws
    found = Axe().run(page, options=options).response["violations"]
    return [f"{page.url}: {v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_no_page_has_an_accessibility_violation(
    site: Path, page: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    found = []
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    pages = sorted(site.rglob("*.html"))
    many = [path for path in pages if "evidence" in path.parts or "source" in path.parts]
    pages = [path for path in pages if path not in many[1:-1]]  # one of each template

    for path in pages:
        page.goto(path.as_uri())
        found += violations(page)

    assert len(pages) > 25
    assert found == []


def test_a_narrow_screen_scrolls_no_page_sideways(site: Path, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    wide = []

    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(path.name)

    assert wide == []


def test_on_a_telephone_the_first_target_of_the_matrix_is_whole(site: Path, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto((site / "matrix.html").as_uri())
    name = "#matrix th[scope=row] a"
    page.evaluate(f"document.querySelector('{name}').append(' net.link.lagg.default_flowid_shift')")

    first = page.locator("#matrix thead th").nth(1).bounding_box()

    assert first is not None
    assert first["x"] + first["width"] < 360


def test_what_scrolls_is_a_stop_for_the_keyboard_while_it_does(site: Path, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((site / "howto" / "choose-a-protocol.html").as_uri())
    table = page.locator("main table", has_text="One flow gets at most")

    expect(table).to_have_attribute("tabindex", "0")
    page.set_viewport_size({"width": 1440, "height": 900})

    expect(table).not_to_have_attribute("tabindex", "0")


def test_a_telephone_begins_with_the_page_and_not_with_the_menu(site: Path, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})

    for name in ("index", "verdicts", "features/failover"):
        page.goto((site / f"{name}.html").as_uri())
        heading = page.locator("h1").bounding_box()
        assert heading is not None
        assert heading["y"] < 844 / 3
        stops = 0
        while not page.evaluate("document.activeElement.closest('main')"):
            page.keyboard.press("Tab")
            stops += 1
            assert stops < 12


def test_diagrams_scroll_instead_of_shrinking(site: Path, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((site / "protocols" / "lacp.html").as_uri())

    machine = page.locator(".chart.machine").first
    shown = machine.locator("svg").bounding_box()

    assert shown is not None
    assert shown["width"] == float(machine.locator("svg").get_attribute("width") or 0)
    machine.focus()
    page.keyboard.press("ArrowRight")
    expect(machine).not_to_have_js_property("scrollLeft", 0)


def test_an_edge_and_its_row_lead_to_each_other(site: Path, page: Page) -> None:
    page.goto((site / "protocols" / "lacp.html").as_uri())

    page.locator("#machine-mux-edge-4 a").click()
    row = page.locator("#machine-mux-4")
    expect(row).to_be_in_viewport()
    row.get_by_role("link").click()

    expect(page.locator("#machine-mux-edge-4 .event")).to_be_in_viewport()


def test_the_wrong_sentence_about_load_balance_is_three_clicks_away(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())

    page.get_by_role("link", name="The article, claim by claim").first.click()
    finding = page.locator("#claim-c-24")
    expect(finding).to_contain_text("contradicted, observed")
    finding.get_by_role("link", name="C-24").click()
    page.locator("#c-24").get_by_role("link", name="A flow leaves a port").click()

    scenario = page.locator("#a-flow-leaves-a-port-whose-link-is-lost")
    expect(scenario).to_contain_text("FreeBSD 13.2, observed")
    assert scenario.locator("details.frames").count() > 0


@pytest.mark.parametrize("how", ["file", "http"])
def test_search_finds_scenarios_claims_and_commands(
    site: Path, address: str, page: Page, how: str
) -> None:
    page.goto(
        (site / "features" / "failover.html").as_uri()
        if how == "file"
        else f"{address}/features/failover.html"
    )

    for words, kind, title in (
        ("watch state links", "claim", "C-24"),
        ("sixty-four", "scenario", "Sixty-four flows use every port"),
        ("ifconfig lagg0", "command", "ifconfig lagg0"),
    ):
        page.get_by_role("searchbox", name="Search").fill(words)
        hit = page.locator("#hits a", has_text=title).filter(has_text=kind).first
        expect(hit).to_be_visible()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*#*")
    assert "index.html" not in page.url


def test_search_forgives_and_knows_other_words(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    box = page.get_by_role("searchbox", name="Search")

    for words, kind, title in (
        ("failovr", "protocol", "Failover"),
        ("round-robin", "protocol", "Round robin"),
        ("load balancing", "protocol", "Load balance"),
        ("etherchannel", "protocol", "LACP"),
    ):
        box.fill(words)
        first = page.locator("#hits a").first
        expect(first).to_contain_text(title)
        expect(first).to_contain_text(kind)
        expect(page.locator("#hits-status")).to_contain_text("found")

    box.fill("qqqqxxxx")
    expect(page.locator("#hits-status")).to_contain_text("Nothing found")
    box.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#hits")).to_be_hidden()


def test_slash_leads_to_the_search_and_escape_out_of_it(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())

    page.keyboard.press("/")
    page.keyboard.type("failover")
    expect(page.locator("#hits")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#hits")).to_be_hidden()


def test_scenarios_are_filtered_by_tag_status_and_verdict(site: Path, page: Page) -> None:
    page.goto((site / "features" / "index.html").as_uri())
    shown = page.locator("#scenarios li:visible")
    expect(shown).to_have_count(7)

    page.get_by_label("Tag").select_option("slow")
    expect(shown).to_have_count(1)
    page.get_by_label("Tag").select_option("")
    page.get_by_label("Status").select_option("undefined")
    expect(shown).to_have_count(1)
    expect(shown.first).to_contain_text("A step that nobody wrote")
    page.get_by_label("Status").select_option("")
    page.get_by_label("Verdict").select_option("contradicted")
    expect(shown).to_have_count(1)
    expect(shown.first).to_contain_text("A flow leaves a port whose link is lost")


def test_a_filter_hides_no_table_that_it_is_not_about(site: Path, page: Page) -> None:
    for path in sorted(site.rglob("*.html")):
        if 'class="filters"' not in path.read_text(encoding="utf-8"):
            continue
        page.goto(path.as_uri())
        hidden = page.locator("main .filtered").count()
        assert hidden == 0, f"{path.name}: {hidden} parts are hidden before anything is chosen"


def test_a_text_to_paste_is_copied_from_the_page(address: str, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page.goto(f"{address}/verdicts.html")
    first = page.locator(".paste").first

    first.get_by_role("button").click()

    expect(first.get_by_role("button")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == first.locator(".text").inner_text()


def test_a_count_on_the_front_page_leads_to_its_verdicts(address: str, page: Page) -> None:
    page.goto(f"{address}/index.html")

    page.locator(".counts a", has_text="contradicted").click()

    expect(page.get_by_label("Verdict")).to_have_value("contradicted")
    expect(page.locator("#claims section:visible").first).to_contain_text("contradicted")
    assert page.locator("#claims section:visible", has_text="✓ confirmed").count() == 0


def test_a_deep_link_to_a_step_opens_its_evidence(site: Path, page: Page) -> None:
    url = (site / "features" / "loadbalance.html").as_uri()

    page.goto(f"{url}#a-flow-leaves-a-port-whose-link-is-lost-step-1")

    step = page.locator("#a-flow-leaves-a-port-whose-link-is-lost-step-1")
    expect(step.locator("pre").first).to_be_visible()
    expect(step).to_contain_text("exit status 0")


def test_the_theme_follows_the_system_until_it_is_chosen(site: Path, page: Page) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    page.goto((site / "index.html").as_uri())
    light = page.evaluate(background)

    page.get_by_role("button", name="Switch to the dark theme").click()
    dark = page.evaluate(background)
    page.goto((site / "verdicts.html").as_uri())

    assert dark != light
    assert page.evaluate(background) == dark, "the choice outlives the page"


def test_the_page_reads_without_scripts(site: Path, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in ("verdicts", "audit", "features/loadbalance"):
        page.goto((site / f"{name}.html").as_uri())
        assert page.locator("button:visible").count() == 0, f"a button does nothing on {name}"

    expect(page.get_by_role("heading", name="Sixty-four flows")).to_be_visible()
    expect(page.locator("form.search")).to_be_hidden()
    context.close()


def test_copy_puts_the_command_of_one_scenario_on_the_clipboard(address: str, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/features/failover.html")

    page.locator("#traffic-goes-through-the-primary button.copy").click()

    expect(page.locator("#traffic-goes-through-the-primary button.copy")).to_contain_text("Copied")
    text = page.evaluate("navigator.clipboard.readText()")
    assert "lagg-tool accept --target" in text
    assert "Traffic goes through the primary" in text


def test_print_is_light_and_shows_evidence_without_navigation(site: Path, page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 690, "height": 980})  # A4 within its margins
    wide = []
    for name in ("index", "matrix", "audit", "features/loadbalance", "protocols/lacp"):
        page.goto((site / f"{name}.html").as_uri())
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        if page.evaluate("document.documentElement.scrollWidth") > 690:
            wide.append(name)
    page.goto((site / "features" / "loadbalance.html").as_uri())
    folded = page.locator("main details:not([open])").count()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert wide == []
    expect(page.locator("nav.site")).to_be_hidden()
    expect(page.locator(".ev .cmd").first).to_be_visible()
    expect(page.locator(".hex").first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(26, 32, 38)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("main details:not([open])").count() == folded


def test_the_article_is_filtered_by_verdict(site: Path, page: Page) -> None:
    page.goto((site / "audit.html").as_uri())

    page.locator(".counts a", has_text="contradicted").click()

    expect(page.get_by_label("Verdict")).to_have_value("contradicted")
    findings = page.locator(".finding:visible")
    expect(findings.first).to_contain_text("contradicted")
    assert findings.count() == page.locator(".finding:visible .v-contradicted").count()
    assert findings.count() < page.locator(".finding").count()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_screenshots_are_kept_to_be_looked_at(
    site: Path, page: Page, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

    for name in ("index", "verdicts", "audit", "matrix", "features/loadbalance"):
        page.goto((site / f"{name}.html").as_uri())
        path = SCREENSHOTS / f"{name.replace('/', '-')}-{width}-{scheme}.png"
        page.screenshot(path=path)
        assert path.stat().st_size > 10_000
