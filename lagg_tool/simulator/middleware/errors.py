"""What a call to the middleware can end with, as midclt prints it."""

from __future__ import annotations

from dataclasses import dataclass

from lagg_tool.simulator.kernel.errno import KernelError


class MiddlewareError(Exception):
    """A call failed; the message goes to the client."""

    @property
    def exception(self) -> str:
        """The Python class that the product's traceback ends with."""
        return "middlewared.service_exception.CallError"


class CallError(MiddlewareError):
    """CallError of the product: a bare text with an errno's name before it."""

    def __init__(self, text: str, errno: str = "EFAULT") -> None:
        super().__init__(f"[{errno}] {text}")


class UncaughtError(MiddlewareError):
    """A Python exception that the product does not turn into a validation error (O-10)."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind

    @property
    def exception(self) -> str:
        """The class that was not caught."""
        return self.kind


@dataclass(frozen=True)
class FieldError:
    """One rule that one field breaks; ``field`` as in ``interface_create.lag_ports.0``."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"[EINVAL] {self.field}: {self.text}"


class RequestError(MiddlewareError):
    """All rules that a request breaks, found together."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


def os_error(error: KernelError) -> UncaughtError:
    """Return the error of a system call as Python words it: ``[Errno 22] Invalid argument``."""
    return UncaughtError("OSError", f"[Errno {int(error.errno)}] {error}")
