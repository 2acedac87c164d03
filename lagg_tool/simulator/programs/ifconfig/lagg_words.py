"""The words for lagg(4) (sbin/ifconfig/iflagg.c)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.hash import Layer
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.simulator.programs.ifconfig.session import IfconfigError, Session, reporting
from lagg_tool.simulator.programs.ifconfig.word import Arguments, Word
from lagg_tool.simulator.system.numbers import leading_decimal

PROTOCOL_NAMES = ("failover", "lacp", "loadbalance", "roundrobin", "broadcast", "none", "default")
LAYER_NAMES: Mapping[str, Layer] = MappingProxyType(
    {"l2": Layer.L2, "l3": Layer.L3, "l4": Layer.L4}
)
_MAX_SHIFT = 31  # LAGG_OPT_FLOWIDSHIFT_MASK


def _lagg(session: Session) -> Lagg:
    interface = session.interface
    if not isinstance(interface, Lagg):
        raise KernelError(Errno.EINVAL)
    session.demand_privilege()
    return interface


def _add_port(session: Session, port: str) -> None:
    """Add a port; what fails here must not keep the other ports out."""
    try:
        _lagg(session).add_port(port)
    except KernelError as error:
        if error.errno is not Errno.EEXIST:
            session.warn(f"{session.name} {port}: SIOCSLAGGPORT: {error.errno.text}")
            session.exit_status = 1


def _remove_port(session: Session, port: str) -> None:
    with reporting("SIOCSLAGGDELPORT"):
        _lagg(session).remove_port(port)


def _set_protocol(session: Session, name: str) -> None:
    if name not in PROTOCOL_NAMES:
        raise IfconfigError(f"Invalid aggregation protocol: {name}")
    with reporting("SIOCSLAGG"):
        _lagg(session).set_protocol("failover" if name == "default" else name)


def _set_layers(session: Session, value: str) -> None:
    layers = Layer(0)
    for name in value.split(","):
        if name not in LAYER_NAMES:
            raise IfconfigError(f"Invalid lagghash option: {name}")
        layers |= LAYER_NAMES[name]
    with reporting("SIOCSLAGGHASH"):
        _lagg(session).set_layers(layers)


def _set_shift(session: Session, value: str) -> None:
    shift = _number(value)
    if not 0 <= shift <= _MAX_SHIFT:
        raise IfconfigError(f"Invalid flowid_shift option: {value}")
    with reporting("SIOCSLAGGOPTS"):
        _lagg(session).flowid_shift = shift


def _set_stride(session: Session, value: str) -> None:
    stride = _number(value)
    if not stride & 0xFFFFFFFF:
        raise IfconfigError(f"Invalid round-robin stride: {value}")
    with reporting("SIOCSLAGGOPTS"):
        _lagg(session).set_stride(stride)


def _set_option(session: Session, _word: str, *, option: Option, on: bool) -> None:
    with reporting("SIOCSLAGGOPTS"):
        _lagg(session).set_option(option, on=on)


def _number(text: str) -> int:
    """Return what strtol(3) reads at the beginning, cut to a C int; 0 without a number."""
    return (leading_decimal(text) + 0x80000000 & 0xFFFFFFFF) - 0x80000000


_OPTIONS = {
    "use_flowid": Option.USE_FLOWID,
    "use_numa": Option.USE_NUMA,
    "lacp_strict": Option.LACP_STRICT,
    "lacp_txtest": Option.LACP_TXTEST,
    "lacp_rxtest": Option.LACP_RXTEST,
    "lacp_fast_timeout": Option.LACP_FAST_TIMO,
}

LAGG_WORDS: Mapping[str, Word] = MappingProxyType(
    {
        "laggport": Word(Arguments.ONE, _add_port),
        "-laggport": Word(Arguments.ONE, _remove_port),
        "laggproto": Word(Arguments.ONE, _set_protocol),
        "lagghash": Word(Arguments.ONE, _set_layers),
        "flowid_shift": Word(Arguments.ONE, _set_shift),
        "rr_limit": Word(Arguments.ONE, _set_stride),
        **{
            word: Word(Arguments.NONE, partial(_set_option, option=option, on=on))
            for name, option in _OPTIONS.items()
            for word, on in ((name, True), ("-" + name, False))
        },
    }
)
