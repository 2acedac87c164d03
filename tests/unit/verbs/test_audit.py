import argparse
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lagg_tool.claims import load_claims
from lagg_tool.errors import DocumentError
from lagg_tool.verbs import audit
from tests.cases.test_audit_web_pages import as_html
from tests.support.paths import ROOT

CLAIMS = load_claims(ROOT / "features" / "core" / "article.toml").claims
PAGES = {source.page for claim in CLAIMS for source in claim.sources if source.hashes}


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    audit.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.mark.parametrize("suffix", [".md", ".MDX", ".rst", ".adoc", ".asciidoc", ".htm"])
def test_a_page_in_a_directory_is_found_by_its_kind(
    article: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "setting-up-link-aggregations"
    text = (article / f"{name}.md").read_text(encoding="utf-8")
    (tmp_path / "deeper").mkdir()
    text = as_html(text) if suffix == ".htm" else text
    (tmp_path / "deeper" / f"{name}{suffix}").write_text(text, encoding="utf-8")

    status = audit.run(options("--article", str(tmp_path)))

    assert status == 0
    assert capsys.readouterr().out.startswith("no drift")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_true_copy_of_a_page_has_no_drift(
    article: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = audit.run(options("--article", str(article / name)))

    assert status == 0
    assert capsys.readouterr().out.startswith("no drift")


def test_one_sentence_changed_and_one_added_are_reported(
    article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "copy.md"
    text = (article / "setting-up-link-aggregations.md").read_text(encoding="utf-8")
    text = text.replace("does not watch the link state nor", "watches the link state but")
    page.write_text(text.replace("in turn.", "in turn. It is fast."), encoding="utf-8")

    status = audit.run(options("--article", str(page), "--json"))

    drift = json.loads(capsys.readouterr().out)["drift"]
    assert status == 1
    assert [changed["claims"] for changed in drift["changed"]] == [["C-23", "C-24", "C-25"]]
    assert [uncovered["text"] for uncovered in drift["uncovered"]] == ["It is fast."]
    assert drift["gone"] == []


def test_drift_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "interface-options.md"
    page.write_text("## IP Addresses\n\nSomething new.\n", encoding="utf-8")

    status = audit.run(options("--article", str(page)))

    said = capsys.readouterr().out
    assert status == 1
    assert "interface-options.md:3: no claim covers: Something new." in said
    assert "gone from 'IP Addresses'" in said


def test_a_changed_sentence_is_told_with_what_was_claimed_there(
    article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "setting-up-link-aggregations.md"
    text = (article / page.name).read_text(encoding="utf-8")
    page.write_text(text.replace("must support LACP", "may support LACP"), encoding="utf-8")

    audit.run(options("--article", str(page)))

    said = capsys.readouterr().out.splitlines()
    [claim] = [claim for claim in CLAIMS if claim.id == "C-17"]
    assert "may support LACP" in said[0]
    assert said[1] == f"    look at C-17: {claim.paraphrase}"


def test_a_page_that_is_not_there_is_named() -> None:
    with pytest.raises(DocumentError, match=r"nowhere\.md"):
        audit.run(options("--article", "nowhere.md"))


@pytest.mark.parametrize("text", ["", "\n\n", "---\ntitle: A page\n---\n"])
def test_a_page_without_a_sentence_is_no_page_without_drift(tmp_path: Path, text: str) -> None:
    page = tmp_path / "empty.md"
    page.write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError, match=r"empty\.md: no sentence in it"):
        audit.run(options("--article", str(page)))


def test_the_patch_of_a_copy_leaves_nothing_to_correct(
    article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = tmp_path / "pages"
    shutil.copytree(article, pages)

    status = audit.run(options("--article", str(pages), "--patch"))

    made = capsys.readouterr()
    assert status == 1
    assert re.fullmatch(
        r"claims of these pages that are wrong or imprecise: \d+, after the patch: 0\n", made.err
    )
    if shutil.which("patch") is None:
        pytest.skip("no patch(1)")
    subprocess.run(["patch", "-p1", "-d", str(pages)], input=made.out, text=True, check=True)
    assert audit.run(options("--article", str(pages), "--patch")) == 0
    assert capsys.readouterr().out == ""


def test_a_patch_is_made_of_markdown_only(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body><p>Something new.</p></body></html>", encoding="utf-8")

    with pytest.raises(DocumentError, match=r"page\.html: .*needs the Markdown source"):
        audit.run(options("--article", str(page), "--patch"))


SENTENCE = "This provides extra bandwidth"


def test_the_versions_of_a_directory_are_told_apart(
    article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (article / "setting-up-link-aggregations.md").read_text(encoding="utf-8")
    assert SENTENCE in text
    for version, words in (("12.0", SENTENCE), ("13.3", "This gives more bandwidth")):
        page = tmp_path / version / "Network" / "setting-up-link-aggregations.md"
        page.parent.mkdir(parents=True)
        page.write_text(text.replace(SENTENCE, words), encoding="utf-8")
    (tmp_path / "13.3" / "picture.html").write_bytes(b"\x89PNG\0")
    (tmp_path / "13.3" / "directory.md").mkdir()

    status = audit.run(options("--article", str(tmp_path)))

    first, *rest = capsys.readouterr().out.splitlines()
    assert status == 1
    assert first.startswith("13.3/Network/setting-up-link-aggregations.md:")
    assert ": changed: This gives more bandwidth" in first
    assert rest[-1].endswith(
        "picture.html: this is not text; name a page that was saved as Markdown or HTML"
    )
    assert rest[-1].startswith("not read: ")
    assert not any("changed" in line or "no claim covers" in line for line in rest)


def test_a_patch_has_the_bytes_of_the_page(
    article: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    page = tmp_path / "setting-up-link-aggregations.md"
    text = (article / page.name).read_text(encoding="utf-8")
    page.write_text(text.replace(". ", ".\u200b\u00ad ").replace("\n", "\r\n"), encoding="utf-8")

    assert audit.run(options("--article", str(page), "--patch")) == 1

    patch = capsysbinary.readouterr().out.decode()
    assert "\\u" not in patch
    kept = [line[1:] for line in patch.split("\n")[2:] if line.startswith((" ", "-"))]
    assert kept
    assert set(kept) <= set(page.read_bytes().decode().split("\n"))


def test_a_patch_is_made_of_utf_8_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Something new.\n", encoding="utf-16")

    with pytest.raises(DocumentError, match=r"page\.md: --patch needs a page in UTF-8; iconv"):
        audit.run(options("--article", str(page), "--patch"))
