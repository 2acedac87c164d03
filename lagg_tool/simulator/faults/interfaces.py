"""Faults of interfaces: MTU, offloading and options, link state, description."""

from __future__ import annotations

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, LinkState
from lagg_tool.simulator.kernel.hash import Layer
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.simulator.kernel.lagg_protocols import Failover
from lagg_tool.simulator.kernel.media import MediaStatus
from lagg_tool.simulator.kernel.nics import Vtnet
from lagg_tool.simulator.release.capabilities import Cap

_FORM_MINIMUM, _JUMBO = 1500, 9000


# -- MTU


class _MtuNotPushed(Lagg):
    def change_mtu(self, mtu: int) -> None:
        self.mtu = mtu


class _MtuNotForLater(Lagg):
    def share_mtu(self, interface: Interface) -> int | None:
        return None if self.ports else super().share_mtu(interface)


class _MtuMustAgree(Lagg):
    def share_mtu(self, interface: Interface) -> int | None:
        if self.ports and interface.mtu != self.mtu:
            raise KernelError(Errno.EINVAL)
        return super().share_mtu(interface)


class _MtuUpToJumbo(Lagg):
    def set_mtu(self, mtu: int) -> None:
        if mtu > _JUMBO:
            raise KernelError(Errno.EINVAL)
        super().set_mtu(mtu)


class _MtuFromStandard(Lagg):
    def set_mtu(self, mtu: int) -> None:
        if mtu < _FORM_MINIMUM:
            raise KernelError(Errno.EINVAL)
        super().set_mtu(mtu)


class _MtuHalfSet(Lagg):
    def change_mtu(self, mtu: int) -> None:
        for known in self.ports:
            known.interface.change_mtu(mtu)
        self.mtu = mtu


class _MtuLessTag(Lagg):
    def share_mtu(self, interface: Interface) -> int | None:
        restore = super().share_mtu(interface)
        if not self.ports:
            self.mtu -= 4
        return restore


class _MtuGivenBack(Lagg):
    def restore_port(self, port: LaggPort) -> None:
        super().restore_port(port)
        port.interface.change_mtu(1500)


class _PortMtuIsFree(LaggPort):
    def refuse_mtu(self) -> None:
        return


# -- offloading and options


class _OffloadNotPushed(Lagg):
    def change_capabilities(self, wanted: Cap) -> None:
        self.enabled_capabilities = wanted & self.capabilities


class _OffloadFirstOnly(Lagg):
    def change_capabilities(self, wanted: Cap) -> None:
        for known in self.ports[:1]:
            known.interface.change_capabilities(wanted)
        self.enabled_capabilities = self.ports[0].interface.enabled_capabilities

    def update_capabilities(self) -> None:
        return


class _HashIsIgnored(Lagg):
    def set_layers(self, layers: Layer) -> None:
        del layers


class _LimitForAll(Lagg):
    def set_stride(self, stride: int) -> None:
        self.stride = stride


class _OptionsForAll(Lagg):
    def set_option(self, option: Option, *, on: bool) -> None:
        try:
            super().set_option(option, on=on)
        except KernelError:
            return


class _OptionsAreLost(Lagg):
    def set_option(self, option: Option, *, on: bool) -> None:
        del option, on


class _UsesFlowId(Lagg):
    def attached(self) -> None:
        super().attached()
        self.own_options |= Option.USE_FLOWID


class _WithoutNuma(Lagg):
    def attached(self) -> None:
        super().attached()
        self.own_options &= ~Option.USE_NUMA


class _FlowIdIsLost(Lagg):
    def set_option(self, option: Option, *, on: bool) -> None:
        if not (on and option & Option.USE_FLOWID):
            super().set_option(option, on=on)


class _TakesDefaults(Lagg):
    def attached(self) -> None:
        super().attached()
        values = self.kernel.sysctl
        self.flowid_shift = int(values.get("net.link.lagg.default_flowid_shift"))


class _ShiftIsFixed(Lagg):
    @property
    def flowid_shift(self) -> int:
        return 16

    @flowid_shift.setter
    def flowid_shift(self, shift: int) -> None:
        del shift


# -- link state


class _NeedsAllLinks(Lagg):
    def update_link_state(self) -> None:
        if self.protocol.owns_link_state:
            return
        links = all(known.interface.link_state is LinkState.UP for known in self.ports)
        self.change_link_state(LinkState.UP if links else LinkState.DOWN)


class _FollowsPrimary(Lagg):
    def update_link_state(self) -> None:
        if not isinstance(self.protocol, Failover) or self.primary is None:
            super().update_link_state()
            return
        self.change_link_state(self.primary.interface.link_state)


class _AlwaysCarrier(Lagg):
    def media_status(self) -> MediaStatus:
        status = super().media_status()
        return MediaStatus(status.current, status.active, True, status.supported)


class _CarrierByFirst(Lagg):
    def media_status(self) -> MediaStatus:
        status = super().media_status()
        carrier = status.carrier and self.protocol.name not in ("lacp", "none")
        return MediaStatus(status.current, status.active, carrier, status.supported)


class _MissesLoss(Vtnet):
    def set_carrier(self, *, up: bool) -> None:
        if up:
            super().set_carrier(up=True)
        else:
            self.carrier = False


