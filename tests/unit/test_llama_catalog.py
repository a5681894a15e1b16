"""The model table: ids by host, windows, prices, and who is heard first."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.catalog import CHAT_WINDOW, Catalog, Listing, OperatorRow, Price, Row, Source
from core.llama.hosts import Host, host_at, host_named
from core.llama.known import Facts, facts_of
from core.llama.model_table import (
    CATALOG,
    LLAMA_31_8B,
    LLAMA_33_70B,
    MAVERICK,
    MUSE,
    PRICES_OF,
    SCOUT,
    TABLE,
)

ADDRESSES = {
    Host.OPENROUTER: "https://openrouter.ai/api/v1",
    Host.DEEPINFRA: "https://api.deepinfra.com/v1/openai",
    Host.TOGETHER: "https://api.together.xyz/v1",
    Host.NOVITA: "https://api.novita.ai/openai/v1",
    Host.NEBIUS: "https://api.studio.nebius.com/v1",
    Host.CLOUDFLARE: "https://api.cloudflare.com/client/v4/accounts/abc/ai/v1",
    Host.BEDROCK: "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1",
    Host.AZURE: "https://mine.services.ai.azure.com/openai/v1",
    Host.VERTEX: "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/openapi",
    Host.SAMBANOVA: "https://api.sambanova.ai/v1",
    Host.WATSONX: "https://us-south.ml.cloud.ibm.com/ml/gateway/v1",
    Host.META: "https://api.meta.ai/v1",
    Host.LLAMA_API: "https://api.llama.com/compat/v1",
}
LISTINGS = [(row, listing, name) for row in TABLE for listing in row.listings for name in listing.ids]


@pytest.mark.parametrize(("host", "address"), ADDRESSES.items())
def test_each_host_is_known_by_its_address(host: Host, address: str) -> None:
    assert host_at(address) is host
    assert host_at(address.upper().replace("HTTPS://", "https://")) is host


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:11434/v1",
        "https://openrouter.ai.evil.test/v1",
        "https://notopenrouter.ai/v1",
        "https://evil.test/openrouter.ai",
        "http://[::bad",
        "",
    ],
)
def test_other_addresses_are_nobodys(address: str) -> None:
    assert host_at(address) is None


def test_each_host_of_the_table_has_an_address_here() -> None:
    assert set(ADDRESSES) == set(Host)


@pytest.mark.parametrize(("row", "listing", "name"), LISTINGS, ids=lambda value: str(value)[:60])
def test_each_id_is_found_at_its_host(row: Row, listing: Listing, name: str) -> None:
    entry = CATALOG.entry(name, ADDRESSES[listing.host])
    assert entry.source is Source.TABLE
    assert entry.row == f"{row.title} at {listing.host}"
    assert (entry.window, entry.price, entry.ends) == (listing.window, listing.price, listing.ends)
    assert entry.facts.vision is row.facts.vision
    assert entry.facts.window is not None
    assert entry.facts.window <= min(CHAT_WINDOW, listing.window or CHAT_WINDOW)
    assert entry.facts.max_output is not None
    assert entry.facts.max_output <= (listing.max_output or 1_000_000)
    assert entry.sure is (listing.window is not None)
    assert CATALOG.entry(name.upper(), ADDRESSES[listing.host]) == entry


@pytest.mark.parametrize(("row", "listing", "name"), LISTINGS, ids=lambda value: str(value)[:60])
def test_each_id_is_known_elsewhere_without_price_or_window(row: Row, listing: Listing, name: str) -> None:
    entry = CATALOG.entry(name, "http://localhost:8000/v1")
    assert entry.row == row.title
    assert (entry.price, entry.sure, entry.ends, entry.stated.window) == (None, False, "", None)
    assert entry.window == row.weights


def test_the_table_is_consistent() -> None:
    for row in TABLE:
        assert row.weights >= (row.facts.window or 0)
        ids = [(listing.host, name.lower()) for listing in row.listings for name in listing.ids]
        assert len(ids) == len(set(ids))
        for listing in row.listings:
            assert not listing.ends or re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", listing.ends)
            if listing.price is not None:
                assert 0 <= listing.price.sent <= listing.price.answered < 100
    assert re.fullmatch(r"[A-Z][a-z]+ 20\d\d", PRICES_OF)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("llama4:scout", "Llama 4 Scout"),
        ("llama4", "Llama 4 Scout"),
        ("llama4:latest", "Llama 4 Scout"),
        ("llama4:16x17b", "Llama 4 Scout"),
        ("llama4:17b-scout-16e-instruct-q4_K_M", "Llama 4 Scout"),
        ("llama4:17b-maverick-128e-instruct-fp16", "Llama 4 Maverick"),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", "Llama 4 Scout"),
        ("unsloth/Llama-4-Scout-17B-16E-Instruct-GGUF", "Llama 4 Scout"),
        ("/models/Llama-4-Scout-17B-16E-Instruct-UD-Q2_K_XL.gguf", "Llama 4 Scout"),
        ("llama4:maverick", "Llama 4 Maverick"),
        ("llama4:128x17b", "Llama 4 Maverick"),
        ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", "Llama 4 Maverick"),
        ("llama3.3", "Llama 3.3 70B Instruct"),
        ("llama3.3:70b-instruct-q4_K_M", "Llama 3.3 70B Instruct"),
        ("bartowski/Llama-3.3-70B-Instruct-GGUF", "Llama 3.3 70B Instruct"),
        ("Llama-3.3-70B-Instruct-Q4_K_M.gguf", "Llama 3.3 70B Instruct"),
        ("meta-llama/llama-3.3-70b-instruct:free", "Llama 3.3 70B Instruct"),
        ("accounts/fireworks/models/llama-v3p3-70b-instruct", "Llama 3.3 70B Instruct"),
        ("llama-3.3-70b-versatile", "Llama 3.3 70B Instruct"),
        ("llama3.1:8b", "Llama 3.1 8B Instruct"),
        ("llama3.1:8b-instruct-q8_0", "Llama 3.1 8B Instruct"),
        ("meta-llama/Llama-3.1-8B-Instruct", "Llama 3.1 8B Instruct"),
        ("Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "Llama 3.1 8B Instruct"),
        ("llama-3.1-8b-instant", "Llama 3.1 8B Instruct"),
        ("llama3.1:70b", ""),
        ("llama-3.1-70b-instruct", ""),
        ("llama3.2:3b", ""),
        ("nvidia/llama-3.1-nemotron-nano-vl-8b-v1", ""),
        ("someone/llama-3.1-8b-instruct-vision", ""),
    ],
)
def test_names_of_weights_files_and_tags(name: str, title: str) -> None:
    assert CATALOG.entry(name).row == title


@pytest.mark.parametrize("name", ["llama3.1:70b", "llama3.2-vision:11b", "muse-glimmer-30b", "gemma3:4b"])
def test_what_is_not_in_the_table_is_read_from_the_name(name: str) -> None:
    entry = CATALOG.entry(name)
    assert entry.source is Source.NAME
    assert entry.facts == facts_of(name)


@pytest.mark.parametrize("name", ["my-finetune", "gpt-oss:20b", ""])
def test_what_nobody_knows_is_assumed(name: str) -> None:
    entry = CATALOG.entry(name, ADDRESSES[Host.OPENROUTER])
    assert (entry.source, entry.facts) == (Source.NOBODY, facts_of(""))


@pytest.mark.parametrize(
    ("name", "host", "rest"),
    [
        ("deepinfra/meta-llama/Llama-4-Scout", Host.DEEPINFRA, "meta-llama/Llama-4-Scout"),
        ("openrouter/meta-llama/llama-4-scout", Host.OPENROUTER, "meta-llama/llama-4-scout"),
        ("meta-llama/llama-4-scout", None, "meta-llama/llama-4-scout"),
        ("openrouter", None, "openrouter"),
    ],
)
def test_a_gateways_prefix_names_the_host(name: str, host: Host | None, rest: str) -> None:
    assert host_named(name) == (host, rest)


def test_a_gateway_on_ones_own_machine_says_whose_price_it_is() -> None:
    entry = CATALOG.entry(
        "vertex_ai/meta/llama-4-maverick-17b-128e-instruct-maas", "http://localhost:4000/v1"
    )
    assert entry.row == "Llama 4 Maverick at Vertex AI"
    assert entry.price == Price(0.35, 1.15)


def test_a_variant_has_its_models_facts_and_a_free_one_its_price() -> None:
    at = ADDRESSES[Host.OPENROUTER]
    plain = CATALOG.entry("meta-llama/llama-3.3-70b-instruct", at)
    assert CATALOG.entry("meta-llama/llama-3.3-70b-instruct:nitro", at) == plain
    free = CATALOG.entry("meta-llama/llama-3.3-70b-instruct:free", at)
    assert (free.price, free.window) == (Price(0.0, 0.0), 65_536)
    other = CATALOG.entry("meta-llama/llama-4-scout:free", at)
    assert (other.row, other.price) == ("Llama 4 Scout", None)


def test_what_is_asked_of_the_four() -> None:
    assert [row.facts.vision for row in (SCOUT, MAVERICK, LLAMA_33_70B, LLAMA_31_8B)] == [
        True,
        True,
        False,
        False,
    ]
    assert (SCOUT.weights, MAVERICK.weights) == (10_485_760, 1_048_576)
    assert all(row.facts.tools for row in TABLE)
    assert MUSE.facts.thinking > 0
    contributor = CATALOG.entry("muse-spark-1.3-contributor", ADDRESSES[Host.META])
    assert "train" in contributor.note
    assert contributor.facts.thinking == MUSE.facts.thinking


def test_the_operator_is_heard_first_and_the_exact_name_before_the_pattern() -> None:
    own = (
        OperatorRow("llama3*", Facts(window=1000, note="by pattern"), Price(1, 2)),
        OperatorRow("Llama3.1:8B", Facts(window=2000, vision=True)),
        OperatorRow("*", Facts(tools=False)),
    )
    catalog = Catalog(TABLE, own)
    exact = catalog.entry("llama3.1:8b")
    assert (exact.facts.window, exact.facts.vision, exact.facts.tools) == (2000, True, True)
    assert (exact.sure, exact.source, exact.row) == (True, Source.OPERATOR, 'models."Llama3.1:8B"')
    assert exact.facts.max_output == LLAMA_31_8B.facts.max_output
    pattern = catalog.entry("llama3.3")
    assert (pattern.facts.window, pattern.price, pattern.note) == (1000, Price(1, 2), "by pattern")
    rest = catalog.entry("meta-llama/llama-4-scout", ADDRESSES[Host.OPENROUTER])
    assert (rest.facts.tools, rest.facts.window, rest.price) == (False, CHAT_WINDOW, Price(0.10, 0.30))
    assert rest.sure
    assert catalog.entry("unheard-of").facts.tools is False


def test_the_operators_window_may_be_larger_than_a_chat_is_given() -> None:
    catalog = Catalog(TABLE, (OperatorRow("meta-llama/*", Facts(window=1_000_000, max_output=32_000)),))
    entry = catalog.entry("meta-llama/llama-4-maverick", ADDRESSES[Host.OPENROUTER])
    assert (entry.facts.window, entry.facts.max_output) == (1_000_000, 32_000)


def test_the_server_is_heard_before_the_table_and_after_the_operator() -> None:
    at = "http://localhost:8000/v1"
    heard = Facts(window=20_000, max_output=512, vision=False)
    entry = CATALOG.entry("llama4:scout", at, heard)
    assert (entry.facts.window, entry.facts.max_output, entry.facts.vision) == (20_000, 512, False)
    assert (entry.facts.tools, entry.sure, entry.window, entry.row) == (True, True, 20_000, "Llama 4 Scout")
    unknown = CATALOG.entry("mine", at, heard)
    assert (unknown.source, unknown.sure) == (Source.SERVER, True)
    catalog = Catalog(TABLE, (OperatorRow("mine", Facts(window=9000)),))
    own = catalog.entry("mine", at, heard)
    assert (own.facts.window, own.facts.max_output, own.source) == (9000, 512, Source.OPERATOR)


def test_a_server_with_a_huge_window_gives_a_chat_what_it_can_use() -> None:
    entry = CATALOG.entry(
        "llama4:scout", "http://localhost:8000/v1", Facts(window=10_485_760, max_output=99_999)
    )
    assert (entry.facts.window, entry.window) == (CHAT_WINDOW, 10_485_760)
    assert entry.facts.max_output == SCOUT.facts.max_output
    silent = CATALOG.entry("llama4:scout", "http://localhost:8000/v1", Facts(vision=True))
    assert not silent.sure


def test_a_price_counts_tokens() -> None:
    assert Price(0.10, 0.30).of(1_000_000, 2_000_000) == pytest.approx(0.70)
    assert Price(0.0, 0.0).of(5, 5) == 0


@given(st.text(max_size=80), st.sampled_from([*ADDRESSES.values(), "", "http://localhost/v1", "x"]))
def test_any_name_has_facts(name: str, address: str) -> None:
    facts = CATALOG.entry(name, address).facts
    assert facts.window is not None
    assert facts.window > 0
    assert facts.max_output is not None
