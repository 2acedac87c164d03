"""LACP with partners at its ports, run from deadline to deadline."""

from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lacp.model import Effect, Link, Send
from lagg_tool.wire import slow
from lagg_tool.wire.slow import NOBODY, Info, Lacpdu, Marker, MarkerKind, State

LAGG_INDEX = 9
SYSTEM = bytes.fromhex("525400aa0001")
PARTNER = bytes.fromhex("0200000000fe")
UP, DOWN = Link(up=True), Link(up=False)
FULL = State.ACTIVITY | State.AGGREGATION | State.SYNC | State.COLLECTING | State.DISTRIBUTING


class Partner:
    """What stands at the other end of one port and answers each LACPDU."""

    def __init__(self, state: State = FULL, *, markers: bool = True) -> None:
        self.info = Info(0x8000, PARTNER, 7, 0x8000, 1, state)
        self.answers, self.markers, self.mirror = True, markers, True

    def answer(self, frame: bytes) -> bytes | None:
        if (marker := Marker.parse(frame)) is not None:
            wanted = self.markers and marker.kind is MarkerKind.INFORMATION
            return slow.marker_response(frame, PARTNER) if wanted else None
        pdu = Lacpdu.parse(frame)
        if pdu is None or not self.answers:
            return None
        view = pdu.actor if self.mirror else NOBODY
        return Lacpdu(self.info, view).encode(PARTNER)


class Lag:
    """A machine with partners, run from deadline to deadline."""

    def __init__(self, ports: int = 2, *, strict: bool = True) -> None:
        self.machine = LacpInstance(LAGG_INDEX, strict=strict)
        self.partners = {number: Partner() for number in range(1, ports + 1)}
        for number, partner in self.partners.items():
            partner.info = partner.info._replace(port=number)
        self.now = 0.0
        self.sent: list[tuple[float, int, bytes]] = []
        self.effects: list[Effect] = []

    def begin(self) -> None:
        for number in self.partners:
            self.add(number, UP)
        self.machine.start(self.now)

    def add(self, number: int, link: Link) -> None:
        self.apply(
            self.machine.add_port(
                number,
                name=f"vtnet{number}",
                unit=number,
                source=SYSTEM[:5] + bytes((number,)),
                system=SYSTEM,
                link=link,
                now=self.now,
            )
        )

    def link(self, number: int, link: Link) -> None:
        self.apply(self.machine.link_changed(number, link, self.now))

    def apply(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Send):
                self.sent.append((self.now, effect.port, effect.frame))
                answer = self.partners[effect.port].answer(effect.frame)
                known = [port.number for port in self.machine.system.ports]
                if answer is not None and effect.port in known:
                    self.apply(self.machine.receive(effect.port, answer, self.now))

    def tell(self, number: int, **changes: object) -> None:
        partner = self.partners[number]
        partner.info = partner.info._replace(**changes)  # type: ignore[arg-type]
        frame = Lacpdu(partner.info, self.machine.port(number).actor).encode(PARTNER)
        self.apply(self.machine.receive(number, frame, self.now))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.machine.next_deadline()) is not None and due <= end:
            self.now = due
            self.apply(self.machine.tick(due))
        self.now = end

    def state(self, number: int) -> State:
        return self.machine.port(number).state

    def pdus(self, number: int) -> list[tuple[float, Lacpdu]]:
        return [
            (at, pdu)
            for at, port, frame in self.sent
            if port == number and (pdu := Lacpdu.parse(frame)) is not None
        ]
