"""ssh_config(5): what an alias means, and through which servers a host is reached.

OpenSSH's own files are read by paramiko, which knows Host and Match. What this tool takes from
them: HostName, HostKeyAlias, User, Port, IdentityFile, IdentitiesOnly, UserKnownHostsFile and
ProxyJump. Host keys are checked as strictly as without the file.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko

from lagg_tool.errors import UsageError, why_unread
from lagg_tool.ssh.address import FORM, SSH_PORT, Address, Written, read_url
from lagg_tool.user import expanded, home, name_user
from lagg_tool.whole_file import read_whole

_SYSTEM = Path("/etc/ssh/ssh_config")
FILES = (Path("~/.ssh/config"), _SYSTEM)
NONE = Path("none")  # as in ssh -F none
VARIABLE = "LAGG_TOOL_SSH_CONFIG"  # the file where no option names one; simulate sets it
_WITHOUT = "--ssh-config none ignores the file"
_MOST_JUMPS = 8
_DEEPEST_INCLUDE = 16  # as OpenSSH's readconf.c
_INCLUDE = re.compile(r"\s*include(?:\s*=\s*|\s+)(\S.*)", re.IGNORECASE)
_MATCH = re.compile(r"\s*match(?:\s*=\s*|\s+)(\S.*)", re.IGNORECASE)
# The conditions of Match that paramiko knows, and those of them that take no argument.
_CONDITIONS = frozenset(
    ["all", "canonical", "exec", "final", "host", "localuser", "originalhost", "user"]
)
_ALONE = frozenset(["all", "canonical", "final"])


@dataclass(frozen=True)
class Route:
    """A host, the keys that a file names for it, and the hosts on the way, nearest first."""

    address: Address
    identities: tuple[Path, ...] = ()
    identities_only: bool = False
    known_hosts: tuple[Path, ...] = ()
    jumps: tuple[Route, ...] = ()


class _Config(paramiko.SSHConfig):
    """OpenSSH's files; a name that HostName replaces is not looked for in CanonicalDomains."""

    def canonicalize(
        self, hostname: str, options: paramiko.SSHConfigDict, domains: Iterable[str]
    ) -> str:
        named = str(options.get("hostname", hostname)).replace("%h", hostname)
        return named if named != hostname else super().canonicalize(hostname, options, domains)


def find_route(url: str, file: Path | None = None) -> Route:
    """Read ``ssh://[user@]host[:port]`` with the user's ssh_config, or with ``file`` alone.

    What the URL says comes first. Raises UsageError.
    """
    if file is None and os.environ.get(VARIABLE):
        file = Path(os.environ[VARIABLE])
    name_user()
    config = _read_files(FILES if file is None else () if file == NONE else (file,), file)
    return _resolve(read_url(url), config.lookup, url)


def _resolve(
    written: Written, lookup: Callable[[str], paramiko.SSHConfigDict], where: str, depth: int = 0
) -> Route:
    try:
        found = lookup(written.host)
    except (paramiko.CouldNotCanonicalize, KeyError) as error:
        raise UsageError(
            f"ssh_config, for {written.host}: CanonicalizeHostname finds it in none of the"
            f" CanonicalDomains; write its whole name, or {_WITHOUT}"
        ) from error
    except (paramiko.SSHException, ImportError, OSError, ValueError) as error:
        raise UsageError(f"ssh_config, for {written.host}: {error}; {_WITHOUT}") from error
    user = written.user or found.get("user", "")
    if not user:
        raise UsageError(
            f"{where!r} names no user, and ssh_config has none for {written.host}; {FORM}, such as "
            "ssh://root@nas"
        )
    port = written.port or _port(found.get("port", str(SSH_PORT)))
    if port is None:
        raise UsageError(
            f"ssh_config, for {written.host}: Port {found['port']} is not a number from 1 to 65535;"
            f" {_WITHOUT}"
        )
    if found.get("proxycommand", "none") != "none" and "proxyjump" not in found:
        raise UsageError(
            f"ssh_config, for {written.host}: ProxyCommand is not supported; write ProxyJump and "
            f"the host on the way, or {_WITHOUT}"
        )
    jumps = [] if depth else list(_jumps(found.get("proxyjump", "none"), lookup))
    return Route(
        Address(user, found.get("hostname", written.host), port, found.get("hostkeyalias", "")),
        tuple(Path(name) for name in found.get("identityfile", ()) if name != "none"),
        found.get("identitiesonly", "no") == "yes",
        _files(found.get("userknownhostsfile", "none")),
        tuple(jumps),
    )


