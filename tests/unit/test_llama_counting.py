"""Counting without a server: guesses, what they learn, and the tokenizers where they are installed."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.calibration import LEAST_RATIO, MOST_RATIO, Calibration
from core.llama.counting import TokenCounting, weigh, yardstick
from core.llama.tokenizers import installed_counter
from core.llama.wire import Saying, encode
from core.tokens import SAFETY, estimate
from core.transcript import (
    Image,
    ImagePart,
    Message,
    ModelRequest,
    Role,
    TextPart,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
)
from core.window import weight

WORDS = "The runner came down to the way-station with a knotted cord and a sentence. " * 30
SMALL = ImagePart("aa", "image/png", 336, 336, "small.png")
LARGE = ImagePart("bb", "image/png", 1024, 1024, "large.png")
BYTES = Image("image/png", b"not looked at")


def encoded(request: ModelRequest) -> bytes:
    return encode(request, Saying("llama-4-scout"))


def asking(*parts: TextPart | ImagePart, images: tuple[tuple[str, Image], ...] = ()) -> ModelRequest:
    return ModelRequest((Message(Role.USER, parts),), images=images)


def counting(most_pictures: int = 8) -> TokenCounting:
    return TokenCounting(encoded, yardstick("llama-4-scout", hosted=True), most_pictures=most_pictures)


class TestCalibration:
    def test_at_first_a_guess_stays_as_it_is(self) -> None:
        assert Calibration().corrected(1234) == 1234

    def test_it_comes_to_the_ratio_of_the_server(self) -> None:
        for true in (0.7, 0.9, 1.3, 1.7):
            learned = Calibration()
            for guess in range(1000, 2000, 10):
                learned = learned.observed(guess, round(guess * true))
            assert learned.corrected(1000) == pytest.approx(1000 * true, rel=0.01)

    def test_too_few_is_learned_faster_than_too_many(self) -> None:
        rise = Calibration().observed(1000, 1300).ratio - 1
        fall = 1 - Calibration().observed(1000, 700).ratio
        assert rise > 3 * fall > 0

    @pytest.mark.parametrize(
        ("guess", "counted"),
        [(1000, 0), (1000, -7), (1000, 40), (1000, 599), (1000, 10**9), (99, 140), (0, 5), (-5, 100)],
    )
    def test_what_says_nothing_changes_nothing(self, guess: int, counted: int) -> None:
        learned = Calibration(1.1)
        assert learned.observed(guess, counted) == learned

    @given(st.lists(st.tuples(st.integers(-10, 10**6), st.integers(-10, 10**7))))
    def test_it_never_leaves_its_bounds(self, requests: list[tuple[int, int]]) -> None:
        learned = Calibration()
        for guess, counted in requests:
            learned = learned.observed(guess, counted)
        assert LEAST_RATIO <= learned.ratio <= MOST_RATIO


class TestWeigh:
    def test_every_text_of_the_body_counts_once(self) -> None:
        request = ModelRequest(
            (
                Message(Role.SYSTEM, (TextPart("abc"),)),
                Message(Role.USER, (TextPart("defg"),)),
                Message(Role.ASSISTANT, (ToolCall("1", "find", '{"q":"h"}'),)),
                Message(Role.TOOL, (ToolResult("1", "find", "ijklm"),)),
            )
        )
        body = json.loads(encoded(request))
        nothing = weigh(body, lambda _text: 0)
        assert weigh(body, len) - nothing == len("abc" + "defg" + "find" + '{"q":"h"}' + "ijklm")

    def test_tools_weigh_what_the_model_is_told_of_them(self) -> None:
        plain = json.loads(encoded(asking(TextPart("hi"))))
        schema = '{"type":"object","properties":{"place":{"type":"string","description":"a town"}}}'
        spec = ToolSpec("weather", "Tell the weather of a place.", schema)
        tooled = json.loads(encoded(ModelRequest((Message(Role.USER, (TextPart("hi"),)),), (spec,))))
        told = estimate(spec.name) + estimate(spec.description) + estimate(spec.schema)
        assert weigh(tooled, estimate) > weigh(plain, estimate) + told

    def test_text_in_parts_and_objects_counts_as_in_strings(self) -> None:
        texts = ("abc", [{"type": "text", "text": "abc"}], {"type": "text", "text": "abc"}, [["abc"]])
        weights = {weigh({"messages": [{"role": "user", "content": text}]}, len) for text in texts}
        assert len(weights) == 1

    @pytest.mark.parametrize("body", [{}, {"messages": None}, {"messages": [None, 3, {"content": 7}]}])
    def test_an_odd_body_weighs_its_frame(self, body: dict[str, object]) -> None:
        assert 0 < weigh(body, len) < 100


class TestYardstick:
    def test_llama_4_has_a_wider_vocabulary(self) -> None:
        hindi = "वह चौकी वहाँ थी जहाँ सड़क घाटी को छोड़ती थी"
        of_3, of_4 = (yardstick(model, hosted=False) for model in ("llama3.3:70b", "llama4:scout"))
        assert of_4.text(hindi) < of_3.text(hindi)
        assert of_4.text("the road left the valley") == of_3.text("the road left the valley")
        assert not of_3.exact

    def test_a_model_that_nobody_knows_is_counted_cautiously(self) -> None:
        unknown, known = (yardstick(model, hosted=True) for model in ("qwen3:8b", "llama-4-scout"))
        assert unknown.text("გზა ხეობას ტოვებდა") > known.text("გზა ხეობას ტოვებდა")
        assert unknown.picture(336, 336) > known.picture(336, 336)


class TestRequests:
    async def test_without_a_server_it_is_the_guess_with_the_safety_factor(self) -> None:
        tokens = (await counting().of_request(asking(TextPart(WORDS)))).tokens
        assert tokens >= estimate(WORDS) * SAFETY
        assert tokens <= estimate(WORDS) * SAFETY + 60

    async def test_what_the_server_counted_is_learned(self) -> None:
        learning = counting()
        request = asking(TextPart(WORDS))
        first = (await learning.of_request(request)).tokens
        for _ in range(40):
            await learning.learn(request, Usage(round(first / SAFETY * 1.5), 5))
        assert (await learning.of_request(request)).tokens == pytest.approx(first * 1.5, rel=0.02)
        assert learning.text(WORDS) == pytest.approx(estimate(WORDS) * 1.5 * SAFETY, rel=0.02)

    async def test_nothing_is_learned_from_pictures_or_from_silence(self) -> None:
        learning = counting()
        shown = asking(TextPart(WORDS), SMALL, images=((SMALL.sha256, BYTES),))
        await learning.learn(shown, Usage(5_000, 5))
        await learning.learn(asking(TextPart(WORDS)), None)
        await learning.learn(asking(TextPart(WORDS)), Usage(0, 17))
        assert learning.calibration == Calibration()

    async def test_pictures_count_by_their_size_and_only_those_that_are_sent(self) -> None:
        parts = (TextPart("which?"), SMALL, LARGE)
        without = (await counting().of_request(asking(*parts))).tokens
        both = asking(*parts, images=((SMALL.sha256, BYTES), (LARGE.sha256, BYTES)))
        assert (await counting().of_request(both)).tokens == without + 147 + 2_467
        one = asking(*parts, images=((SMALL.sha256, BYTES),))
        assert (await counting().of_request(one)).tokens == without + 147
        assert (await counting(most_pictures=1).of_request(both)).tokens == without + 2_467
        assert (await counting(most_pictures=0).of_request(both)).tokens == without

    def test_the_windows_rules_count_with_it(self) -> None:
        message = Message(Role.USER, (TextPart(WORDS), SMALL))
        counter = counting()
        shown = counter.text(SMALL.name) + 147
        assert (
            weight(message, counter) - weight(Message(Role.USER, ()), counter) == counter.text(WORDS) + shown
        )

    async def test_a_lone_surrogate_in_a_question_is_counted(self) -> None:
        assert (await counting().of_request(asking(TextPart("half an emoji: \ud83e")))).tokens > 0


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place where ``llama_models`` is imported from for the length of a test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] == "llama_models"]:
        del sys.modules[name]


def install(folder: Path, family: str, source: str) -> None:
    place = folder / "llama_models" / family
    place.mkdir(parents=True)
    (folder / "llama_models" / "__init__.py").touch()
    (place / "__init__.py").touch()
    (place / "tokenizer.py").write_text(source)


GOOD = """
class Tokenizer:
    @classmethod
    def get_instance(cls):
        return cls()

    def encode(self, s, *, bos, eos):
        s.encode()
        return [1] * (len(s.split()) + bos + eos)
