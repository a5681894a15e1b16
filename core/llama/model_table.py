"""The model table: who serves which Llama under which id, with which window, for what price.

Read in November 2026 from the hosts' own pages, LiteLLM's price map and models.dev. Prices drift and hosts
drop models: the operator's rows in ``tampu.toml`` go before these.
"""

import re
from typing import Final

from core.llama.catalog import Catalog, Listing, Price, Row
from core.llama.hosts import Host
from core.llama.known import facts_of

PRICES_OF: Final = "November 2026"


def _names(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


SCOUT: Final = Row(
    title="Llama 4 Scout",
    weights=10_485_760,
    facts=facts_of("llama-4-scout"),
    names=_names(r"(meta-)?llama-?4-scout.*", r"llama4(:(latest|.*scout|16x17b).*)?"),
    listings=(
        Listing(Host.OPENROUTER, ("meta-llama/llama-4-scout",), 327_680, 16_384, Price(0.10, 0.30)),
        Listing(
            Host.DEEPINFRA,
            ("meta-llama/Llama-4-Scout-17B-16E-Instruct",),
            327_680,
            16_384,
            Price(0.10, 0.30),
        ),
        Listing(
            Host.TOGETHER,
            ("meta-llama/Llama-4-Scout-17B-16E-Instruct",),
            ends="2026-02-06",
        ),
        Listing(
            Host.NOVITA,
            ("meta-llama/llama-4-scout-17b-16e-instruct",),
            131_072,
            131_072,
            Price(0.18, 0.59),
            tools=False,
        ),
        Listing(
            Host.CLOUDFLARE,
            ("@cf/meta/llama-4-scout-17b-16e-instruct",),
            131_000,
            price=Price(0.27, 0.85),
        ),
        Listing(
            Host.BEDROCK,
            ("meta.llama4-scout-17b-instruct-v1:0", "us.meta.llama4-scout-17b-instruct-v1:0"),
            3_500_000,
            16_384,
            Price(0.17, 0.66),
            ends="2027-03-30",
        ),
        Listing(
            Host.AZURE,
            ("Llama-4-Scout-17B-16E-Instruct",),
            128_000,
            8192,
            Price(0.20, 0.78),
            ends="2027-01-31",
        ),
        Listing(
            Host.VERTEX,
            ("meta/llama-4-scout-17b-16e-instruct-maas", "llama-4-scout-17b-16e-instruct-maas"),
            price=Price(0.25, 0.70),
        ),
        Listing(
            Host.LLAMA_API,
            ("Llama-4-Scout-17B-16E-Instruct-FP8",),
            128_000,
            4028,
            ends="2026-07-06",
        ),
    ),
)

MAVERICK: Final = Row(
    title="Llama 4 Maverick",
    weights=1_048_576,
    facts=facts_of("llama-4-maverick"),
    names=_names(r"(meta-)?llama-?4-maverick.*", r"llama4:(.*maverick|128x17b).*"),
    listings=(
        Listing(Host.OPENROUTER, ("meta-llama/llama-4-maverick",), 1_048_576, 16_384, Price(0.15, 0.60)),
        Listing(
            Host.DEEPINFRA,
            ("meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",),
            1_048_576,
            16_384,
            Price(0.20, 0.80),
            tools=False,
        ),
        Listing(
            Host.NOVITA,
            ("meta-llama/llama-4-maverick-17b-128e-instruct-fp8",),
            1_048_576,
            8192,
            Price(0.27, 0.85),
            tools=False,
        ),
        Listing(
            Host.BEDROCK,
            ("meta.llama4-maverick-17b-instruct-v1:0", "us.meta.llama4-maverick-17b-instruct-v1:0"),
            1_000_000,
            16_384,
            Price(0.24, 0.97),
        ),
        Listing(
            Host.AZURE,
            ("Llama-4-Maverick-17B-128E-Instruct-FP8",),
            128_000,
            8192,
            Price(0.25, 1.00),
            ends="2026-11-19",
        ),
        Listing(
            Host.VERTEX,
            ("meta/llama-4-maverick-17b-128e-instruct-maas", "llama-4-maverick-17b-128e-instruct-maas"),
            524_288,
            8192,
            Price(0.35, 1.15),
        ),
        Listing(
            Host.SAMBANOVA,
            ("Llama-4-Maverick-17B-128E-Instruct",),
            131_072,
            price=Price(0.63, 1.80),
            note="Not in SambaNova's list of August 2026 any more.",
        ),
        Listing(
            Host.WATSONX,
            ("meta-llama/llama-4-maverick-17b-128e-instruct-fp8",),
            price=Price(0.371, 1.484),
        ),
        Listing(
            Host.LLAMA_API,
            ("Llama-4-Maverick-17B-128E-Instruct-FP8",),
            128_000,
            4028,
            ends="2026-07-06",
        ),
    ),
)

LLAMA_33_70B: Final = Row(
    title="Llama 3.3 70B Instruct",
    weights=131_072,
    facts=facts_of("llama-3.3-70b-instruct"),
    names=_names(r"(meta-)?llama-?v?3[.p-]3-70b(?!.*vision).*", r"llama3\.3(:(latest|70b).*)?"),
    listings=(
        Listing(Host.OPENROUTER, ("meta-llama/llama-3.3-70b-instruct",), 131_072, 16_384, Price(0.10, 0.32)),
        Listing(Host.OPENROUTER, ("meta-llama/llama-3.3-70b-instruct:free",), 65_536, price=Price(0.0, 0.0)),
        Listing(
            Host.DEEPINFRA,
            ("meta-llama/Llama-3.3-70B-Instruct-Turbo",),
            131_072,
            16_384,
            Price(0.10, 0.32),
        ),
        Listing(
            Host.TOGETHER,
            ("meta-llama/Llama-3.3-70B-Instruct-Turbo",),
            131_072,
            price=Price(1.04, 1.04),
            ends="2026-10-22",
        ),
        Listing(
            Host.NOVITA,
            ("meta-llama/llama-3.3-70b-instruct",),
            131_072,
            120_000,
            Price(0.135, 0.40),
        ),
        Listing(
            Host.NEBIUS,
            ("meta-llama/Llama-3.3-70B-Instruct",),
            128_000,
            8192,
            Price(0.13, 0.40),
        ),
        Listing(
            Host.CLOUDFLARE,
            ("@cf/meta/llama-3.3-70b-instruct-fp8-fast",),
            24_000,
            24_000,
            Price(0.293, 2.253),
        ),
        Listing(
            Host.BEDROCK,
            ("meta.llama3-3-70b-instruct-v1:0", "us.meta.llama3-3-70b-instruct-v1:0"),
            128_000,
            4096,
            Price(0.72, 0.72),
        ),
        Listing(Host.AZURE, ("Llama-3.3-70B-Instruct",), 128_000, 32_768, Price(0.71, 0.71)),
        Listing(
            Host.VERTEX,
            ("meta/llama-3.3-70b-instruct-maas", "llama-3.3-70b-instruct-maas"),
            128_000,
            8192,
            Price(0.72, 0.72),
            ends="2026-10-21",
        ),
        Listing(Host.SAMBANOVA, ("Meta-Llama-3.3-70B-Instruct",), 128_000),
        Listing(Host.WATSONX, ("meta-llama/llama-3-3-70b-instruct",)),
        Listing(Host.LLAMA_API, ("Llama-3.3-70B-Instruct",), 128_000, 4028, ends="2026-07-06"),
    ),
)

LLAMA_31_8B: Final = Row(
    title="Llama 3.1 8B Instruct",
    weights=131_072,
    facts=facts_of("llama-3.1-8b-instruct"),
    names=_names(r"(meta-)?llama-?v?3[.p-]1-8b-inst(?!.*vision).*", r"llama3\.1(:(latest|8b).*)?"),
    listings=(
        Listing(Host.OPENROUTER, ("meta-llama/llama-3.1-8b-instruct",), 131_072, 16_384, Price(0.02, 0.03)),
        Listing(
            Host.DEEPINFRA,
            ("meta-llama/Meta-Llama-3.1-8B-Instruct", "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo"),
            131_072,
            price=Price(0.03, 0.05),
        ),
        Listing(
            Host.TOGETHER,
            ("meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",),
            131_072,
            ends="2026-03-06",
        ),
        Listing(
            Host.NOVITA,
            ("meta-llama/llama-3.1-8b-instruct",),
            16_384,
            16_384,
            Price(0.02, 0.05),
            tools=False,
        ),
        Listing(Host.NEBIUS, ("meta-llama/Meta-Llama-3.1-8B-Instruct",), price=Price(0.02, 0.06)),
        Listing(
            Host.CLOUDFLARE,
            ("@cf/meta/llama-3.1-8b-instruct-fp8",),
            32_000,
            32_000,
            Price(0.152, 0.287),
            tools=False,
        ),
        Listing(
            Host.BEDROCK,
            ("meta.llama3-1-8b-instruct-v1:0", "us.meta.llama3-1-8b-instruct-v1:0"),
            128_000,
            4096,
            Price(0.22, 0.22),
        ),
        Listing(Host.AZURE, ("Meta-Llama-3.1-8B-Instruct",), 128_000, 32_768, Price(0.30, 0.61)),
        Listing(Host.VERTEX, ("meta/llama-3.1-8b-instruct-maas", "llama-3.1-8b-instruct-maas")),
    ),
)

_TRAINS: Final = "Meta may train on what is sent to this model: do not use it for a workplace."

MUSE: Final = Row(
    title="Muse",
    weights=1_048_576,
    facts=facts_of("muse-spark"),
    names=(),
    listings=(
        Listing(
            Host.META,
            ("muse-spark-1.3", "muse-spark-1.2", "muse-spark-1.1"),
            1_048_576,
            131_072,
            Price(1.25, 4.25),
        ),
        Listing(
            Host.META,
            ("muse-spark-1.3-contributor", "muse-spark-1.2-contributor"),
            1_048_576,
            131_072,
            Price(0.10, 0.20),
            note=_TRAINS,
        ),
        Listing(Host.META, ("muse-wonder-1.0",), 1_048_576, price=Price(4.00, 20.00)),
        Listing(Host.META, ("muse-ember-1.0",), 1_048_576, 524_288),
    ),
)

TABLE: Final = (SCOUT, MAVERICK, LLAMA_33_70B, LLAMA_31_8B, MUSE)
CATALOG: Final = Catalog(TABLE)
