"""Scoped IPv6 addresses in the kernel's form."""

from __future__ import annotations

from ipaddress import IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.kernel.addresses import embed, is_scoped, scope_of, unembed

link_locals = st.integers(0, (1 << 64) - 1).map(lambda n: IPv6Address(0xFE80 << 112 | n))


@given(link_locals, st.integers(1, 0xFFFF))
def test_the_scope_goes_in_and_comes_out(address: IPv6Address, index: int) -> None:
    inside = embed(address, index)

    assert scope_of(inside) == index
    assert unembed(inside) == address


@given(st.integers(0, (1 << 128) - 1).map(IPv6Address), st.integers(1, 0xFFFF))
def test_only_scoped_addresses_change(address: IPv6Address, index: int) -> None:
    inside = embed(address, index)

    assert is_scoped(address) or (inside == address and scope_of(inside) == 0)


def test_solicited_node_groups_are_of_link_scope() -> None:
    group = IPv6Address("ff02::1:ff00:1")

    inside = embed(group, 9)

    assert inside == IPv6Address("ff02:9::1:ff00:1")
