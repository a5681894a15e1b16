"""A secret is found in whichever form it stands, and words that are none stay."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.hiding import HIDDEN, Hiding, in_address, in_variable, named

KEY = "sk-Ω/1+x= 'q\"u<o&te\\d%41~long-enough-to-be-cut"
PLAIN = "correct-horse-battery-staple"


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        quote(KEY),
        quote(KEY, safe=""),
        quote_plus(KEY),
        html.escape(KEY),
        json.dumps(KEY),
        repr(KEY),
        repr(KEY.encode()),
        repr({"key": KEY}),
        f"https://host/v1?key={quote(KEY)}&x=1",
        f"https://host/v1?key={quote(KEY)[:40]}",
    ],
)
def test_each_form_of_it(form: str) -> None:
    said = Hiding((KEY,))(f"before {form} behind")
    assert HIDDEN in said
    assert "long-enough" not in said
    assert said.startswith("before ")
    assert said.endswith(" behind")


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(before=st.binary(max_size=9), behind=st.binary(max_size=9))
def test_in_base64_wherever_it_begins(encode: type, before: bytes, behind: bytes) -> None:
    whole = encode(before + PLAIN.encode() + behind).decode()
    said = Hiding((PLAIN,))(f"Authorization {whole}")
    assert HIDDEN in said
    # Not more than the characters at both ends, which belong to what stands beside it.
    inside = encode(PLAIN.encode()).decode()
    assert inside[4:12] not in said


@given(st.text(max_size=60), st.text(max_size=60))
def test_in_any_text(before: str, behind: str) -> None:
    assert PLAIN not in Hiding((PLAIN,))(before + PLAIN + behind)


@given(st.integers(min_value=12, max_value=len(PLAIN) - 1))
def test_when_its_end_is_cut_off(length: int) -> None:
    assert Hiding((PLAIN,))(f"Incorrect API key: {PLAIN[:length]}…") == f"Incorrect API key: {HIDDEN}"


def test_one_that_holds_another() -> None:
    assert Hiding((PLAIN, PLAIN + "-two"))(f"{PLAIN}-two") == HIDDEN


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://user:p@ss:w@rd@host:8080/x", "ss:w"),
        ("http://only-a-token@host", "only-a-token"),
        ("Proxy-Authorization: Basic dXNlcjpodW50ZXIy", "dXNlcj"),
        ("{'type': 'event', 'token': 'aW50ZXJhY3Rpb24', 'x': 1}", "aW50"),
        ('{"token":"aW50ZXJhY3Rpb24"}', "aW50"),
        ("https://files.slack.com/files-pri/T1-F1/a.txt?t=xoxe-1-2-abc", "abc"),
        ("xoxe.xoxp-1-MyLong", "MyLong"),
        ("no model sk-or-v1-0123456789abcdef0123456789abcdef there", "0123456789"),
        ("gsk_0123456789abcdefABCDEF", "0123456789"),
        ("LLM|123|AbC-dEf", "AbC"),
    ],
)
def test_what_looks_like_one(text: str, secret: str) -> None:
    assert secret not in Hiding()(text)


@pytest.mark.parametrize(
    "text",
    [
        "Basic information about the bearer, and a Bot token.",
        "see https://example.com/@user and mail@example.com",
        "tokens: 5, token=7, 'tokens': '12'",
        "llama-3.1-8b at http://127.0.0.1:11434 answers.",
    ],
)
def test_words_that_are_none_stay(text: str) -> None:
    assert Hiding((PLAIN,))(text) == text


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("http://user:pass-word@host/v1", {"pass-word"}),
        ("user:pass%2Fword@proxy:3128", {"pass%2Fword", "pass/word"}),
        ("https://token-alone@host", {"token-alone"}),
        ("https://host/v1?api-version=2024-10-21&api-key=abc%2B1", {"abc+1"}),
        ("https://host/v1?SIG=s1&access_token=t1", {"s1", "t1"}),
        ("http://127.0.0.1:11434/v1", set()),
        ("http://[broken", set()),
        ("", set()),
    ],
)
def test_the_secrets_of_an_address(address: str, wanted: set[str]) -> None:
    assert set(in_address(address)) == wanted


def test_the_secrets_of_a_variable() -> None:
    assert list(in_variable("ACME_KEY", " abc ")) == ["abc"]
    assert list(in_variable("TAMPU_TOKENS_PER_DAY", "2000000")) == []
    assert list(in_variable("LLAMA_BASE_URL", "http://u:p@host")) == ["p", "p"]
    assert list(in_variable("LLAMA_MODEL", "llama-x")) == []


@pytest.mark.parametrize("name", ["GROK_KEY", "K"])
def test_a_name_is_said(name: str) -> None:
    assert named(name) == name


@pytest.mark.parametrize("name", ["gsk_abc", "sk-x", "A B", "", "A" * 41])
def test_what_is_no_name_is_not(name: str) -> None:
    assert named(name) == HIDDEN