class _MissesReturn(Vtnet):
    def set_carrier(self, *, up: bool) -> None:
        if not up:
            super().set_carrier(up=False)
        else:
            self.carrier = True


class _FlapsAtLoss(LaggPort):
    def link_changed(self) -> None:
        lagg, flags = self.lagg, self.lagg.flags
        super().link_changed()
        if self.interface.link_state is LinkState.DOWN and lagg.up:
            lagg.set_flags(flags & ~IFF.UP)


# -- description


class _ShortDescription(Lagg):
    _text = ""

    @property
    def description(self) -> str:
        return self._text

    @description.setter
    def description(self, text: str) -> None:
        self._text = text[:16]


class _StickyDescription(Lagg):
    _text = ""

    @property
    def description(self) -> str:
        return self._text

    @description.setter
    def description(self, text: str) -> None:
        self._text = text or self._text


FAULTS = (
    Fault(
        "mtu-not-pushed", "O-06", "the MTU of a LAGG is not given to its ports", part(_MtuNotPushed)
    ),
    Fault(
        "mtu-not-for-later-ports",
        "P-01",
        "a port that joins keeps its own MTU",
        part(_MtuNotForLater),
    ),
    Fault(
        "mtu-must-agree",
        "P-01",
        "a port of another MTU is refused, as the manual has it",
        part(_MtuMustAgree),
    ),
    Fault("mtu-up-to-9000", "O-06", "an MTU above 9000 is refused", part(_MtuUpToJumbo)),
    Fault("mtu-from-1500", "O-06", "an MTU below 1500 is refused", part(_MtuFromStandard)),
    Fault(
        "mtu-half-set",
        "O-05",
        "when one port refuses an MTU, those before it keep it",
        part(_MtuHalfSet),
    ),
    Fault(
        "mtu-less-tag",
        "O-07",
        "a LAGG takes four bytes for a VLAN tag off the MTU of its first port",
        part(_MtuLessTag),
    ),
    Fault(
        "mtu-given-back",
        "defect.B-19",
        "a port that leaves has an MTU of 1500 again",
        part(_MtuGivenBack),
    ),
    Fault(
        "mtu-of-a-port-is-free",
        "O-05",
        "a port's MTU can be changed on its own",
        part(_PortMtuIsFree),
    ),
    Fault(
        "offload-not-pushed",
        "O-02",
        "the ports of a LAGG keep their offloading",
        part(_OffloadNotPushed),
    ),
    Fault(
        "offload-of-first-port-only",
        "O-02",
        "the first port of a LAGG only follows its offloading",
        part(_OffloadFirstOnly),
    ),
    Fault("lagghash-is-lost", "O-08", "lagghash is accepted and forgotten", part(_HashIsIgnored)),
    Fault(
        "rr-limit-for-all", "O-08", "rr_limit is accepted under every protocol", part(_LimitForAll)
    ),
    Fault(
        "lacp-options-for-all",
        "O-08",
        "LACP's options are accepted under every protocol",
        part(_OptionsForAll),
    ),
    Fault("options-are-lost", "O-08", "options are accepted and forgotten", part(_OptionsAreLost)),
    Fault("flowid-shift-is-fixed", "O-08", "flowid_shift is 16 for good", part(_ShiftIsFixed)),
    Fault(
        "flowid-by-default", "P-06", "new LAGGs use the hash of the network card", part(_UsesFlowId)
    ),
    Fault("numa-is-off", "defect.B-17", "new LAGGs do not use NUMA", part(_WithoutNuma)),
    Fault("use-flowid-is-lost", "O-08", "use_flowid has no effect", part(_FlowIdIsLost)),
    Fault(
        "default-sysctls-take-effect",
        "defect.B-04",
        "new LAGGs take over default_flowid_shift",
        part(_TakesDefaults),
    ),
    Fault(
        "link-needs-all-ports",
        "C-05",
        "a LAGG loses its link when one port does",
        part(_NeedsAllLinks),
    ),
    Fault(
        "link-follows-primary",
        "C-19",
        "a failover LAGG loses its link with its primary",
        part(_FollowsPrimary),
    ),
    Fault(
        "status-always-active", "S-09", "a LAGG without ports reads active", part(_AlwaysCarrier)
    ),
    Fault(
        "status-tells-the-truth",
        "defect.B-02",
        "the status of a LAGG of protocol none or lacp reads no carrier",
        part(_CarrierByFirst),
    ),
    Fault("link-loss-unnoticed", "C-05", "vtnet does not report a lost link", part(_MissesLoss)),
    Fault(
        "link-return-unnoticed",
        "C-19",
        "vtnet does not report that a link is back",
        part(_MissesReturn),
    ),
    Fault(
        "link-loss-stops-lagg",
        "C-05",
        "a LAGG is taken down when one of its ports loses its link",
        part(_FlapsAtLoss),
    ),
    Fault(
        "description-is-cut",
        "C-11",
        "a description is cut off after sixteen characters",
        part(_ShortDescription),
    ),
    Fault(
        "description-stays", "C-11", "a description cannot be taken away", part(_StickyDescription)
    ),
)