def _port(text: str) -> int | None:
    good = text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 1 << 16
    return int(text) if good else None


def _files(words: str) -> tuple[Path, ...]:
    """Return the files of a list such as that of UserKnownHostsFile."""
    try:
        return tuple(Path(word) for word in shlex.split(words) if word != "none")
    except ValueError:  # a quotation mark that is not closed
        return ()


def _jumps(words: str, lookup: Callable[[str], paramiko.SSHConfigDict]) -> Iterator[Route]:
    """Resolve each host of a ProxyJump; those that they name themselves are not followed."""
    if words == "none":
        return
    hosts = [word.strip() for word in words.split(",")]
    if not all(hosts):
        raise UsageError(
            f"ssh_config: ProxyJump {words}: there is no host before or after a comma; write one,"
            " or leave the comma out"
        )
    if len(hosts) > _MOST_JUMPS:
        raise UsageError(
            f"ssh_config: ProxyJump {words}: at most {_MOST_JUMPS} hosts; leave some out"
        )
    for host in hosts:
        url = host if host.startswith("ssh://") else f"ssh://{host}"
        yield _resolve(read_url(url), lookup, f"ProxyJump {host}", 1)


def _read_files(files: tuple[Path, ...], named: Path | None) -> paramiko.SSHConfig:
    config = _Config()
    for file in files:
        try:
            folder = _SYSTEM.parent if file == _SYSTEM else home() / ".ssh"
            lines = list(_lines(expanded(file), folder, 0))
            if any("\0" in line for line in lines):
                raise UsageError(f"{file}: it has a NUL character; {_WITHOUT}")
        except ValueError as error:  # a quotation mark that is not closed, a pattern such as **x
            raise UsageError(f"{file}: Include: {error}; {_WITHOUT}") from error
        except OSError as error:
            if file == named:
                raise UsageError(
                    f"--ssh-config {file}: {why_unread(error)}; name a file that can be read, or"
                    " none"
                ) from error
            continue
        try:
            config.parse(iter(lines))
        except (paramiko.SSHException, ValueError) as error:
            raise UsageError(f"{file}: {error}; {_WITHOUT}") from error
    return config


def _lines(file: Path, folder: Path, depth: int) -> Iterator[str]:
    """Yield a file's lines, with those of the files that it includes in their place.

    Relative names are below ``folder`` (ssh_config(5), Include).
    """
    for line in read_whole(file).decode("utf-8", "surrogateescape").splitlines(True):
        include = _INCLUDE.match(line)
        if include is None:
            yield _known_match(line)
        elif depth < _DEEPEST_INCLUDE:
            for pattern in shlex.split(include[1], comments=True):
                whole = folder / expanded(Path(pattern))
                for name in sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor)))):
                    yield from _lines(name, folder, depth + 1)
                    yield "\n"


def _known_match(line: str) -> str:
    """Return a line with the conditions of a Match written as paramiko takes them.

    A comment behind them, and "=" before an argument, are taken as ssh does (readconf.c).
    One that it does not know, such as ``tagged``, counts for every host there; now for none.
    """
    found = _MATCH.match(line)
    try:
        words = shlex.split(found[1]) if found else []
    except ValueError:  # a quotation mark that is not closed: paramiko says it
        return line
    at = 0
    while at < len(words):
        if words[at].startswith("#"):
            del words[at:]
            break
        name, equals, value = words[at].partition("=")
        words[at : at + 1] = [name.lower(), *[value] * bool(equals)]
        if words[at + 1 : at + 2] == ["="]:
            del words[at + 1]
        condition = words[at].removeprefix("!")
        if condition not in _CONDITIONS:
            return "Match host !*\n"
        at += 1 if condition in _ALONE else 2
    return f"Match {shlex.join(words)}\n" if words else line
