"""jc and scapy: `parse`, `lacpdu`, `lacpdu_encode`, `frame`."""

from tests.benchmarks.contenders import frames, loop


def parse() -> None:
    from jc.parsers import ifconfig

    text = loop.text()
    loop.serve(lambda: ifconfig.parse(text, quiet=True))


def lacpdu() -> None:
    from scapy.contrib.lacp import LACP
    from scapy.layers.l2 import Ether

    if Ether(frames.LACPDU)[LACP].actor_port_number != 4:
        raise SystemExit("scapy did not decode the LACPDU")
    loop.serve(lambda: Ether(frames.LACPDU)[LACP].actor_state)


def lacpdu_encode() -> None:
    from scapy.contrib.lacp import LACP
    from scapy.layers.l2 import Ether

    fields = {
        name: Ether(frames.LACPDU)[LACP].getfieldval(name)
        for name in ("actor_system", "actor_key", "actor_port_number", "actor_state")
    }
    from scapy.contrib.lacp import SlowProtocol

    head = {"dst": "01:80:c2:00:00:02", "src": "52:54:00:aa:00:01", "type": 0x8809}
    loop.serve(lambda: bytes(Ether(**head) / SlowProtocol() / LACP(**fields)))


def frame() -> None:
    from scapy.layers.inet import UDP
    from scapy.layers.l2 import Ether

    if Ether(frames.UDP)[UDP].dport != 9001:
        raise SystemExit("scapy did not decode the datagram")
    loop.serve(lambda: Ether(frames.UDP)[UDP].dport)


loop.main(parse=parse, lacpdu=lacpdu, lacpdu_encode=lacpdu_encode, frame=frame)
