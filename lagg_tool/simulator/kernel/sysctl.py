"""The sysctl tree (kern/kern_sysctl.c) as far as a network host needs it.

With VIMAGE a variable of the network stack exists once per stack. Its node must say so
(CTLFLAG_VNET); one that does not reads and writes the master copy instead, which only
stacks made later start from. lagg(4)'s default_* nodes of 13.2 are such (claim B-04).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass

Value = int | str


class Scope(enum.Enum):
    """Which copy of a variable a node reads and writes."""

    KERNEL = "kernel"  # the one there is
    VNET = "vnet"  # the one of the caller's network stack
    MASTER = "master"  # a network stack's variable without CTLFLAG_VNET


@dataclass(frozen=True)
class Node:
    """One leaf of the tree; ``compute`` replaces the stored value where it is not a variable."""

    name: str
    description: str
    default: Value
    scope: Scope = Scope.KERNEL
    writable: bool = True
    compute: Callable[[], Value] | None = None

    @property
    def is_vnet_variable(self) -> bool:
        """Whether each network stack has its own copy."""
        return self.scope is not Scope.KERNEL


class SysctlTree:
    """All nodes in the order in which a walk shows them, and the values outside vnets."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._master: dict[str, Value] = {}

    def add(self, *nodes: Node) -> None:
        """Enter nodes; their order is the order of a walk."""
        for node in nodes:
            self._nodes[node.name] = node
            self._master[node.name] = node.default

    def values_for_new_vnet(self) -> dict[str, Value]:
        """Return the variables that a new network stack starts with."""
        return {n.name: self._master[n.name] for n in self._nodes.values() if n.is_vnet_variable}

    def node(self, name: str) -> Node | None:
        """Return the leaf of this name."""
        return self._nodes.get(name)

    def is_branch(self, name: str) -> bool:
        """Whether there are leaves below this name."""
        return any(known.startswith(name + ".") for known in self._nodes)

    def below(self, name: str = "") -> Iterator[Node]:
        """Go through the leaves below a branch, all of them for the empty name."""
        prefix = name + "." if name else ""
        for known, node in self._nodes.items():
            if known.startswith(prefix):
                yield node

    def read(self, node: Node, vnet: MutableMapping[str, Value]) -> Value:
        """Return a leaf's value for a caller in the network stack with these variables."""
        if node.compute is not None:
            return node.compute()
        return self._values(node, vnet)[node.name]

    def write(self, node: Node, vnet: MutableMapping[str, Value], value: Value) -> None:
        """Set a leaf; whether it may be written is the caller's to check."""
        self._values(node, vnet)[node.name] = value

    def get(self, name: str) -> Value:
        """Return a kernel-wide variable, for the kernel's own use. Raises KeyError."""
        node = self._nodes[name]
        return self._master[name] if node.compute is None else node.compute()

    def _values(self, node: Node, vnet: MutableMapping[str, Value]) -> MutableMapping[str, Value]:
        return vnet if node.scope is Scope.VNET else self._master
