"""Interface cloning (sys/net/if_clone.c): names, units, making and destroying."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.vnet import NAME_LENGTH, Vnet

MAX_UNIT = 0x7FFF  # IF_MAXUNIT
_INT_MAX = 0x7FFFFFFF

Parameters = Mapping[str, object]


class Cloner:
    """Makes the interfaces of one kind (struct if_clone)."""

    name: str

    def match(self, vnet: Vnet, name: str) -> bool:
        """Whether this cloner makes interfaces of that name: its own, and perhaps a number."""
        del vnet
        return re.fullmatch(rf"{self.name}\d*", name, re.ASCII) is not None

    def create(self, vnet: Vnet, name: str, parameters: Parameters) -> Interface:
        """Make the interface. Raises KernelError."""
        raise NotImplementedError

    def destroy(self, interface: Interface) -> None:
        """Unmake it. Raises KernelError."""
        interface.detach()
        interface.vnet.detach(interface)

    def made_together(self, interface: Interface) -> tuple[Interface, ...]:
        """Return the interfaces that come and go with one, itself included."""
        return (interface,)

    def unit_of(self, vnet: Vnet, name: str) -> int:
        """Return the unit that a name asks for, or the first free one. Raises KernelError."""
        digits = name[len(self.name) :]
        if not digits:
            return self.first_free(vnet)
        if (digits[0] == "0" and len(digits) > 1) or int(digits) > _INT_MAX:
            raise KernelError(Errno.EINVAL)
        unit = int(digits)
        if unit > MAX_UNIT:
            raise KernelError(Errno.ENOSPC)
        if self.taken(vnet, unit):
            raise KernelError(Errno.EEXIST)
        return unit

    def first_free(self, vnet: Vnet) -> int:
        """Return the lowest free unit. Raises KernelError (ENOSPC)."""
        for unit in range(MAX_UNIT + 1):
            if not self.taken(vnet, unit):
                return unit
        raise KernelError(Errno.ENOSPC)

    def taken(self, vnet: Vnet, unit: int) -> bool:
        """Whether the unit is in use: a clone has it (under any name), or its name is taken."""
        return vnet.find(f"{self.name}{unit}") is not None or any(
            interface.driver == self.name and interface.unit == unit for interface in vnet.clones
        )


class SimpleCloner(Cloner):
    """A cloner whose interfaces are NAME and a unit, made by a class (if_clone_simple)."""

    def __init__(self, name: str, make: Callable[[Services, str, int], Interface]) -> None:
        self.name = name
        self.make = make

    def create(self, vnet: Vnet, name: str, parameters: Parameters) -> Interface:
        """Make and attach the interface of a unit."""
        del parameters
        unit = self.unit_of(vnet, name)
        interface = self.make(vnet.kernel, f"{self.name}{unit}", unit)
        interface.groups = [self.name]
        vnet.attach(interface)
        interface.attached()
        return interface


class Cloners:
    """All cloners, in the order in which the kernel lists them (ifconfig -C)."""

    def __init__(self) -> None:
        self._cloners: list[Cloner] = []
        self._made: dict[Interface, tuple[Cloner, Vnet]] = {}

    def register(self, *cloners: Cloner) -> None:
        """Enter cloners."""
        self._cloners.extend(cloners)

    def create(self, vnet: Vnet, name: str, parameters: Parameters | None = None) -> Interface:
        """Make an interface of that name (SIOCIFCREATE2). Raises KernelError."""
        if len(name) >= NAME_LENGTH:
            raise KernelError(Errno.EINVAL)
        if vnet.find(name) is not None:
            raise KernelError(Errno.EEXIST)
        for cloner in self._cloners:
            if cloner.match(vnet, name):
                interface = cloner.create(vnet, name, parameters or {})
                for made in cloner.made_together(interface):
                    self._made[made] = (cloner, vnet)
                    vnet.clones.append(made)
                return interface
        raise KernelError(Errno.EINVAL)

    def destroy(self, interface: Interface) -> None:
        """Unmake a clone (SIOCIFDESTROY). Raises KernelError."""
        if interface not in self._made:
            raise KernelError(Errno.EINVAL)
        cloner, vnet = self._made[interface]
        cloner.destroy(interface)
        for gone in cloner.made_together(interface):
            del self._made[gone]
            vnet.clones.remove(gone)

    def made_in(self, interface: Interface) -> Vnet | None:
        """Return the stack that an interface was made in; None for one of the machine's."""
        made = self._made.get(interface)
        return made[1] if made else None
