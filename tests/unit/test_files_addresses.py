"""Which addresses are of the public internet: a table, and IPv4 in every wrapping and spelling."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.files.addresses import Address, is_public, literal


def _words(text: str) -> list[str]:
    return text.split()


CLOSED = _words("""
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.0 100.64.0.1 100.100.100.200
100.127.255.255 127.0.0.0 127.0.0.1 127.0.0.53 127.255.255.255 168.63.129.16 169.254.0.0
169.254.169.253 169.254.169.254 169.254.170.2 169.254.255.255 172.16.0.0 172.17.0.1 172.31.255.255
192.0.0.0 192.0.0.8 192.0.0.9 192.0.0.170 192.0.0.192 192.0.2.0 192.0.2.255 192.31.196.1
192.52.193.1 192.88.99.1 192.168.0.0 192.168.1.1 192.168.255.255 192.175.48.1 198.18.0.0
198.19.255.255 198.51.100.7 203.0.113.0 203.0.113.255 224.0.0.0 224.0.0.1 224.0.0.251 233.252.0.1
239.255.255.250 239.255.255.255 240.0.0.0 247.1.2.3 254.255.255.255 255.255.255.255
:: ::1 ::2 ::127.0.0.1 ::10.0.0.1 ::169.254.169.254 ::ffff:0.0.0.0 ::ffff:127.0.0.1 ::ffff:10.1.2.3
::ffff:169.254.169.254 ::ffff:192.168.0.1 ::ffff:100.64.0.1 ::ffff:224.0.0.1 ::ffff:255.255.255.255
::ffff:7f00:1 ::ffff:0:127.0.0.1 ::ffff:0:169.254.169.254 ::fffe:8.8.8.8 0:0:0:0:1:ffff:808:808
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b::a9fe:a9fe 64:ff9b::192.0.2.1
64:ff9b:0:0:0:1:808:808 64:ff9b:1::127.0.0.1 64:ff9b:1::a9fe:a9fe 64:ff9b:1:fffe::8.8.8.8
64:ff9b:1:808:8:800:: 64:ff9b:2::8.8.8.8 64:ff9a::8.8.8.8 100::1 100:0:0:1::1 200::1 400::1 1000::1
1fff:ffff::1 2001::1 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1
2001:1ff:ffff::1 2001:db8::1 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2002:7f00:1::1 2002:a00:1::1
2002:a9fe:a9fe::1 2002:c0a8:101::c0a8:101 2002:e000:1::1 2002:6440:1:: 2001:0:808:808:0:0:80ff:fffe
2001:0:7f00:1:0:0:f7f7:f7f7 2001:0:a9fe:a9fe:8000:0:5601:5601 2606:4700::5efe:127.0.0.1
2606:4700::200:5efe:10.0.0.1 2606:4700:1:2:0:5efe:a9fe:a9fe fe80::5efe:8.8.8.8
2002:808:808::5efe:192.168.0.1 2002:a00:1::5efe:8.8.8.8 fd00::200:5efe:8.8.8.8 2620:4f:8000::1
3ffe::1 3ffe:831f::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1 e000::1 f000::1 fc00::1 fd00::1
fd00:ec2::254 fd20:ce::254 fd00:42::42 fdff:ffff::1 fe00::1 fe80::1 fe80::a9fe:a9fe fe80::1%eth0
febf::1 fec0::1 fec0:0:0:ffff::1 feff::1 ff00::1 ff02::1 ff02::fb ff05::2 ff0e::1 ffff::1
ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
""")

OPEN = _words("""
1.0.0.1 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 34.117.59.81 93.184.215.14 99.255.255.255
100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 162.159.130.233 168.63.129.15 168.63.129.17
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.1
192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255
203.0.114.0 223.255.255.255
2000::1 2001:200::1 2001:4860:4860::8888 2001:db7:ffff::1 2001:db9::1 2003::1 2400:cb00::1
2606:4700:4700::1111 2620:4f:7fff::1 2620:4f:8001::1 2620:fe::fe 2a00:1450:4001:82f::200e
2a05:d018::1 3ffd:ffff::1 3fff:1000::1 ::8.8.8.8 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8
64:ff9b:1::8.8.8.8 2002:808:808::1 2001:0:808:808:8000:0:f7f7:f7f7 2606:4700::5efe:8.8.8.8
2606:4700::200:5efe:8.8.8.8 2606:4700::100:5efe:10.0.0.1
""")


@pytest.mark.parametrize("address", CLOSED)
def test_it_is_not_of_the_public_internet(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OPEN)
def test_it_is_of_the_public_internet(address: str) -> None:
    assert is_public(ip_address(address))


def test_the_table_is_long_enough_and_has_nothing_twice() -> None:
    assert len(CLOSED) == len(set(CLOSED)) >= 80
    assert len(OPEN) == len(set(OPEN)) >= 36
    assert not set(CLOSED) & set(OPEN)
    print(f"{len(CLOSED)} addresses refused, {len(OPEN)} allowed")  # noqa: T201 - the figure is asked for


def test_python_itself_would_let_some_of_them_through() -> None:
    let_through = [one for one in CLOSED if ip_address(one).is_global]
    assert {"64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fec0::1", "224.0.0.1"} <= set(let_through)


WRAPPINGS: dict[str, Callable[[int], int]] = {
    "compatible": lambda a: a,
    "mapped": lambda a: 0xFFFF << 32 | a,
    "translated": lambda a: 0xFFFF << 48 | a,
    "nat64": lambda a: 0x64_FF9B << 96 | a,
    "own nat64": lambda a: 0x64_FF9B_0001 << 80 | a,
    "6to4": lambda a: 0x2002 << 112 | a << 80 | 1,
    "teredo": lambda a: 0x2001_0000 << 96 | 0x0808_0808 << 64 | 0x8000_1234 << 32 | a ^ 0xFFFF_FFFF,
    "teredo's server": lambda a: 0x2001_0000 << 96 | a << 64 | 0x0808_0808 ^ 0xFFFF_FFFF,
    "isatap": lambda a: 0x2606_4700 << 96 | 0x5EFE << 32 | a,
    "isatap, unique": lambda a: 0x2606_4700 << 96 | 0x0200_5EFE << 32 | a,
    "isatap in 6to4": lambda a: 0x2002_0808_0808 << 80 | 0x5EFE << 32 | a,
}

SPELLINGS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "hexadecimal": hex,
    "capitals": lambda a: f"0X{a:X}",
    "octal": lambda a: f"0{a:o}",
    "many zeros": lambda a: f"0x{a:040x}",
    "octal parts": lambda a: ".".join(f"0{part:o}" for part in a.to_bytes(4)),
    "hexadecimal parts": lambda a: ".".join(hex(part) for part in a.to_bytes(4)),
    "two parts": lambda a: f"{a >> 24}.{a & 0xFFFFFF}",
    "three parts": lambda a: f"{a >> 24}.{a >> 16 & 0xFF}.{a & 0xFFFF}",
    "mixed": lambda a: f"{a >> 24:#x}.0{a >> 16 & 0xFF:o}.{a & 0xFFFF}",
    "mapped, dotted": lambda a: f"::ffff:{IPv4Address(a)}",
    "mapped, in full": lambda a: f"0:0:0:0:0:FFFF:{a >> 16:04X}:{a & 0xFFFF:04x}",
}

ADDRESSES = st.one_of(
    st.integers(0, 2**32 - 1),
    st.sampled_from([int(IPv4Address(one)) for one in CLOSED + OPEN if ":" not in one]),
)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@given(address=ADDRESSES)
@example(address=0x7F00_0001)
@example(address=0x0808_0808)
def test_wrapped_it_is_as_public_as_it_is(wrapping: str, address: int) -> None:
    wrapped = IPv6Address(WRAPPINGS[wrapping](address))
    assert is_public(wrapped) == is_public(IPv4Address(address))


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(address=ADDRESSES)
@example(address=0)
@example(address=0x7F00_0001)
def test_however_it_is_spelled_it_is_the_same_address(spelling: str, address: int) -> None:
    read = literal(SPELLINGS[spelling](address))
    assert read is not None
    assert is_public(read) == is_public(IPv4Address(address))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_every_address_has_an_answer_and_reads_as_itself(address: Address) -> None:
    assert literal(str(address)) == address
    # What Python itself holds for private or reserved is never public here, unless it carries a public one.
    if is_public(address) and not (isinstance(address, IPv6Address) and not address.is_global):
        assert not address.is_multicast
        assert not address.is_private


@given(st.integers(0, 2**64 - 1))
def test_a_foreign_network_of_documentation_or_ones_own_stays_closed(interface: int) -> None:
    for network in (
        0x2001_0DB8 << 96,
        0xFD00 << 112,
        0xFE80 << 112,
        0x64_FF9B_0001_0001 << 64,
        0x3FFE << 112,
    ):
        assert not is_public(IPv6Address(network | interface))


@pytest.mark.parametrize(
    "name", ["", "files.slack.com", "example", "1.2.3.4.5", "256.1.1.1", "4294967296", "0x1ffffffff", "a\0b",
             "[::1]",
             "127.0.0.1.", "1..1", "::g", "١٢٧.0.0.1", "08.1.1.1"],
)  # fmt: skip
def test_names_are_no_addresses(name: str) -> None:
    assert literal(name) is None
