from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import UnreachableError, UsageError
from lagg_tool.ssh.address import Address, connect
from lagg_tool.ssh.config import NONE, find_route


def parse(url: str) -> Address:
    return find_route(url, NONE).address


@pytest.mark.parametrize(
    ("url", "address", "lookup"),
    [
        ("ssh://root@nas", Address("root", "nas", 22), "nas"),
        ("ssh://root@nas/", Address("root", "nas", 22), "nas"),
        ("ssh://admin@10.0.2.15:2222", Address("admin", "10.0.2.15", 2222), "[10.0.2.15]:2222"),
        ("ssh://root@[fe80::1%em0]:22", Address("root", "fe80::1%em0", 22), "fe80::1%em0"),
        ("ssh://root@[fe80::1%25em0]", Address("root", "fe80::1%em0", 22), "fe80::1%em0"),
        ("ssh://root@[2001:db8::5]:2222", Address("root", "2001:db8::5", 2222), None),
        ("ssh://root@[2001:DB8:0::5]:2222", Address("root", "2001:DB8:0::5", 2222), None),
    ],
)
def test_an_address_is_read(url: str, address: Address, lookup: str | None) -> None:
    read = parse(url)

    assert read == address
    assert read.lookup_name == (lookup or "[2001:db8::5]:2222")
    assert parse(str(read)) == address


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nas", "is not an SSH address"),
        ("http://root@nas", "is not an SSH address"),
        ("ssh://nas", "names no user"),
        ("ssh://root:secret@nas", "a password in an address can be read"),
        ("ssh://root@", "is not a host"),
        ("ssh://root@nas:0", "is not a host and a port"),
        ("ssh://root@nas:70000", "[Pp]ort out of range"),
        ("ssh://root@nas:ssh", "[Pp]ort could not be cast"),
        ("ssh://root@nas/etc", "nothing may follow"),
        ("ssh://root@nas?os=freebsd", "nothing may follow"),
        ("ssh://root@fe80::1", "in brackets"),
        ("ssh://ro ot@nas", "cannot be the name of a user"),
        ("ssh://-oProxyCommand=x@nas", "cannot be the name of a user"),
        ("ssh://root@-oProxyCommand=x", "is not a host"),
    ],
)
def test_what_is_wrong_in_an_address_is_named(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse(url)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(UsageError) as raised:
        parse("ssh://root:secret@nas")

    assert "secret" not in str(raised.value)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    try:
        address = parse("ssh://" + text)
    except UsageError:
        return

    assert parse(str(address)) == address


def test_a_port_where_nothing_listens_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="Connection refused"):
        connect(Address("root", "127.0.0.1", 1), 5)


def test_a_connection_delays_no_packet_and_notices_a_dead_peer() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        connect(Address("root", "127.0.0.1", server.getsockname()[1]), 60) as sock,
    ):
        delay = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        dead = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        timeout = sock.gettimeout()

    assert (bool(delay), dead, timeout) == (True, 30_000, 60)


def test_a_refused_connection_is_explained_in_words() -> None:
    with pytest.raises(
        UnreachableError, match=r"no connection: Connection refused; is the address"
    ):
        connect(Address("root", "127.0.0.1", 1), 60)
