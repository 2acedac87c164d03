"""The contract of a NAS: what each kind of it offers to the verbs.

``opening.open_nas`` finds out the kind, once; from there on nothing asks for the product.
"""

from __future__ import annotations

import abc
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from lagg_tool.clock import Clock
from lagg_tool.command import Runner
from lagg_tool.errors import RefusedError, UsageError
from lagg_tool.evidence import TargetResult
from lagg_tool.lagg import LaggSpec
from lagg_tool.nas.states import ChangeState

if TYPE_CHECKING:  # a NAS that nobody diagnoses needs no codecs
    from lagg_tool.lagg.diagnosis import Finding
    from lagg_tool.lagg.watching import Moment, Outage, Watch

# Returns the command that a message names, from a verb and a token.
FollowUpCommand = Callable[[str, str], str]


def plain_command(verb: str, token: str) -> str:
    """Return a follow-up command without the options of a target."""
    return f"lagg-tool {verb} {token}".rstrip()


class Session(Runner, Protocol):
    """A connection to the NAS that can be closed."""

    def close(self) -> None:
        """End the connection."""
        ...


class Access(Protocol):
    """The part of a target that a NAS needs."""

    @property
    def connect(self) -> Callable[[], Session]:
        """Make one more connection, which the caller closes."""
        ...

    @property
    def connection(self) -> Runner:
        """The connection that is there already."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock that the NAS's time passes on."""
        ...

    @property
    def result(self) -> TargetResult:
        """The facts by which the kind of NAS is recognised."""
        ...


@dataclass(frozen=True)
class Request:
    """A LAGG to configure as ``spec`` says, or to remove if there is none.

    ``others`` are to be configured with it, in one change.
    """

    name: str
    spec: LaggSpec | None = None
    others: tuple[LaggSpec, ...] = ()


class State(Protocol):
    """A NAS at one moment, from one round trip."""

    @property
    def text(self) -> str:
        """The state for people; several lines, the last one not ended."""
        ...

    @property
    def data(self) -> dict[str, Any]:
        """The state for programs, as JSON takes it."""
        ...


@dataclass(frozen=True)
class Plan(abc.ABC):
    """The way from an observed state to what a request wants.

    ``findings`` forbid it; ``management`` does so unless it is allowed, since it concerns
    the interface that carries the session; ``obstacles`` keep this session from applying it.
    ``notes`` say what is unusual, ``doubts`` what may fail and cannot be known before.
    """

    name: str
    _: KW_ONLY
    spec: LaggSpec | None = None
    others: tuple[LaggSpec, ...] = ()
    findings: tuple[str, ...] = ()
    management: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def request(self) -> Request:
        """The request that this is the plan of."""
        return Request(self.name, self.spec, self.others)

    @property
    @abc.abstractmethod
    def empty(self) -> bool:
        """Whether there is nothing to do."""

    @property
    @abc.abstractmethod
    def summary(self) -> str:
        """The plan in a few words, such as "create"."""

    @property
    @abc.abstractmethod
    def lines(self) -> list[str]:
        """The changes for people, a line each."""

    @property
    @abc.abstractmethod
    def data(self) -> dict[str, Any]:
        """The changes for programs; the key ``changes`` is always there."""

    @abc.abstractmethod
    def at_runtime_only(self) -> Self:
        """Return the plan without what persists. Raises RefusedError if that cannot be."""


def refuse_unless_allowed(plan: Plan, *, allow_management: bool) -> None:
    """Raise RefusedError with every reason against the plan, before anything is touched."""
    reasons = [*plan.findings, *plan.obstacles]
    if not allow_management:
        reasons += [f"{each}; --allow-management would allow it" for each in plan.management]
    if reasons:
        listed = "".join(f"\n  {reason}" for reason in reasons)
        raise RefusedError(f"{plan.name}: nothing was touched:{listed}")


