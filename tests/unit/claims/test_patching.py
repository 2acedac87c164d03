"""The patch of the article: what it changes, and that nothing is left to correct after it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lagg_tool.claims import audit, load_claims
from lagg_tool.claims.article import parse_article
from lagg_tool.claims.claim import Verdict
from lagg_tool.claims.document import parse_claims
from lagg_tool.claims.patching import corrected, corrections, outstanding, patch
from lagg_tool.errors import DocumentError
from tests.support.paths import ROOT

PAGE = """\
---
title: x
---

A bond is [fast](https://a.example/x). It *never* fails. It is
cheap to bulid.

| **Name** | Use **bond***X*. Done. |
"""


def hash_of(words: str) -> str:
    found = [s for s in parse_article("p.md", PAGE).sentences if s.text.startswith(words)]
    return found[0].hash


def toml(text: str = 'text = "It **rarely** fails."', slip: str = "") -> str:
    never = hash_of("It never")
    return f'''
[[claim]]
id = "C-01"
paraphrase = "It never fails."
level = "host"
expected = "contradicted"
why = "It does."
instruction = "Say rarely."
{text}
source = [{{ page = "p.md", section = "Introduction", paragraph = 1, hash = ["{never}"] }}]
{slip}
[sketch]
{never} = "aabb"
'''


def claims(text: str = 'text = "It **rarely** fails."', slip: str = ""):  # type: ignore[no-untyped-def]
    return parse_claims("article.toml", toml(text, slip))


def test_a_sentence_is_replaced_and_the_rest_stays_byte_for_byte() -> None:
    known = claims()

    assert corrected("p.md", PAGE, known) == PAGE.replace(
        "It *never* fails.", "It **rarely** fails."
    )
    [one] = corrections("p.md", PAGE, known)
    assert (one.page, one.line, one.claims) == ("p.md", 5, ("C-01",))
    assert (one.old, one.new) == ("It *never* fails.", "It **rarely** fails.")


def test_a_copy_without_line_feeds_only_keeps_its_line_ends() -> None:
    text = PAGE.replace("\n", "\r\n")

    assert corrected("p.md", text, claims()) == text.replace(
        "It *never* fails.", "It **rarely** fails."
    )


def test_a_typing_error_is_corrected_within_its_sentence() -> None:
    wrong = parse_article("p.md", PAGE).sentences[2]
    right = parse_article("p.md", PAGE.replace("bulid", "build")).sentences[2]
    slip = f"""
[[slip]]
page = "p.md"
section = "Introduction"
hash = "{wrong.hash}"
fixed = "{right.hash}"
wrong = "bulid"
right = "build"
"""

    assert "cheap to build." in corrected("p.md", PAGE, claims(slip=slip))


def test_a_page_that_is_corrected_already_has_no_patch_and_no_drift() -> None:
    known = claims()
    after = corrected("p.md", PAGE, known)

    assert patch("p.md", after, known) == ""
    assert not audit([parse_article("p.md", after)], known).gone
    assert outstanding([("p.md", PAGE)], known) == known.claims
    assert outstanding([("p.md", after)], known) == ()


def test_a_patch_is_a_unified_diff_that_says_where_the_last_line_does_not_end() -> None:
    head = "--- a/p.md\n+++ b/p.md\n@@ -2,7 +2,7 @@\n"
    unended = patch("p.md", PAGE.rstrip("\n"), claims())

    assert patch("p.md", PAGE, claims()).startswith(head)
    assert "No newline" not in patch("p.md", PAGE, claims())
    assert unended == patch("p.md", PAGE, claims()) + "\\ No newline at end of file\n"


@pytest.mark.parametrize(
    "act", [corrections, corrected, patch, lambda *page: outstanding([page[:2]], page[2])]
)
def test_a_page_that_cannot_be_read_is_named(act: Callable[..., object]) -> None:
    with pytest.raises(DocumentError) as caught:
        act("w/p.md", '{{< expand "Never closed" >}}', claims())

    assert caught.value.path == "w/p.md"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('text = ""', "what is new"),
        ('text = { "0123456789abcdef" = "x" }', "name a sentence of source"),
        ("text = 1", "a string or a table"),
    ],
)
def test_a_text_that_replaces_nothing_is_refused(text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        claims(text)


def test_every_wrong_claim_of_the_project_has_an_instruction_and_a_text() -> None:
    known = load_claims(ROOT / "features" / "core" / "article.toml")

    for claim in known.claims:
        if claim.expected in (Verdict.CONTRADICTED, Verdict.IMPRECISE):
            assert claim.instruction, claim.id
            hashes = {hash_ for source in claim.sources for hash_ in source.hashes}
            assert set(claim.text) == (hashes or {""}), claim.id


@pytest.mark.skipif(shutil.which("patch") is None, reason="no patch(1)")
def test_the_patch_of_the_article_leaves_nothing_to_correct(article: Path, tmp_path: Path) -> None:
    known = load_claims(ROOT / "features" / "core" / "article.toml")
    for path in article.glob("*.md"):
        shutil.copy(path, tmp_path / path.name)
        difference = patch(path.name, path.read_text(encoding="utf-8"), known)
        subprocess.run(
            ["patch", "-p1", "-d", str(tmp_path)], input=difference, text=True, check=True
        )

    pages = [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.md")]
    assert outstanding(pages, known) == ()
    drift = audit([parse_article(*page) for page in pages], known)
    assert not drift.changed
    assert not drift.gone
