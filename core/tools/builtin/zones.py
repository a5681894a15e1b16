"""Places and their time zones, from the tables that come with the IANA database."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

_ALIASES = {
    "america": "US",
    "czechia": "CZ",
    "drc": "CD",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "ivory coast": "CI",
    "korea": "KR",  # what people mean without a word more
    "northern ireland": "GB",
    "scotland": "GB",
    "u k": "GB",
    "u s": "US",
    "u s a": "US",
    "uae": "AE",
    "uk": "GB",
    "united kingdom": "GB",
    "united states of america": "US",
    "us": "US",
    "usa": "US",
    "wales": "GB",
}
# Their last words are no cities: Etc/GMT+5 lies west of Greenwich, against what people mean by it.
_NO_CITIES = "Etc/"


@dataclass(frozen=True, slots=True)
class Zones:
    """Zone names by how people call them: each key is folded, each value non-empty and in table order."""

    names: dict[str, str]
    countries: dict[str, tuple[str, ...]]
    cities: dict[str, tuple[str, ...]]


def find(place: str) -> tuple[str, ...]:
    """The zones of a place: a zone's name, a country, a city, or ``city, country``; empty when unknown.

    Reads files at the first call.
    """
    zones = _zones()
    if "/" in place or fold(place) in ("utc", "gmt"):
        return _named(zones, place)
    city, comma, country = place.partition(",")
    if comma:
        within = zones.countries.get(fold(country), ())
        return tuple(zone for zone in _city(zones, city) if zone in within)
    return zones.countries.get(fold(place)) or _city(zones, place) or _named(zones, place)


def fold(name: str) -> str:
    """A name without case, diacritics and punctuation; words one space apart."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.sub(r"[^\w]|_", " ", letters).split()
    return " ".join("st" if word == "saint" else word for word in words)


def _named(zones: Zones, place: str) -> tuple[str, ...]:
    zone = zones.names.get("_".join(place.split()).casefold())
    return (zone,) if zone else ()


def _city(zones: Zones, city: str) -> tuple[str, ...]:
    name = fold(city)
    return zones.cities.get(name) or zones.cities.get(name.removesuffix(" city"), ())


@cache
def _zones() -> Zones:
    names = _table("zones")
    of_country: dict[str, tuple[str, ...]] = {}
    # zone.tab and not zone1970.tab: Norway is to be told of Europe/Oslo, not of Europe/Berlin.
    for line in _table("zoneinfo/zone.tab"):
        code, _, zone, *_ = line.split("\t")
        of_country[code] = (*of_country.get(code, ()), zone)
    listed = [zone for zones in of_country.values() for zone in zones]
    return Zones(
        names={name.casefold(): name for name in names},
        countries=_countries(of_country),
        # The database keeps old names (US/Pacific); they count where no present city is so called.
        cities=_cities(name for name in names if not name.startswith(_NO_CITIES)) | _cities(listed),
    )


def _countries(of_country: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Countries by all their names. Samoa and American Samoa are both called Samoa."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _table("zoneinfo/iso3166.tab"):
        code, _, name = line.partition("\t")
        for spelling in _spellings(name):
            found[spelling] = found.get(spelling, ()) + of_country.get(code, ())
    found |= {alias: of_country[code] for alias, code in _ALIASES.items() if code in of_country}
    return {name: zones for name, zones in found.items() if zones}


def _spellings(name: str) -> set[str]:
    """``Korea (South)`` is called Korea, Korea South and South Korea."""
    head, bracket, rest = name.partition("(")
    if not bracket:
        return {fold(name)}
    inside, _, tail = rest.partition(")")
    return {fold(head + tail), fold(f"{head} {inside} {tail}"), fold(f"{inside} {head} {tail}")}


def _cities(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        area, slash, city = name.rpartition("/")
        if slash and area:
            found[fold(city)] = (*found.get(fold(city), ()), name)
    return found


def _table(name: str) -> list[str]:
    text = (resources.files("tzdata") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
