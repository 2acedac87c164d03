"""A run against a TrueNAS that is killed, and the next one, in real time over SSH."""

from __future__ import annotations

from pathlib import Path

from tests.support import nas_process

SCENARIO = "features/core/truenas/settings.feature"
LAGG = (
    '{"type": "LINK_AGGREGATION", "name": "lagg0", "lag_protocol": "LACP", "lag_ports": ["vtnet1"]}'
)


def test_the_rows_of_a_killed_run_are_taken_out_by_the_next_one(tmp_path: Path) -> None:
    with nas_process.running(tmp_path, system="truenas-13.3") as nas:
        before = nas.state()
        dead = nas.accept(SCENARIO, "-v", name="dead")  # a line for each scenario, of many
        assert dead.stderr is not None
        assert any("passed" in line for line in dead.stderr)
        dead.kill()
        dead.communicate()
        # What it was about may have been between two scenarios: something is left for sure.
        nas.say(
            f"midclt call interface.rollback; midclt call interface.delete lagg0;"
            f" midclt call interface.create '{LAGG}';"
            ' midclt call interface.update vtnet3 \'{"description": "mine"}\';'
            " midclt call interface.commit '{\"rollback\": false}'"
        )
        assert "lagg0" in nas.say("midclt call interface.query")

        following = nas.accept(SCENARIO, name="following")
        _, said = following.communicate(timeout=600)

        assert following.returncode == 0, said
        assert "what the dead run made is taken away first" in said
        assert nas.state() == before
