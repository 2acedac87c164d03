"""What can go wrong, split by whose fault it is.

::

    LaggToolError
      UsageError             the caller's: wrong words, wrong file; nothing was touched   exit 2
        SpecError            a LAGG that breaks a rule, with field, value, rule, remedy
        DocumentError        article.toml or a feature file, with file and line
        RefusedError         what was asked is never done, or not without an explicit option
      TargetError            the way to the NAS                                           exit 3
        UnreachableError     no TCP connection, no SSH banner
        HostKeyError         unknown or changed host key
        LoginError           the NAS refused the login, or runs no command for it
        DisconnectedError    the connection was lost; what it was doing may have happened
        DeadlineError        no answer in time; what it was doing may still happen
      HostError              the NAS answered, and not as it should                       exit 1
        CommandError         a command failed that must not fail
        UnreadableError      an answer that cannot be understood
      RevertedError          a change was undone                                          exit 4
      UnsettledError         neither the new nor the old configuration, as a whole        exit 5
        OutcomeUnknownError  it is not known yet whether a change holds
        PersistFailedError   the new one at runtime, the old one in rc.conf

The exit status is a property of the class, so that the command line never has to guess.
"""

from __future__ import annotations

TYPE_CHECKING = False  # that of typing costs as much time as to print help
if TYPE_CHECKING:
    from typing import Any, ClassVar

INTERRUPTED = 130  # the exit status after Ctrl-C, which is no error
_SHOWN = 200  # characters of a wrong value


class LaggToolError(Exception):
    """The root of all errors that a user may see as a message instead of a traceback."""

    exit_status: ClassVar[int] = 1


class UsageError(LaggToolError):
    """The caller's words, options or files are wrong; nothing was touched."""

    exit_status = 2


class SpecError(UsageError):
    """A LAGG specification breaks a rule.

    The message names the field, its value if it has one, the rule and a way out, in this order.
    """

    def __init__(self, field: str, value: object, rule: str, remedy: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        given = "" if value is None else f" = {shown}"
        super().__init__(f"{field}{given}: {rule}; {remedy}")
        self.field = field


class DocumentError(UsageError):
    """A claims file, a feature file or an article cannot be read; names file and line."""

    def __init__(self, path: str, line: int | None, message: str) -> None:
        where = path if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {message}")
        self.path = path
        self.line = line


class RefusedError(UsageError):
    """What was asked would be dangerous, and was not begun."""


class TargetError(LaggToolError):
    """The way to the NAS: the network, the host key, the login."""

    exit_status = 3


class UnreachableError(TargetError):
    """Nothing answers there, or what answers does not speak SSH."""


class HostKeyError(TargetError):
    """The host key is unknown or is another one than expected; no login was attempted."""


class LoginError(TargetError):
    """The NAS refused the login, or its login shell runs no command."""


class DisconnectedError(TargetError):
    """The connection was lost; what it was doing may have happened."""


class DeadlineError(TargetError):
    """No answer within the deadline; what was asked may still be going on at the NAS."""


class HostError(LaggToolError):
    """The NAS answered, and not as it should."""


class CommandError(HostError):
    """A command failed that must not fail; says its exit status and error text."""

    def __init__(self, command: str, status: int, stderr: str) -> None:
        said = stderr.strip() or "it said nothing"
        super().__init__(f"{command}: exit status {status}: {said}")


class UnreadableError(HostError):
    """The NAS's answer cannot be understood."""


class RevertedError(LaggToolError):
    """A change was undone, and the configuration is the old one."""

    exit_status = 4


class UnsettledError(LaggToolError):
    """A change is neither kept nor undone as a whole; the message says what to do next."""

    exit_status = 5


class OutcomeUnknownError(UnsettledError):
    """It is not known yet whether a change holds; the message says when it is safe to look."""


class PersistFailedError(UnsettledError):
    """The new configuration holds until a reboot: rc.conf still has the old one."""


def why_unread(error: Exception) -> str:
    """Return why a file was not read, without the number and the name that an OSError prints."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def why_no_json(error: Any) -> str:
    """Return why a text could not be read as the JSON that was expected, and where."""
    if hasattr(error, "colno"):  # json.JSONDecodeError, which is not loaded for this
        return f"it is not JSON from line {error.lineno}, column {error.colno} on"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    if isinstance(error, TypeError | AttributeError):
        return "a list or an object is missing in it"
    if "digits" in str(error):  # Python converts no number of more than 4300
        return "it has a number that is too long"
    return "a value in it is not what it should be"
