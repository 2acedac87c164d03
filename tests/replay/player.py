"""Plays a recording's steps against a NAS and keeps what it answers.

The same player drives the embedded NAS on its virtual clock and a NAS in another process
in real time; a Stage is what differs between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .partner import Partner, is_lacpdu, is_marker
from .recording import Frame, Recording, Step

# Seconds until a booted host answers SSH, and what the boot began has ended.
SETTLED = 60.0


class Stage(Protocol):
    """A NAS with its cables and its clock (seconds since the session began)."""

    def now(self) -> float: ...
    def wait_till(self, at: float) -> None: ...
    def run(self, line: str) -> tuple[str, str, int]: ...
    def set_link(self, port: int, up: bool) -> None: ...
    def send(self, port: int, frame: bytes) -> None: ...
    def reboot(self) -> None: ...
    def append(self, path: str, text: str) -> None: ...
    def frames(self) -> list[Frame]: ...


@dataclass(frozen=True)
class Answer:
    """What the NAS answered to one ``run`` step."""

    step: Step
    stdout: str
    stderr: str
    rc: int


@dataclass(frozen=True)
class Performance:
    """All answers, and all frames in the order in which they were on the cables."""

    answers: tuple[Answer, ...]
    frames: tuple[Frame, ...]
    ended: float


class Partners:
    """The partners of a session; a stage gives each frame of the NAS to ``answer``."""

    def __init__(self) -> None:
        self._partners: list[Partner] = []
        self._last_actor: dict[int, bytes] = {}

    def add(self, step: Step) -> None:
        self._partners.append(Partner().told(step.value))

    def tell(self, step: Step) -> list[tuple[int, bytes]]:
        """Change a partner; return the PDUs that it sends now."""
        index = step.value.get("index", 0)
        partner = self._partners[index] = self._partners[index].told(step.value.get("set", {}))
        mirror = step.value.get("mirror", True)
        return [
            (port, partner.pdu(port, self._last_actor.get(port) if mirror else None))
            for port in step.value.get("pdu", ())
        ]

    def answer(self, port: int, frame: bytes) -> list[bytes]:
        """Return the answers of the partners at this port to a frame of the NAS."""
        if is_lacpdu(frame):
            self._last_actor[port] = frame[18:36]
        answers = (p.answer(port, frame) for p in self._partners if p.on(port))
        return [answer for answer in answers if answer is not None]


def injected(recording: Recording, index: int) -> list[Frame]:
    """Return the frames that an ``inject`` step sent: all but the partner's answers."""
    begin = recording.steps[index].at
    later = [step.at for step in recording.steps[index + 1 :]]
    end = min(later, default=float("inf"))
    has_partner = any(step.kind == "partner" for step in recording.steps)
    return [
        frame
        for frame in recording.frames
        if not frame.from_nas
        and begin <= frame.t < end
        and not (has_partner and (is_lacpdu(frame.data) or is_marker(frame.data, 2)))
    ]


def _act(recording: Recording, index: int, stage: Stage, partners: Partners) -> None:
    """Take a step that is no command."""
    step = recording.steps[index]
    if step.kind == "link":
        stage.set_link(step.value, step.up)
    elif step.kind == "wait":
        stage.wait_till(step.at + step.value)
    elif step.kind == "partner":
        partners.add(step)
    elif step.kind == "tell":
        for port, pdu in partners.tell(step):
            stage.send(port, pdu)
    elif step.kind == "inject":
        for frame in injected(recording, index):
            stage.wait_till(frame.t)
            stage.send(frame.port, frame.data)
    elif step.kind == "write":
        stage.append(step.value, step.append)


def play(recording: Recording, stage: Stage, partners: Partners) -> Performance:
    """Play all steps at their times."""
    answers = []
    for index, step in enumerate(recording.steps):
        stage.wait_till(step.at)
        if step.kind == "run":
            answers.append(Answer(step, *stage.run(step.value)))
        elif step.kind == "reboot":
            stage.reboot()
            if recording.untimed:
                stage.wait_till(stage.now() + SETTLED)
        else:
            _act(recording, index, stage, partners)
    last = max((frame.t for frame in recording.frames), default=0.0)
    stage.wait_till(last + 0.5)
    return Performance(tuple(answers), tuple(stage.frames()), stage.now())
