"""Drivers of the machine's own interfaces: vtnet(4), em(4), lo(4)."""

from __future__ import annotations

from collections import deque

from lagg_tool.clock import Timer
from lagg_tool.simulator.kernel import gateway
from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, Direction, Kind, LinkState
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.media import Media, MediaStatus, MediaType
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.release.capabilities import (
    HW_CHECKSUMS,
    HW_CHECKSUMS_IPV6,
    RX_CHECKSUMS,
    TSO,
    WOL,
    Cap,
)

# Seconds until vtnet's watchdog looks for frames that are done: at the fourth tick of a
# second, so 3 to 4, by its phase (recordings cmd-proto-failover, cmd-arp-route-ping).
VTNET_REAPED_AFTER = 3.1
VTNET_QUEUE = 4096  # frames that vtnet keeps while it has no carrier (if_vtnet.c, drbr)
EM_MAX_MTU = 0x3F00 - 18  # MAX_JUMBO_FRAME_SIZE less header and FCS (if_em.h)
# A system call that initialises an em takes this long (recordings cmd-mtu, cmd-offload).
EM_INIT_SECONDS = 1.22
EM_JUMBO_INIT_SECONDS = 1.3  # with larger receive buffers (recordings cmd-mtu)
EM_LINK_SECONDS = 0.26  # after its reset, until an emulated em's link is noticed
EM_SMALL_MTU = 2026  # what fits a cluster of 2 KiB

_AUTO = Media(MediaType.AUTO)
_EM_MEDIA = (
    _AUTO,
    Media(MediaType.T1000),
    Media(MediaType.T1000, full_duplex=True),
    Media(MediaType.TX100, full_duplex=True),
    Media(MediaType.TX100),
    Media(MediaType.T10, full_duplex=True),
    Media(MediaType.T10),
)
# What iflib lets be switched (IFCAP_FLAGS, sys/net/iflib.c).
_IFLIB_CAPABILITIES = (
    HW_CHECKSUMS
    | HW_CHECKSUMS_IPV6
    | TSO
    | WOL
    | Cap.LRO
    | Cap.VLAN_MTU
    | Cap.VLAN_HWTAGGING
    | Cap.VLAN_HWCSUM
    | Cap.VLAN_HWFILTER
    | Cap.VLAN_HWTSO
    | Cap.MEXTPG
)


class Nic(Interface):
    """A network card: an interface with a cable."""

    def __init__(
        self, kernel: Services, name: str, unit: int, lladdr: bytes, port: int | None
    ) -> None:
        super().__init__(kernel, name, unit, lladdr)
        self.port = port  # the number of the cable's other end; None: no cable
        self.carrier = True
        if self.has(Behaviour.KNOWS_EPOCH_FLAG):
            self.flags |= IFF.KNOWSEPOCH

    def set_carrier(self, *, up: bool) -> None:
        """Plug the cable in or pull it."""
        self.carrier = up

    def receive(self, frame: bytes) -> None:
        """Take a frame from the cable."""
        if not self.carrier or not self.running or not self.hears(frame):
            return
        counts_bytes = bool(self.enabled_capabilities & Cap.HWSTATS)
        self.count(ipackets=1, ibytes=len(frame) if counts_bytes else 0)
        self.input(frame)

    def hears(self, frame: bytes) -> bool:
        """Whether the card's address filter lets the frame in."""
        return (
            bool(int.from_bytes(frame[:1]) & 1)
            or frame[:6] == self.lladdr
            or bool(self.flags & IFF.PROMISC)
        )

    def send(self, frame: bytes) -> None:
        """Put a frame on the cable."""
        self.tap(frame, Direction.OUT)
        self.count_sent(frame)
        self._onto_cable(frame)

    def _onto_cable(self, frame: bytes) -> None:
        if self.port is not None:
            self.kernel.transmit(self.port, frame)
            return
        answer = gateway.answer(frame)
        if answer is not None:
            self.kernel.after(gateway.DELAY, lambda: self.receive(answer))


