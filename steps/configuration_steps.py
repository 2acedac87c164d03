"""Steps that configure the NAS, and what a command answered."""

import shlex

import pytest
from pytest_bdd import parsers, step, then

from lagg_tool.command import change, read
from steps.world import NAS_ADDRESS, NEIGHBOUR, World, numbers

RC_CONF = "/etc/rc.conf.local"
_LINK_SECONDS = 10.0  # autonegotiation takes two or three
# Interfaces whose ends can be ports, made of nothing.
_CABLES = 'i=0; while [ $i -lt "$1" ]; do ifconfig epair create; i=$((i+1)); done'


@step(parsers.parse("an empty LAGG {name}"))
def empty_lagg(world: World, name: str) -> None:
    world.must(["ifconfig", name, "create"])


@step(parsers.re(r"a LAGG (?P<name>\w+) with protocol (?P<protocol>\w+) on (?P<ports>ports? .*)"))
def lagg(world: World, name: str, protocol: str, ports: str) -> None:
    """Make it; the NAS's address is lagg0's, since no other can have it as well."""
    if name in world.taken:
        pytest.skip(f"the NAS has a {name} of its own, which is not touched")
    chosen = [world.name(number) for number in numbers(ports)]
    words = [word for port in chosen for word in ("laggport", port)]
    words += [NAS_ADDRESS] if name == "lagg0" else []
    world.laggs += [] if name in world.laggs else [name]
    world.must(
        *(["ifconfig", port, "up"] for port in chosen),
        ["ifconfig", name, "create"],
        ["ifconfig", name, "laggproto", protocol, *words, "up"],
    )


@step(parsers.parse("port {port:d} is up and has its link"))
def has_link(world: World, port: int) -> None:
    """Wait for a card that looks for its link anew when it is taken up or joins, as em(4) does."""
    world.must(["ifconfig", world.name(port), "up"])
    reached = world.wait_until(
        lambda: world.interface(world.name(port)).status == "active", _LINK_SECONDS, "the link"
    )
    assert reached, f"port {port} has no link"


@step("a neighbour that the NAS knows")
def neighbour(world: World) -> None:
    world.must(["arp", "-s", str(NEIGHBOUR), "02:11:22:33:44:55"])


@step(parsers.parse('the administrator runs "{line}"'))
def administrator_runs(world: World, line: str) -> None:
    world.administrator(line)


@step(parsers.parse('the administrator looks with "{line}"'))
def administrator_looks(world: World, line: str) -> None:
    """Run what changes nothing, so that it runs on a NAS in production as well."""
    world.run(read(*shlex.split(world.named(line))))


@step("rc.conf has")
def rc_conf(world: World, datatable: list[list[str]], request: pytest.FixtureRequest) -> None:
    """Write variables into the second file of rc.conf(5), where the first is left alone."""
    if world.target.run(read("test", "-e", RC_CONF)).status == 0:
        pytest.skip(f"the NAS has a {RC_CONF}, which is not touched")
    request.addfinalizer(lambda: world.target.run(change("rm", "-f", RC_CONF)))
    variables = [f"{name}={world.named(value)}" for name, value in datatable]
    world.must(["sysrc", "-f", RC_CONF, *variables])


@step(parsers.parse('{name} is described as "{text}"'))
def described(world: World, name: str, text: str) -> None:
    world.must(["ifconfig", name, "description", text])


@step(parsers.re(r"(?P<name>lagg0|port \d) (is given|has) the address (?P<address>\S+)"))
def address(world: World, name: str, address: str) -> None:
    family = "inet6" if ":" in address else "inet"
    world.administrator(f"ifconfig {name.replace(' ', '')} {family} {address} alias")


@step(parsers.parse("{count:d} virtual cables"))
def virtual_cables(world: World, count: int) -> None:
    world.cables = world.script(_CABLES, str(count)).stdout.split()
    assert len(world.cables) == count


@step(parsers.parse("lagg0 takes the ends of {count:d} virtual cables as ports"))
def takes_cables(world: World, count: int) -> None:
    ends = [world.cables.pop(0) for _ in range(count)]
    world.must(["ifconfig", "lagg0", *(word for end in ends for word in ("laggport", end))])


@step("lagg0 takes the end of one more virtual cable")
def takes_one_more(world: World) -> None:
    world.administrator(f"ifconfig lagg0 laggport {world.cables.pop(0)}")


@then("the command succeeds")
def succeeds(world: World) -> None:
    assert world.answer is not None
    assert world.answer.status == 0, world.answer.stderr


@then(parsers.parse('the command is refused with "{words}"'))
def refused(world: World, words: str) -> None:
    assert world.answer is not None
    assert world.answer.status == 1
    assert words in world.answer.stderr


@then(parsers.parse('the answer has the line "{line}"'))
def answer_has(world: World, line: str) -> None:
    assert world.answer is not None
    assert line in world.answer.stdout.splitlines()
