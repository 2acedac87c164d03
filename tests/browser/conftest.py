"""One site and one browser for all tests of a worker; without chromium they are skipped."""

from __future__ import annotations

import dataclasses
import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lagg_tool.evidence import Status
from lagg_tool.site import Layout, build
from tests.support.paths import ROOT
from tests.support.synthetic import (
    OBSERVED,
    article_of_core,
    synthetic_docs,
    synthetic_features,
    synthetic_results,
    with_status,
)

CHROMIUM = Path("/usr/bin/chromium")
# Without these chromium asks its maker's hosts for things at every start.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = ROOT / "build" / "screenshots"
PATIENCE = 60_000  # milliseconds; by itself Playwright waits five seconds for what is expected
expect.set_options(PATIENCE)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a site with everything: targets, releases, a history, faults, a copy of the article."""
    root = tmp_path_factory.mktemp("living")
    features = synthetic_features(root / "features")
    article_of_core(root / "features")
    before = with_status(
        synthetic_results(features, started="2026-11-18T08:00:00Z"),
        "Traffic goes through the primary",
        Status.FAILED,
    )
    before.write(root / "history" / "before.json")
    synthetic_results(features).write(root / "simulated.json")
    synthetic_results(features, OBSERVED).write(root / "observed.json")
    later = dataclasses.replace(OBSERVED, id="later", url="ssh://root@nas-2", release="freebsd-15")
    with_status(
        synthetic_results(features, later), "Traffic goes through the primary", Status.FAILED
    ).write(root / "later.json")
    # One feature file is newer than its results.
    stale = root / "features" / "failover.feature"
    stale.write_text(stale.read_text("utf-8") + "\n  # a comment more\n", "utf-8")
    faults = [
        {"name": "sticky", "claim": "C-27", "caught": None, "text": "one port takes every turn"},
        {
            "name": "failover-stays",
            "claim": "C-18",
            "caught": "features/failover.feature::Traffic goes through the primary",
            "text": "nothing is diverted",
        },
    ]
    (root / "faults.json").write_text(json.dumps({"faults": faults}), "utf-8")
    page = root / "setting-up-link-aggregations.md"
    page.write_text("Nothing that any claim was written for stands in this page.\n", "utf-8")
    layout = Layout(
        ROOT / "mkdocs.yml",
        synthetic_docs(ROOT / "docs", root / "docs"),
        root / "features",
        root / "history",
        root / "faults.json",
    )
    results = [root / f"{name}.json" for name in ("simulated", "observed", "later")]
    build(root / "site", results, [page], layout)
    return root / "site"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE)
        yield started
        started.close()


@pytest.fixture
def complaints() -> list[str]:
    """Collect the browser's complaints, and every request that left this machine."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """Give a fresh page; a complaint of the console or a foreign request fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("file:", "data:", "http://127.0.0.1:"))
            else complaints.append(f"request to {request.url}")
        ),
    )
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Serve the site over HTTP on loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