class Vtnet(Nic):
    """VirtIO network card (sys/dev/virtio/network/if_vtnet.c)."""

    driver = "vtnet"
    reaped_after = VTNET_REAPED_AFTER

    def __init__(
        self, kernel: Services, name: str, unit: int, lladdr: bytes, port: int | None
    ) -> None:
        super().__init__(kernel, name, unit, lladdr, port)
        self.link_state = LinkState.UP
        self._queue: deque[bytes] = deque()
        self._unreaped: bytes | None = None  # sent, and not known to be done
        self._watchdog: Timer | None = None

    def send(self, frame: bytes) -> None:
        """Put a frame on the cable; it is counted when it is found to be done.

        That is at the next frame, or when the watchdog looks (vtnet_txq_eof), so that the
        counter of frames sent lags behind.
        """
        self.tap(frame, Direction.OUT)
        self._reap()
        self._unreaped = frame
        self._watchdog = self.kernel.after(self.reaped_after, self._reap)
        self._onto_cable(frame)

    def _reap(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        if self._unreaped is not None:
            self.count_sent(self._unreaped)
        self._unreaped = self._watchdog = None

    def set_carrier(self, *, up: bool) -> None:
        """Follow the carrier at once; administrative down makes no event (B-20)."""
        super().set_carrier(up=up)
        self.change_link_state(LinkState.UP if up else LinkState.DOWN)
        if up:
            self._flush()

    def transmit(self, frame: bytes) -> None:
        """Send, or keep the frame until there is carrier (vtnet_txq_mq_start, B-25)."""
        if self.carrier and self.running:
            self.send(frame)
        elif len(self._queue) < VTNET_QUEUE:
            self._queue.append(frame)
        else:
            self.count(oqdrops=1)
            raise KernelError(Errno.ENOBUFS)

    def flags_changed(self) -> None:
        """Start, or stop and forget what was queued (vtnet_stop, vtnet_qflush)."""
        was_running = self.running
        super().flags_changed()
        if was_running and not self.running:
            self._queue.clear()

    def media_status(self) -> MediaStatus:
        """Answer as vtnet_ifmedia_sts does."""
        active = Media(MediaType.T10G, full_duplex=True) if self.carrier else Media(MediaType.NONE)
        return MediaStatus(_AUTO, active, self.carrier, (_AUTO,))

    def _flush(self) -> None:
        while self._queue and self.running:
            self.send(self._queue.popleft())


class Em(Nic):
    """Intel gigabit card under iflib(9) (sys/dev/e1000/if_em.c, sys/net/iflib.c)."""

    driver = "em"
    flags = Nic.flags | IFF.OACTIVE

    def __init__(
        self, kernel: Services, name: str, unit: int, lladdr: bytes, port: int | None
    ) -> None:
        super().__init__(kernel, name, unit, lladdr, port)
        self.link_state = LinkState.UP
        self._ready = 0.0  # when the last initialisation is over
        self._notice: Timer | None = None

    def set_carrier(self, *, up: bool) -> None:
        """Follow the carrier at once."""
        super().set_carrier(up=up)
        self._look()

    def receive(self, frame: bytes) -> None:
        """Take a frame, unless the card is being initialised."""
        if self.kernel.clock.now() >= self._ready:
            self._look()
            super().receive(frame)

    @property
    def takes_frames(self) -> bool:
        """Whether it is running and has a link."""
        return self.running and self.link_state is LinkState.UP

    def transmit(self, frame: bytes) -> None:
        """Send, or say that the link is down (iflib_if_transmit)."""
        if not self.takes_frames:
            raise KernelError(Errno.ENETDOWN)
        self.send(frame)

    def flags_changed(self) -> None:
        """Initialise when brought up; set OACTIVE when stopped (iflib_stop)."""
        if self.up and not self.running:
            self.initialise()
            self.flags = self.flags & ~IFF.OACTIVE | IFF.RUNNING
        elif not self.up and self.running:
            self.flags = self.flags & ~IFF.RUNNING | IFF.OACTIVE

    def change_mtu(self, mtu: int) -> None:
        """Initialise again with the MTU, even when down (iflib's SIOCSIFMTU)."""
        if mtu == self.mtu:
            return
        if mtu <= EM_MAX_MTU:
            self.mtu = mtu
        self.initialise()
        if self.mtu != mtu:
            raise KernelError(Errno.EINVAL)

    def change_capabilities(self, wanted: Cap) -> None:
        """Toggle what iflib toggles; initialise again unless only wake-on-LAN changes."""
        toggle = (wanted ^ self.enabled_capabilities) & self.capabilities & _IFLIB_CAPABILITIES
        if toggle & RX_CHECKSUMS:
            toggle |= self.capabilities & RX_CHECKSUMS
        self.enabled_capabilities ^= toggle
        if toggle & ~WOL and self.running:
            self.initialise()

    def initialise(self) -> None:
        """Reset the card: its link is lost, and found again a moment after the end.

        Within the same system call the link is seen lost; the message comes when the
        call is over. Several resets in one call pass for one on releases that do not look
        at the link in between (recordings cmd-mtu of both).
        """
        previous, self._ready = (
            self._ready,
            self.kernel.busy(
                EM_INIT_SECONDS if self.mtu <= EM_SMALL_MTU else EM_JUMBO_INIT_SECONDS
            ),
        )
        if self._notice is not None and self._notice.pending:
            self._notice.cancel()
            if self.has(Behaviour.EM_LINK_BETWEEN_RESETS):
                self._log_at(previous + EM_LINK_SECONDS, LinkState.UP)
                self._log_at(self._ready, LinkState.DOWN)
        elif self.link_state is LinkState.UP:
            self._log_at(self._ready, LinkState.DOWN)
        self.change_link_state(LinkState.DOWN, log=False)
        self._notice = self.kernel.at(self._ready + EM_LINK_SECONDS, self._find_link)

    def _log_at(self, when: float, state: LinkState) -> None:
        self.kernel.at(when, lambda: self.log_link_state(state))

    def _find_link(self) -> None:
        self.change_link_state(LinkState.UP if self.carrier else LinkState.DOWN)

    def media_status(self) -> MediaStatus:
        """Answer as em_if_media_status does, which looks at the link itself."""
        self._look()
        up = self.link_state is LinkState.UP
        negotiated = Media(MediaType.T1000, full_duplex=True)
        chosen = self.chosen_media
        active = (negotiated if chosen == _AUTO else chosen) if up else _AUTO
        return MediaStatus(chosen, active, up, _EM_MEDIA)

    def _look(self) -> None:
        """Find out about the link (em_if_update_admin_status), unless just being reset."""
        if self.kernel.clock.now() >= self._ready:
            self._find_link()


class Loopback(Interface):
    """lo(4), sys/net/if_loop.c."""

    driver = "lo"
    kind = Kind.LOOP
    flags = IFF.LOOPBACK | IFF.MULTICAST

    def __init__(self, kernel: Services, name: str, unit: int) -> None:
        super().__init__(kernel, name, unit)
        self.mtu = 16384
        self.groups = ["lo"]
        self.link_state = LinkState.UP if self.has(Behaviour.LOWER_UP_FLAG) else LinkState.UNKNOWN

    def flags_changed(self) -> None:
        """Run from the first time that it is brought up (loioctl)."""
        if self.up:
            self.flags |= IFF.RUNNING
