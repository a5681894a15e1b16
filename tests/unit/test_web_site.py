"""Which names and origins are the page's own."""

import pytest

from adapters.web.site import Site

HERE = Site("127.0.0.1", 8787)
EVERYWHERE = Site("0.0.0.0", 8787)
NAMED = Site("Box.Example", 80)


@pytest.mark.parametrize(
    ("site", "host", "own"),
    [
        (HERE, "127.0.0.1:8787", True),
        (HERE, "localhost:8787", True),
        (HERE, "LOCALHOST:8787", True),
        (HERE, "[::1]:8787", True),
        (HERE, "127.0.0.1", False),
        (HERE, "127.0.0.1:8788", False),
        (HERE, "127.0.0.2:8787", False),
        (HERE, "evil.example:8787", False),
        (HERE, "127.0.0.1.evil.example:8787", False),
        (HERE, "localhost.evil.example:8787", False),
        (HERE, "evil.example@127.0.0.1:8787", False),
        (HERE, "127.0.0.1:8787@evil.example", False),
        (HERE, "127.0.0.1:8787/x", False),
        (HERE, "127.0.0.1:8787?x", False),
        (HERE, "127.0.0.1:nine", False),
        (HERE, "127.0.0.1:99999999", False),
        (HERE, "[::1", False),
        (HERE, "", False),
        (HERE, ":8787", False),
        (HERE, "127.0.0.1:8787 evil", False),
        (HERE, "2130706433:8787", False),
        (EVERYWHERE, "192.168.1.5:8787", True),
        (EVERYWHERE, "192.168.1.5:9000", True),
        (EVERYWHERE, "[2001:db8::1]:8787", True),
        (EVERYWHERE, "localhost:9000", True),
        (EVERYWHERE, "evil.example:8787", False),
        (EVERYWHERE, "192.168.1.5.evil.example:8787", False),
        (NAMED, "box.example", True),
        (NAMED, "BOX.example:80", True),
        (NAMED, "127.0.0.1", True),
        (NAMED, "other.example", False),
    ],
)
def test_hosts(site: Site, host: str, own: bool) -> None:
    assert site.is_host(host) is own


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("http://127.0.0.1:8787", True),
        ("https://127.0.0.1:8787", True),
        ("http://127.0.0.1:8788", False),
        ("http://127.0.0.1", False),
        ("http://localhost:8787", False),
        ("http://evil.example", False),
        ("http://127.0.0.1:8787.evil.example", False),
        ("ftp://127.0.0.1:8787", False),
        ("null", False),
        ("", False),
    ],
)
def test_origins(origin: str, own: bool) -> None:
    assert HERE.is_origin(origin, "127.0.0.1:8787") is own


def test_the_address_to_open() -> None:
    assert HERE.url == "http://127.0.0.1:8787/"
    assert Site("::1", 8787).url == "http://[::1]:8787/"
    assert Site("localhost", 1).url == "http://localhost:1/"
    assert EVERYWHERE.url == f"http://127.0.0.1:8787/?key={EVERYWHERE.key}"
    assert Site("192.168.1.5", 8787).url.startswith("http://192.168.1.5:8787/?key=")


def test_each_start_has_secrets_of_its_own_and_does_not_print_them() -> None:
    other = Site("127.0.0.1", 8787)
    assert len({HERE.token, HERE.key, other.token, other.key}) == 4
    assert HERE.token not in repr(HERE)
    assert HERE.key not in repr(HERE)
    assert HERE.knows(HERE.token)
    assert not HERE.knows(other.token)
    assert not HERE.knows("")
    assert not HERE.knows("ä")
