"""The classes that a kernel is made of; a fault puts its own in place of one."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


class Parts:
    """Which class to use for a part: the model's own, or one with faults.

    A broken part is a subclass that overrides what it breaks. It replaces its base class,
    and adds itself to the subclasses of that. Several in the same class add up.
    """

    def __init__(self) -> None:
        self.broken: list[type] = []

    def replace(self, broken: type) -> None:
        """Use a broken class in place of its base."""
        self.broken.append(broken)

    def of(self, part: type[T]) -> type[T]:
        """Return the class to use for a part."""
        chosen = part
        for broken in self.broken:
            if issubclass(part, broken.__bases__[0]):
                chosen = combined(chosen, broken)
        return chosen


def combined(original: type[T], broken: type) -> type[T]:
    """Return ``original`` with what ``broken``, a subclass of it or of a base, overrides."""
    if issubclass(broken, original):
        return broken
    return type(broken.__name__, (broken, original), {})
