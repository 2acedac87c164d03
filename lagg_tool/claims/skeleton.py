"""The beginning of a claim set: the sentences of a page, none of which claims anything yet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from lagg_tool.claims.article import Article
from lagg_tool.claims.letters import letters_of
from lagg_tool.claims.sentence import Sentence

NOT_READ = "Not read yet."
_WORDS = 5  # of a sentence, to find it on the page; the page itself is not copied


def skeleton(name: str, article: Article) -> str:
    """Return the text of an article.toml: ``[set]``, an example, and every sentence as silent."""
    head = f"""\
# Every claim of {article.page}, in our own words. Each sentence is listed below as one that claims
# nothing: move its source to a claim, or say why it claims none. The words behind a # are the
# first of the sentence.

[set]
name = {_text(name)}
title = {_text(article.page)}
about = "who reads it"
published = "" # the address where readers find it
order = 0
article = [{_text(article.page)}]
products = ["freebsd"] # the systems that it is about
targets = ["sim:"] # what `lagg-tool accept --claims {name}` runs on
references = ["freebsd-13.2"] # the releases that the verdicts were found on

# [[claim]]
# id = "{name[:2].upper()}-01"
# paraphrase = "What the article promises, in your words."
# level = "host" # or wire, api, editorial
# expected = "confirmed" # or imprecise, contradicted, not testable
# why = "What decides it."
# source = [one of those below, or several]
"""
    seen: dict[str, Sentence] = {}
    for sentence in article.sentences:
        seen.setdefault(sentence.hash, sentence)
    silent = "".join(_silent(sentence) for sentence in seen.values())
    numbers = paragraphs(article)
    sketches = "".join(
        f'"{s.hash}" = "{s.sketch} {letters_of(s.text)}@{numbers[s.hash]}"\n' for s in seen.values()
    )
    return f"{head}{silent}\n[sketch]\n{sketches}"


def paragraphs(article: Article) -> Mapping[str, int]:
    """Return the number of the paragraph of each sentence on its page; 0 if it is in several."""
    numbers: dict[tuple[str, int], int] = {}
    found: dict[str, int] = {}
    for sentence in article.sentences:
        number = numbers.setdefault((sentence.section, sentence.paragraph), len(numbers) + 1)
        found[sentence.hash] = number if found.get(sentence.hash, number) == number else 0
    return found


def _silent(sentence: Sentence) -> str:
    return "\n".join(["", *_lines(sentence), ""])


def _lines(sentence: Sentence) -> Iterator[str]:
    words = sentence.text.split()
    more = " ..." if len(words) > _WORDS else ""
    yield f"# line {sentence.line}: {' '.join(words[:_WORDS])}{more}"
    yield "[[silent]]"
    yield f'reason = "{NOT_READ}"'
    yield (
        f"source = {{ page = {_text(sentence.page)}, section = {_text(sentence.section)}, "
        f'paragraph = {sentence.paragraph}, hash = ["{sentence.hash}"] }}'
    )


def _text(value: str) -> str:
    """Return a TOML string: a basic one has JSON's escapes."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