def refuse_too_short(within: float, needed: float) -> None:
    """Raise UsageError if a change would be reverted only because the NAS is slow."""
    if within < needed:
        raise UsageError(
            f"--confirm-within {within:.0f}s is too short for this NAS, by the time that it took"
            f" to answer: it would revert the change before it can be confirmed; write"
            f" --confirm-within {5 * math.ceil(needed / 5)}s or more; nothing was touched"
        )


def read_user(text: str) -> str:
    """Return the name and number of the user of ``id``: "freebsd (uid 1001)"."""
    found = re.match(r"uid=(\d+)\(([^)]*)\)", text)
    return f"{found[2]} (uid {found[1]})" if found else "an unknown user"


def needs_root(user: str) -> str:
    """Return the reason why another user than root cannot go on, and the way out."""
    return (
        f"this needs root on the host, and the session is that of {user}: name root in the"
        " target, as in ssh://root@HOST, with a key that sshd there takes for root"
        " (PermitRootLogin prohibit-password)"
    )


@dataclass(frozen=True)
class ApplyOptions:
    """How to apply a plan: seconds until the NAS reverts what is not confirmed, and more.

    ``hold`` leaves the confirmation to a later session.
    """

    within: float = 60.0
    hold: bool = False
    allow_management: bool = False


@dataclass(frozen=True)
class Outcome:
    """The end of a change; ``left`` are the seconds that an unconfirmed one still has."""

    state: ChangeState
    token: str
    left: float = 0.0


@dataclass(frozen=True)
class Change:
    """A change that this tool made: its token, its LAGG, and who made it."""

    token: str
    name: str
    who: str


@dataclass(frozen=True)
class Pending:
    """The change that waits for its confirmation, if there is one.

    ``foreign`` changes were made by other means than this tool. ``guarded`` changes revert
    after ``left`` seconds. ``last`` is the last confirmed change, where the NAS knows it.
    ``hidden_from`` names the user that may not see whether there is a change.
    """

    change: Change | None = None
    foreign: bool = False
    guarded: bool = False
    left: float | None = None
    last: Change | None = None
    hidden_from: str = ""


S = TypeVar("S", bound=State)
P = TypeVar("P", bound=Plan)


class Nas(Protocol[S, P]):
    """One NAS. It is looked at in one round trip, and changed with a guard on it."""

    def observe(self) -> S:
        """Look at the NAS. Raises HostError and TargetError."""
        ...

    def plan(self, request: Request, state: S) -> P:
        """Return the way there from the observed state. Raises RefusedError and HostError."""
        ...

    def apply(self, plan: P, options: ApplyOptions) -> Outcome:
        """Make the change, look at it over a fresh connection, and confirm it.

        Raises RefusedError, HostError or TargetError (nothing was touched), RevertedError,
        PersistFailedError, OutcomeUnknownError.
        """
        ...

    def pending(self) -> Pending:
        """Look for a change that waits to be confirmed. Raises HostError and TargetError."""
        ...

    def confirm(self, token: str = "") -> Outcome:
        """Keep a change, by default the pending one. Raises as ``apply`` does."""
        ...

    def rollback(self, token: str = "") -> Outcome:
        """Undo a change, by default the pending one or else the last one.

        Raises as ``apply`` does.
        """
        ...

    def diagnose(self, name: str, listen: int) -> tuple[Finding, ...]:
        """Return why a LAGG does not carry traffic, after ``listen`` seconds at its ports.

        Raises UsageError if it is no LAGG, CommandError if the NAS cannot listen, TargetError.
        """
        ...

    def watch(self, name: str) -> Watch[Any]:
        """Return what follows a LAGG through the looks at it."""
        ...

    def looks(self, every: float, seconds: float) -> Iterator[Moment | Outage]:
        """Yield what the host shows every so many seconds, each in one round trip.

        A NAS that has answered once and is lost is asked over new connections. Raises
        CommandError and TargetError.
        """
        ...
