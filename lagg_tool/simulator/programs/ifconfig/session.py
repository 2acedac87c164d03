"""One run of ifconfig on one interface: its state, its errors, its system calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.media import Media
from lagg_tool.simulator.system.process import Process


class IfconfigError(Exception):
    """ifconfig gives up with a message (errx)."""


@contextmanager
def reporting(
    what: str, *, politely: bool = False, ignoring: Errno | None = None
) -> Iterator[None]:
    """Turn a failing system call into the message of err(3), or of ifconfig's own Perror.

    Raises IfconfigError.
    """
    try:
        yield
    except KernelError as error:
        if error.errno is ignoring:
            return
        text = _POLITE.get(error.errno, error.errno.text) if politely else error.errno.text
        raise IfconfigError(f"{what}: {text}") from error


_POLITE = MappingProxyType({Errno.ENXIO: "no such interface", Errno.EPERM: "permission denied"})


class Session:
    """What ifconfig.c keeps in global variables while it goes through the arguments."""

    def __init__(self, caller: Process, name: str, family: str) -> None:
        self.caller = caller
        self.kernel = caller.kernel
        self.vnet = caller.vnet
        self.name = name  # changes with create and name
        self.family = family  # inet, inet6 or link
        self.exit_status = 0
        self.media: Media | None = None  # what media and mediaopt have chosen so far
        self.print_name = False  # print the name at the end, since it is news
        self.callbacks: list[Callable[[], None]] = []  # deferred, the latest first
        self.clone_parameters: dict[str, object] = {}
        # Addresses are set when all arguments have been read.
        self.alias = 0  # 1 after alias, -1 after -alias or delete
        self.address_given = False
        self.mask_given = False
        self.clear_address = False
        self.new_address = True
        self.address: IPv4Address | IPv6Address | bytes | None = None
        self.prefix_length: int | None = None
        self.broadcast: IPv4Address | None = None
        self.removed: IPv4Address | IPv6Address | None = None  # None: the first there is

    @property
    def interface(self) -> Interface:
        """The interface. Raises KernelError when there is none of that name."""
        return self.vnet.get(self.name)

    def demand_privilege(self) -> None:
        """Refuse a user other than root (priv_check). Raises KernelError."""
        if self.caller.uid != 0:
            raise KernelError(Errno.EPERM)

    def warn(self, message: str) -> None:
        """Say something on standard error."""
        self.caller.err(f"ifconfig: {message}\n")

    async def finish_call(self) -> None:
        """Stay in the kernel as long as the last system call takes."""
        seconds = self.kernel.seconds_busy()
        if seconds > 0:
            await self.caller.sleep(seconds)
