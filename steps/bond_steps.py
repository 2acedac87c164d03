"""Steps that set up bonds of the Linux kernel, and change them."""

from pytest_bdd import given, parsers, then, when

from lagg_tool.command import Completed, change
from steps.world import NAS_ADDRESS, World
from steps.world.configurations import configuration

# Interfaces made of nothing, as ports: one process for all.
_TAKES = (
    'i=0; while [ $i -lt "$2" ]; do echo "link add dummy$i type dummy"; '
    'echo "link set dummy$i master $1"; i=$((i+1)); done | ip -batch -'
)
_GIVES_UP = (
    'i=0; while [ $i -lt "$1" ]; do echo "link del dummy$i"; i=$((i+1)); done | ip -force -batch -'
)

_BOND = parsers.re(
    r"a bond (?P<name>\w+) with (?P<options>mode [^\s,]+(, \w+ [^\s,]+)*) "
    r"on (?P<ports>ports? [\d, and]+)"
)
_RELEASE = parsers.re(
    r"a bond (?P<name>\w+) as TrueNAS (?P<release>[\d.]+) sets up (?P<protocol>[A-Z]+) "
    r"on (?P<ports>ports? [\d, and]+)"
)
_MEMBERSHIP = parsers.re(r"(?P<ports>ports? [\d, and]+) (?P<way>leaves?|joins?) (?P<name>bond\d)")


@given(_BOND)
def bond(world: World, name: str, options: str, ports: str) -> None:
    """Make it, let the ports join in the order named, bring it up last; bond0 has the address."""
    chosen = world.names(ports)
    words = [word for option in options.split(", ") for word in world.named(option).split()]
    primary = []
    if "primary" in words:  # it is given when it is a port
        at = words.index("primary")
        primary = [["ip", "link", "set", name, "type", "bond", *words[at : at + 2]]]
        del words[at : at + 2]
    if name == "bond0":
        world.unless_taken(NAS_ADDRESS)
    address = [["ip", "address", "add", NAS_ADDRESS, "dev", name]] if name == "bond0" else []
    world.must(
        ["ip", "link", "add", name, "type", "bond", *words],
        *(line for port in chosen for line in _joining(port, name)),
        *primary,
        *address,
        ["ip", "link", "set", name, "up"],
    )


@given(_RELEASE)
def bond_of_release(world: World, name: str, release: str, protocol: str, ports: str) -> None:
    """Give the commands of configurations.toml."""
    found = configuration(release, protocol)
    world.note(f"as read in {found.source}")
    world.must(*found.commands(name, world.names(ports)))


@given(_MEMBERSHIP)
@when(_MEMBERSHIP)
def membership(world: World, ports: str, way: str, name: str) -> None:
    chosen = world.names(ports)
    if way.startswith("leave"):
        world.must(*(["ip", "link", "set", port, "nomaster"] for port in chosen))
    else:
        world.must(*(line for port in chosen for line in _joining(port, name)))


@when(parsers.parse("{name} takes {count:d} dummy interfaces as ports"), target_fixture="answer")
def takes_dummies(world: World, name: str, count: int) -> Completed:
    world.afterwards.append(change("sh", "-c", _GIVES_UP, "sh", str(count)))
    return world.script(_TAKES, name, str(count))


@then(parsers.parse("{name} has {count:d} ports"))
def has_ports(world: World, name: str, count: int) -> None:
    ports = world.script('cat "/sys/class/net/$1/bonding/slaves"', name).stdout.split()
    assert len(ports) == count, f"{name} has {len(ports)} ports, expected were {count}"


def _joining(port: str, bond: str) -> list[list[str]]:
    """Return how a port joins: it must be down, and is brought up by joining."""
    link = ["ip", "link", "set", port]
    return [[*link, "down"], [*link, "master", bond], [*link, "up"]]
