"""The corrections of the article as a patch: sentences of a copy replaced by the claims' text.

A correction names its sentence by hash, so that the article itself is in no file of ours. The
same table tells of a copy which corrections it has already.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lagg_tool.claims.article import parse_article
from lagg_tool.claims.claim import Claim, Claims, Verdict
from lagg_tool.claims.letters import NO_LETTERS, Letters, digest, letters_of
from lagg_tool.claims.sentence import Sentence, normalise, split_sentences

# Words that a sentence may take in the source beyond its own: markup, tags, table cells.
_SPARE_WORDS = 12
_WRONG = (Verdict.CONTRADICTED, Verdict.IMPRECISE)


@dataclass(frozen=True)
class Correction:
    """A sentence of a copy, as it is and as it should be; ``old`` and ``new`` are Markdown."""

    page: str
    line: int
    claims: tuple[str, ...]
    old: str
    new: str


def corrections(page: str, text: str, claims: Claims) -> tuple[Correction, ...]:
    """Return the corrections of a page's Markdown, in its order. Raises DocumentError."""
    return tuple(correction for _, correction in _placed(page, text, claims))


def corrected(page: str, text: str, claims: Claims) -> str:
    """Return a page's Markdown with all corrections. Raises DocumentError."""
    parts, end = [], 0
    for start, correction in _placed(page, text, claims):
        parts += [text[end:start], correction.new]
        end = start + len(correction.old)
    return "".join([*parts, text[end:]])


def patch(page: str, text: str, claims: Claims) -> str:
    """Return the corrections of a page as a unified diff, for ``patch -p1``; "" without any."""
    new = corrected(page, text, claims)
    lines = difflib.unified_diff(
        text.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{page}", f"b/{page}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def corrected_hashes(claims: Claims) -> Mapping[str, tuple[str, ...]]:
    """Return by the hash of a sentence those of the sentences that correct it."""
    found = {
        hash_: tuple(digest(sentence) for sentence in split_sentences(normalise(text)))
        for claim in claims.claims
        for hash_, text in claim.text.items()
        if hash_
    }
    found.update({slip.hash: (slip.fixed,) for slip in claims.slips if slip.hash not in found})
    return found


def corrected_letters(claims: Claims) -> Mapping[str, Letters]:
    """Return the letters of the sentences that correct others, by their hashes."""
    texts = (text for claim in claims.claims for text in claim.text.values())
    each = (sentence for text in texts for sentence in split_sentences(normalise(text)))
    found = {digest(sentence): letters_of(sentence) for sentence in each}
    return {**{slip.fixed: NO_LETTERS for slip in claims.slips}, **found}


def outstanding(pages: Sequence[tuple[str, str]], claims: Claims) -> tuple[Claim, ...]:
    """Return the claims, contradicted or imprecise, that copies still make as they were.

    ``pages`` are (name, Markdown). A claim whose every sentence is gone, or corrected, is not
    among them. Raises DocumentError.
    """
    present = {s.hash for page, text in pages for s in parse_article(page, text).sentences}
    fixed = corrected_hashes(claims)
    present -= {old for old, new in fixed.items() if present.issuperset(new)}
    return tuple(
        claim
        for claim in claims.claims
        if claim.expected in _WRONG
        and any(hash_ in present for source in claim.sources for hash_ in source.hashes)
    )


def _placed(page: str, text: str, claims: Claims) -> Iterator[tuple[int, Correction]]:
    """Yield each correction with the place in the text where its old words begin."""
    begin = 0
    for sentence in parse_article(page, text).sentences:
        new, ids = _replacement(sentence, claims)
        slips = [slip for slip in claims.slips if slip.hash == sentence.hash]
        if new is None and not slips:
            continue
        place = _place(text, sentence, begin)
        if place is None:
            continue
        start, end = place
        old = text[start:end]
        if new is None:
            new = old
            for slip in slips:
                new = re.sub(rf"\b{re.escape(slip.wrong)}\b", slip.right.replace("\\", r"\\"), new)
        begin = end
        yield start, Correction(page, sentence.line, ids, old, new)


def _replacement(sentence: Sentence, claims: Claims) -> tuple[str | None, tuple[str, ...]]:
    found = [claim for claim in claims.claims if sentence.hash in claim.text]
    text = found[0].text[sentence.hash] if found else None
    return text, tuple(claim.id for claim in found)


def _place(text: str, sentence: Sentence, begin: int) -> tuple[int, int] | None:
    """Return where a sentence is in the Markdown; None where its words are not together."""
    lines = text.splitlines(keepends=True)
    at = max(begin, sum(map(len, lines[: sentence.line - 1])))
    words = list(re.finditer(r"\S+", text[at : at + 20 * (len(sentence.text) + 400)]))
    first, count = sentence.text.split()[0], len(sentence.text.split())
    for number, word in enumerate(words):
        if not _begins(word[0], first):
            continue
        for last in range(number, min(len(words), number + count + _SPARE_WORDS)):
            start, end = at + word.start(), at + words[last].end()
            if normalise(text[start:end]) == sentence.text:
                return start, end
    return None


def _begins(word: str, first: str) -> bool:
    """Return whether a word of the source may begin a sentence: it has its first letters."""
    return first[:2].strip("\"'") in normalise(word) or "[" in word
