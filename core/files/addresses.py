"""Which internet addresses belong to the public internet, by a table of our own.

``ipaddress.is_global`` of Python 3.11 lets several of these through (``fec0::/10``, multicast, most of the
addresses that carry another one inside).
"""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address

_LOW_32: Final = 0xFFFF_FFFF

# IANA's registry of special purpose addresses, "globally reachable" anycast services of the network included:
# none of them keeps files.
_CLOSED_4: Final = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT; 100.100.100.200 is a cloud's metadata service
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host, on a public address
        "169.254.0.0/16",  # link-local; 169.254.169.254 is the metadata service of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a cloud's metadata service
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

# All else of IPv6 is loopback, private, local, multicast, discarded or not given out.
_UNICAST_6: Final = IPv6Network("2000::/3")
_CLOSED_6: Final = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the 6bone, given back
        "3fff::/20",  # documentation
    )
)

_TEREDO: Final = IPv6Network("2001::/32")
# Networks whose addresses stand for an IPv4 address, and by how many bits that one is shifted.
_CARRIERS: Final = tuple(
    (IPv6Network(net), shift)
    for net, shift in (
        ("::/96", 0),  # IPv4-compatible; :: and ::1 come out as 0.0.0.0 and 0.0.0.1
        ("::ffff:0:0/96", 0),  # IPv4-mapped
        ("::ffff:0:0:0/96", 0),  # IPv4-translated
        ("64:ff9b::/96", 0),  # NAT64
        ("64:ff9b:1::/96", 0),  # NAT64 of one's own; the rest of its /48 is not read, and closed
        ("2002::/16", 80),  # 6to4
    )
)


def is_public(address: Address) -> bool:
    """Whether a machine on the public internet can stand at ``address``.

    An address that carries an IPv4 address (mapped, NAT64, 6to4, Teredo, ISATAP) is as public as that one.
    """
    if isinstance(address, IPv4Address):
        return not any(address in net for net in _CLOSED_4)
    carried = _carried(address)
    if not carried and (address not in _UNICAST_6 or any(address in net for net in _CLOSED_6)):
        return False
    return all(is_public(one) for one in carried + _isatap(address))


def literal(host: str) -> Address | None:
    """The address that a resolver reads ``host`` as without asking anybody; ``None`` for a name.

    That is more than the usual spelling: ``127.1``, ``0x7f000001``, ``017700000001`` and ``2130706433``
    are 127.0.0.1. An IPv6 address stands without brackets.
    """
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """By the prefix: one for most kinds, Teredo's server and client, or none."""
    bits = int(address)
    if address in _TEREDO:
        return (_low(bits >> 64), _low(bits ^ _LOW_32))
    return tuple(_low(bits >> shift) for net, shift in _CARRIERS if address in net)


def _isatap(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """By the interface: ``::0:5efe:a.b.c.d`` or ``::200:5efe:a.b.c.d`` below any prefix (RFC 5214)."""
    bits = int(address)
    is_isatap = (bits >> 32) & _LOW_32 & ~0x0200_0000 == 0x0000_5EFE  # noqa: PLR2004 - the mark itself
    return (_low(bits),) if is_isatap else ()


def _low(bits: int) -> IPv4Address:
    return IPv4Address(bits & _LOW_32)
