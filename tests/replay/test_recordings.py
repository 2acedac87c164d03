"""Every recording, played against the embedded NAS: the oracle of the simulator."""

import pytest

from .comparison import compare
from .embedded import EmbeddedStage
from .player import Partners, play
from .recording import RECORDINGS, load, names

HOSTS = ("freebsd-13.2",)

# What these need of the network's programs is still being written.
PENDING = {
    *(
        "cmd-addresses",
        "cmd-arp-route-ping",
        "cmd-daemon-guard",
        "cmd-defect-b20",
        "cmd-dhcp",
        "cmd-epair-create",
    ),
    *("cmd-epair-failover", "cmd-epair-lacp", "cmd-epair-loadbalance", "cmd-epair-none"),
    *("cmd-files-and-guards", "cmd-link-down-status", "cmd-list-idle", "cmd-members-not-up"),
    *("cmd-mtu", "cmd-no-vimage-errors", "cmd-observe-batch", "cmd-proto-broadcast"),
    *("cmd-proto-failover", "cmd-proto-lacp", "cmd-proto-loadbalance", "cmd-proto-none"),
    *("cmd-proto-roundrobin", "cmd-shell", "cmd-unprivileged", "wire-broadcast"),
    *(
        "wire-defect-b03",
        "wire-defect-b09",
        "wire-defect-b12",
        "wire-defect-b25",
        "wire-lacp-fast-timeout",
    ),
    *("wire-failover", "wire-failover-rx", "wire-ipv6", "wire-lacp-admin-down"),
    *("wire-lacp-individual", "wire-lacp-negotiate", "wire-lacp-no-marker-response"),
    *("wire-lacp-passive", "wire-lacp-silent", "wire-lacp-to-failover", "wire-lacp-two-partners"),
    *("wire-loadbalance-l2", "wire-none", "wire-roundrobin", "cmd-reboot", "cmd-defect-b04"),
}


@pytest.mark.parametrize(
    ("host", "name"),
    [(host, name) for host in HOSTS for name in names(host) if name not in PENDING],
)
def test_the_simulated_nas_answers_as_the_recorded_host_did(host: str, name: str) -> None:
    recording = load(RECORDINGS / host / f"{name}.json")
    partners = Partners()

    differences = compare(recording, play(recording, EmbeddedStage(recording, partners), partners))

    assert not differences, "\n".join(f"{d.where}\n  {d.text}" for d in differences)
