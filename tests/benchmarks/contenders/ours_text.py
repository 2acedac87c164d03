"""lagg_tool's parser and codecs: `parse`, `lacpdu`, `lacpdu_encode`, `frame`."""

from lagg_tool.ifconfig import parse as parse_text
from lagg_tool.wire import ip
from lagg_tool.wire.ethernet import Ethernet
from lagg_tool.wire.slow import Lacpdu
from lagg_tool.wire.transport import Udp
from tests.benchmarks.contenders import frames, loop


def parse() -> None:
    text = loop.text()
    if parse_text(text).text != text:
        raise SystemExit("a line was lost")
    loop.serve(lambda: parse_text(text))


def lacpdu() -> None:
    loop.serve(lambda: Lacpdu.parse(frames.LACPDU))


def lacpdu_encode() -> None:
    pdu = Lacpdu.parse(frames.LACPDU)
    assert pdu is not None
    source = frames.LACPDU[6:12]
    if pdu.encode(source) != frames.LACPDU:
        raise SystemExit("not the same frame")
    loop.serve(lambda: pdu.encode(source))


def frame() -> None:
    def decode() -> int:
        ethernet = Ethernet.parse(frames.UDP)
        assert ethernet is not None
        packet = ip.Ipv4.parse(ethernet.payload)
        assert packet is not None
        datagram = Udp.parse(packet.payload)
        assert datagram is not None
        return datagram.destination_port

    loop.serve(decode)


loop.main(parse=parse, lacpdu=lacpdu, lacpdu_encode=lacpdu_encode, frame=frame)
