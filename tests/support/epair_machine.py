"""A directory of this machine that acts as a host with epair(4): real sh, stand-in programs.

An interface is a file below ``net`` with the lines that ifconfig prints of it; ``where`` has
the jail that it is in. What programs were asked is in ``log``.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lagg_tool.command import Command

IFCONFIG = """#!/bin/sh
cd HERE/net || exit 1
tab='\t'
mine() { [ -f "$1" ] && [ "$(cat "../where/$1")" = "${JAIL:-}" ]; }
all() { for i in *; do if mine "$i"; then echo "$i"; fi; done; }
case $1 in
-l) echo $(all); exit ;;
-C) echo epair lagg vlan; exit ;;
-g) for i in $(all); do case $i in "$2"[0-9]*) echo "$i" ;; esac; done; exit ;;
lagg)
    i=lagg7
    [ -z "${JAIL:-}" ] || i=lagg8
    echo "${JAIL:-}" > "../where/$i"
    : > "$i"
    echo "$i"
    exit
    ;;
esac
name=$1
shift
if [ "$1" = create ]; then
    [ ! -f "${name}a" ] || { echo "exists" >&2; exit 1; }
    for end in a b; do
        echo > "../where/$name$end"
        echo "${tab}ether 02:00:00:00:0${name#epair}:0$end" > "$name$end"
    done
    [ "$2" != description ] || echo "${tab}description: $3" >> "${name}a"
    exit 0
fi
if [ "$1" = -vnet ]; then echo > "../where/$name"; echo "back $name $2" >> ../log; exit; fi
mine "$name" || { echo "interface $name does not exist" >&2; exit 1; }
[ $# -gt 0 ] || exec cat "$name"
echo "${JAIL:-host}: $name $*" >> ../log
case $1 in
vnet) echo "$2" > "../where/$name" ;;
destroy)
    rm "$name"
    case $name in epair*a) rm "${name%a}b" ;; esac
    ;;
ether) echo "${tab}ether $2" > "$name" ;;
laggproto)
    while [ $# -gt 0 ]; do
        [ "$1" != laggport ] || echo "${tab}laggport: $2 flags=5<MASTER,ACTIVE>" >> "$name"
        shift
    done
    ;;
esac
"""
JAIL = """#!/bin/sh
[ ! -f HERE/refuse ] || { echo "jail: refused" >&2; exit 1; }
case $1 in
-c) : > "HERE/jails/${2#name=}" ;;
-r)
    rm "HERE/jails/$2"
    for i in HERE/where/*; do
        [ "$(cat "$i")" = "$2" ] || continue
        case $i in */lagg*) rm -f "HERE/net/${i##*/}" ;; esac
        echo > "$i"
    done
    ;;
esac
"""
PROGRAMS = {
    "ifconfig": IFCONFIG,
    "jail": JAIL,
    "jexec": '#!/bin/sh\nJAIL=$1\nexport JAIL\nshift\nexec "$@"\n',
    "jls": "#!/bin/sh\nls HERE/jails\n",
    "sysctl": """#!/bin/sh
case $1 in
-e) echo "net.link.lagg.a=$(cat HERE/a)"; echo net.link.lagg.b=1 ;;
-n) echo 1 ;;
*) echo "${1#*=}" > HERE/a ;;
esac
""",
    "daemon": '#!/bin/sh\nshift\nsetsid "$@" </dev/null >/dev/null 2>&1 &\necho $! > HERE/guard\n',
    "id": "#!/bin/sh\necho 0\n",
    "ping": '#!/bin/sh\necho "$JAIL: ping $*" >> HERE/log\n',
    "arp": '#!/bin/sh\necho "$JAIL: arp $*" >> HERE/log\n',
    "tcpdump": '#!/bin/sh\necho "${JAIL:-host} $$ $*"\n',
    "netstat": "#!/bin/sh\n",
    "sleep": "#!/bin/sh\nexec /bin/sleep 0.05\n",  # all that waits here waits for programs
}


class EpairMachine:
    """A directory that acts as a host; an interface em0 is there."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.root = str(here / "run")
        for each in ("bin", "net", "where", "jails"):
            (here / each).mkdir()
        for name, text in PROGRAMS.items():
            self.install(name, text)
        (here / "a").write_text("0\n")
        (here / "log").write_text("")
        (here / "net" / "em0").write_text("")
        (here / "where" / "em0").write_text("\n")

    def install(self, name: str, text: str) -> None:
        path = self.here / "bin" / name
        path.write_text(text.replace("HERE", str(self.here)))
        path.chmod(0o755)

    def run(self, command: Command) -> subprocess.CompletedProcess[str]:
        """Run a script of the testbed. The guard's own PATH has the stand-ins first."""
        ours = f"PATH={self.here}/bin:"
        words = [word.replace("PATH=/sbin:", f"{ours}/sbin:") for word in command.argv]
        env = {"PATH": f"{self.here}/bin:{os.environ['PATH']}", "LC_ALL": "C"}
        return subprocess.run(
            words, capture_output=True, text=True, timeout=300, check=False, env=env
        )

    @property
    def log(self) -> list[str]:
        return (self.here / "log").read_text().splitlines()

    def there(self) -> dict[str, str]:
        """Return the jail of every interface."""
        names = sorted(each.name for each in (self.here / "net").iterdir())
        return {name: (self.here / "where" / name).read_text().strip() for name in names}

    def jails(self) -> list[str]:
        return sorted(each.name for each in (self.here / "jails").iterdir())

    def guard(self) -> int:
        return int((self.here / "guard").read_text())

    def wait_for_the_guard(self) -> None:
        """Wait until the guard has ended; tail(1) waits for a process that is not its own."""
        words = ["tail", f"--pid={self.guard()}", "-s", "0.05", "-f", "/dev/null"]
        subprocess.run(words, timeout=300, check=True)


@contextlib.contextmanager
def running(directory: Path) -> Iterator[EpairMachine]:
    """Give the machine, and end a guard that was left on it."""
    made = EpairMachine(directory)
    yield made
    (directory / "over").touch()
    if (directory / "guard").exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(made.guard(), signal.SIGKILL)
