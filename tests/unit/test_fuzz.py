"""The short form of ``make chaos``: the same inputs, fewer of them."""

import pytest

from tests.fuzz import KINDS, QUOTING, Outcome, fuzz


@pytest.mark.parametrize("kind", [*KINDS, QUOTING])
def test_a_fuzzed_input_is_taken_or_refused_and_nothing_else(kind: str) -> None:
    outcome = fuzz(kind, 200, seed=-1)

    assert outcome.taken + outcome.refused == 200
    assert outcome.taken > 10  # else it is not the reader that is tried


def test_an_input_that_goes_wrong_is_named_with_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(rng: object) -> bool:
        raise KeyError(rng is None)

    monkeypatch.setitem(KINDS, "broken", broken)

    with pytest.raises(AssertionError, match="broken, seed 7, input 0: KeyError"):
        fuzz("broken", 3, seed=7)


def test_the_same_seed_gives_the_same_inputs() -> None:
    assert fuzz("LACPDUs", 300, 1) == fuzz("LACPDUs", 300, 1) != Outcome()
