"""How alike two sentences are, by their sketches: a byte for each word."""

from __future__ import annotations

import difflib
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Below this share of common words, in order, a new sentence is no longer the old one changed.
SIMILARITY = 0.4
# A sentence that has so much of another one in it is a part of it, or the two made one.
CONTAINED = 0.65
# In the same paragraph, this share of its telling words is enough, be they two.
CONTAINED_NEAR = 0.7
# In the same paragraph, this share of all words of the shorter one is enough, be they so few.
IN_PLACE = 0.7
FEWEST_IN_PLACE = 3
# So many telling words two sentences have in common at least; where both are short, one less,
# of any words.
FEWEST = 3
SHORT = 7  # words
_ROUNDING = 1e-9  # of sums, which depend on the order of their words
# Words that say little about what a sentence is about, as the sketches have them, and what
# they count for. Not nothing: with a byte per word, others look like them.
_COMMON_WEIGHT = 0.3
_COMMON = frozenset(
    hashlib.sha256(word.encode()).hexdigest()[:2]
    for word in (
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it"),
        *("of", "on", "or", "that", "the", "this", "to", "with", "you", "your"),
    )
)


@dataclass(frozen=True)
class Weights:
    """The weight of each word in likeness, from all sentences of two versions.

    A word of many sentences, such as *interface* in the steps of a form, hardly tells which
    sentence this is; with a byte per word, two different ones may look the same as well.
    """

    weights: Mapping[str, float]

    @classmethod
    def of(cls, sentences: Sequence[Sequence[str]]) -> Weights:
        """Return the weights of the words of all these sketches."""
        found: Counter[str] = Counter()
        for words in sentences:
            found.update(set(words))
        return cls({word: 1 / (1 + math.log(count)) for word, count in found.items()})

    def likeness(self, one: Sequence[str], other: Sequence[str]) -> float:
        """Return the share (0 to 1) that two sketches have in common, in order."""
        if one == other:
            return 1.0
        common = _common(one, other)
        if max(len(one), len(other)) <= SHORT:
            enough = len(common) >= FEWEST - 1
        else:
            enough = _uncommon(common) >= FEWEST
        if not enough:
            return 0.0
        return 2 * self.sum(common) / (self.sum(one) + self.sum(other))

    def is_part(
        self, smaller: Sequence[str], one: Sequence[str], other: Sequence[str], *, near: bool
    ) -> bool:
        """Return whether the smaller of two sketches is a part of the other one.

        ``near`` it, in the same paragraph, is the rest of that.
        """
        common = _common(one, other)
        uncommon = _uncommon(common)
        if near and uncommon >= max(FEWEST - 1, CONTAINED_NEAR * _uncommon(smaller)):
            return True
        return uncommon >= FEWEST and self.sum(common) >= CONTAINED * self.sum(smaller)

    def sum(self, words: Iterable[str]) -> float:
        """Return what words weigh together."""
        return sum(
            self.weights.get(word, 1.0) * (_COMMON_WEIGHT if word in _COMMON else 1.0)
            for word in words
        )


class Index:
    """Sketches by their words: which of them another one may be like, or a part of.

    Two have no more in common than the words of both, in any order. That is known at once, and
    leaves few to compare in order.
    """

    def __init__(self, weights: Weights, sketches: Sequence[Sequence[str]]) -> None:
        self._weights = weights
        self._sums = [weights.sum(words) for words in sketches]
        self._times: dict[str, Counter[int]] = {}
        for number, words in enumerate(sketches):
            for word in words:
                self._times.setdefault(word, Counter())[number] += 1

    def alike(self, one: Sequence[str]) -> list[int]:
        """Return the numbers of those whose likeness may be enough."""
        own = self._weights.sum(one)
        return sorted(
            number
            for number, most in self._most_in_common(one).items()
            if 2 * most > SIMILARITY * (own + self._sums[number]) - _ROUNDING
        )

    def parts(self, one: Sequence[str]) -> set[int]:
        """Return the numbers of those that may be a part of it, or it of them."""
        own = self._weights.sum(one)
        return {
            number
            for number, most in self._most_in_common(one).items()
            if most > CONTAINED * min(own, self._sums[number]) - _ROUNDING
        }

    def _most_in_common(self, one: Sequence[str]) -> Mapping[int, float]:
        found: dict[int, float] = {}
        for word, times in Counter(one).items():
            weight = self._weights.sum([word])
            for number, others in self._times.get(word, {}).items():
                found[number] = found.get(number, 0.0) + weight * min(times, others)
        return found


def _common(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Return the words that two sketches have in common, in order."""
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return [word for b in matcher.get_matching_blocks() for word in one[b.a : b.a + b.size]]


def _uncommon(words: Sequence[str]) -> int:
    return sum(word not in _COMMON for word in words)


def is_much(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether a short sentence has most of its words in the other one, in order."""
    common = len(_common(one, other))
    return common >= max(FEWEST_IN_PLACE, IN_PLACE * min(len(one), len(other)))


def words_of(sketch: str) -> list[str]:
    """Return the byte of each word, as the sketch has it."""
    return [sketch[i : i + 2] for i in range(0, len(sketch), 2)]