"""


class TestTokenizers:
    @pytest.mark.parametrize(
        ("family", "model"),
        [
            ("llama4", "meta-llama/llama-4-scout"),
            ("llama4", "Llama-4-Maverick-17B-128E-Instruct-FP8"),
            ("llama3", "llama3.1:8b"),
            ("llama3", "meta-llama/Llama-3.3-70B-Instruct"),
            ("llama3", "accounts/x/models/llama-v3p3-70b-instruct"),
        ],
    )
    async def test_the_installed_tokenizer_of_a_model_counts(
        self, package: Path, family: str, model: str
    ) -> None:
        install(package, family, GOOD)
        counter = installed_counter(model)
        assert counter is not None
        assert [counter(text) for text in ("", "one two three", "\ud800 b")] == [0, 3, 2]
        exact = TokenCounting(encoded, yardstick(model, hosted=True, tokenizer=counter))
        assert exact.text("one two three") == 3
        twice = (await exact.of_request(asking(TextPart("one two " * 100)))).tokens
        assert twice - (await exact.of_request(asking(TextPart("one two " * 50)))).tokens == 100

    def test_another_model_has_none(self, package: Path) -> None:
        install(package, "llama3", GOOD)
        assert installed_counter("qwen3:8b") is None
        assert installed_counter("") is None

    @pytest.mark.parametrize(
        "source",
        [
            "import a_package_that_nobody_has",
            "",
            "class Tokenizer:\n    pass",
            GOOD.replace("return cls()", "raise FileNotFoundError('tokenizer.model')"),
            GOOD.replace("return cls()", "assert False, 'no file'"),
            GOOD.replace("*, bos, eos", ""),
        ],
    )
    def test_an_installation_that_does_not_work_is_none(self, package: Path, source: str) -> None:
        install(package, "llama4", source)
        assert installed_counter("llama-4-scout") is None
