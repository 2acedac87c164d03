"""The confirmed commit on the simulated NAS in this process, without SSH."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Batch, Command, Completed
from lagg_tool.errors import LaggToolError
from lagg_tool.evidence import SIMULATED_SERVER
from lagg_tool.lagg import HostState, LaggSpec, spec_from_data
from lagg_tool.nas.commit import PendingChange
from lagg_tool.nas.contract import Outcome, Session
from lagg_tool.nas.freebsd.observation import observe
from lagg_tool.nas.freebsd.plan import Plan, make_plan
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import FREEBSD_13_2, RELEASES
from lagg_tool.target import Target
from lagg_tool.target.description import describe, read_facts
from lagg_tool.target.simulated import PORTS
from tests.support.freebsd_commit import ConfirmedCommit, pending_change
from tests.support.rig import Rig

SPEC: dict[str, Any] = {
    "name": "lagg0",
    "description": "it's 50% $HOME; rm -rf / | cat",
    "protocol": "failover",
    "ports": ["vtnet2", "vtnet1"],
    "mtu": 9000,
    "addresses": ["192.0.2.1/24", "198.51.100.7/25"],
    "options": "lagghash l3,l4",
}


def spec(**changed: Any) -> LaggSpec:
    return spec_from_data(SPEC | changed)


MakePlan = Callable[[HostState], Plan]


class Direct:
    """The NAS without SSH in between: for what does not depend on the connection."""

    server_version = f"SSH-2.0-{SIMULATED_SERVER}"

    def __init__(self, nas: SimulatedNas) -> None:
        self.nas = nas
        self.round_trips = 0

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        assert deadline > 0
        self.round_trips += 1
        done = self.nas.run(command.text, command.stdin)
        out, err = (each.decode("utf-8", "surrogateescape") for each in (done.stdout, done.stderr))
        return Completed(command, done.status, out, err)

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        assert deadline > 0
        self.round_trips += 1
        batch = Batch.of(commands)
        done = self.nas.run(batch.text)
        return batch.split(done.stdout.decode(), done.stderr.decode())

    def close(self) -> None:
        """There is nothing to end."""


def target_of(nas: SimulatedNas) -> Target:
    """Return a target with the NAS's ports, without SSH and without a testbed."""
    connect: Any = lambda: Direct(nas)  # noqa: E731 - a connection of the NAS's own
    target = Target(connect, nas.clock, PORTS)
    target.simulated = nas
    describe(target, "sim:", read_facts(target.connection))
    return target


class CommitRig:
    """A NAS and the tool on it, without SSH."""

    def __init__(self, release: str = FREEBSD_13_2.name) -> None:
        self.clock = VirtualClock()
        self.nas = SimulatedNas(self.clock, RELEASES[release])
        self.runner = Direct(self.nas)

    def connect(self) -> Direct:
        return self.runner

    def said(self) -> tuple[bytes, bytes]:
        return self.nas.run("ifconfig -a").stdout, self.nas.run("cat /etc/rc.conf").stdout

    def state(self) -> Any:
        return observe(self.runner).host

    def tool(self) -> ConfirmedCommit:
        return ConfirmedCommit(lambda: self.runner, self.clock, observe=observe)

    def apply(self, wanted: LaggSpec, *, hold: bool = False) -> Outcome:
        plan = make_plan(wanted, self.state())
        return self.tool().apply(plan, lambda host: make_plan(wanted, host), hold=hold)

    def changes(self) -> PendingChange:
        return pending_change(lambda: self.runner, self.clock)


def wants(**changed: Any) -> MakePlan:
    return lambda host: make_plan(spec(**changed), host)


def apply(made: Rig, connect: Callable[[], Session], planned: MakePlan) -> tuple[str, int]:
    """Apply, and return the words and the exit status."""
    plan = planned(observe(Direct(made.nas)).host)
    tool = ConfirmedCommit(connect, made.clock, observe=observe, within=30)
    try:
        outcome = tool.apply(plan, planned, hold=False)
    except LaggToolError as error:
        return str(error), error.exit_status
    finally:
        tool.close()
    return outcome.state.name, 0
