"""Every recording, played against the embedded NAS: the oracle of the simulator."""

import pytest

from tests.support.paths import RECORDINGS

from .comparison import compare
from .embedded import EmbeddedStage
from .player import Partners, play
from .recording import load, names

HOSTS = ("freebsd-13.2", "freebsd-15-derivative", "freebsd-15.1")


@pytest.mark.parametrize(
    ("host", "name"),
    [(host, name) for host in HOSTS for name in names(host)],
)
def test_the_simulated_nas_answers_as_the_recorded_host_did(host: str, name: str) -> None:
    recording = load(RECORDINGS / host / f"{name}.json")
    partners = Partners()

    differences = compare(recording, play(recording, EmbeddedStage(recording, partners), partners))

    assert not differences, "\n".join(f"{d.where}\n  {d.text}" for d in differences)
