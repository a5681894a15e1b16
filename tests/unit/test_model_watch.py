"""A model server that cannot answer before something is changed: the operator hears of it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import pytest

from core.conversation.model_watch import ModelTrouble, ModelWatch, Watched, WatchedModerator
from core.conversation.notices import Notices, OperatorNotice
from core.conversation.pacing import Pacer
from core.errors import (
    ContextOverflow,
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelUnreachable,
)
from core.operator_phrases import Meanwhile, ModelServer
from core.ports import Moderation
from core.transcript import Finish, Finished, ModelEvent, ModelInfo, ModelRequest, TextDelta
from tests.fakes.clock import SleepingClock
from tests.fakes.store import MemoryStore

NOON = 1_700_049_600.0  # 2023-11-15 12:00 UTC
HOUR_S = 3_600.0
SERVER = ModelServer("https://api.example.com", "llama-3.3-70b")
APOLOGY = "Whoever `llama-3.3-70b` is to answer gets an apology instead."
REQUEST = ModelRequest((), max_tokens=10)


def told(notices: Notices) -> list[OperatorNotice]:
    """What waits to be told, the oldest first."""
    return [notice for notice, _ in notices._waiting.values()]


@pytest.fixture
def clock() -> SleepingClock:
    return SleepingClock(NOON + 300)


@pytest.fixture
def notices(clock: SleepingClock) -> Notices:
    return Notices(MemoryStore(), {}, Pacer(clock), clock)


@dataclass
class ScriptedModel:
    """Answers, or fails as it is told."""

    failure: ModelError | None = None
    info_failure: ModelError | None = None
    closed: int = 0

    async def info(self) -> ModelInfo:
        if self.info_failure is not None:
            raise self.info_failure
        return ModelInfo("llama", 8_192, 1_024, tools=False, vision=False, hosted=True)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        try:
            yield TextDelta("Hello")
            if self.failure is not None:
                raise self.failure
            yield Finished(Finish.STOP)
        finally:
            self.closed += 1


async def ask(model: Watched) -> str:
    """Ask it; what it said, or the failure's name."""
    said = ""
    try:
        async with aclosing(model.stream(REQUEST)) as events:
            async for event in events:
                said += event.text if isinstance(event, TextDelta) else "."
    except ModelError as error:
        return type(error).__name__
    return said


REFUSED = (
    "**The model server `https://api.example.com` refuses my key**, since 12:05 UTC (HTTP 401 or 403). "
    f"{APOLOGY} Check `LLAMA_API_KEY`, and start me again with another key. `tampu models` shows whether it "
    "is taken."
)
MISSING = (
    "**The model server `https://api.example.com` does not have `llama-3.3-70b`**, since 12:05 UTC. "
    f"{APOLOGY} Set `LLAMA_MODEL` to one of the models that it has, and start me again. `tampu models` lists "
    "these."
)
SPENT = (
    "**The account behind my key for `https://api.example.com` has run out**, since 12:05 UTC. "
    f"{APOLOGY} Top it up there, which needs no new start of mine, or set another key in `LLAMA_API_KEY` and "
    "start me again."
)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModelRefusedKey("HTTP 401: Incorrect API key provided: sk-proj-of-the-operator"), REFUSED),
        (ModelMissing("HTTP 404: what people said"), MISSING),
        (ModelQuotaSpent("HTTP 402: credit balance of ada@example.com is too low"), SPENT),
    ],
    ids=["401", "404", "402"],
)
async def test_a_server_that_cannot_answer_is_told_of_in_our_own_words(
    notices: Notices, clock: SleepingClock, error: ModelError, words: str
) -> None:
    trouble, model = ModelTrouble(), ScriptedModel(error)
    watched = Watched(model, SERVER, trouble)
    assert await ask(watched) == type(error).__name__
    assert told(notices) == []
    trouble.listen(ModelWatch(notices, clock))
    assert await ask(watched) == type(error).__name__
    (notice,) = told(notices)
    assert notice.text == words
    assert (notice.subject, notice.quiet_s) == (
        "model server https://api.example.com by LLAMA_API_KEY",
        HOUR_S,
    )
    assert model.closed == 2


async def test_a_server_that_refuses_to_say_who_answers_is_told_of_too(
    notices: Notices, clock: SleepingClock
) -> None:
    trouble = ModelTrouble()
    trouble.listen(ModelWatch(notices, clock))
    watched = Watched(ScriptedModel(info_failure=ModelRefusedKey("HTTP 401")), SERVER, trouble)
    with pytest.raises(ModelRefusedKey):
        await watched.info()
    assert [notice.matter for notice in told(notices)] == ["key refused"]


@pytest.mark.parametrize(
    "error",
    [ModelUnreachable("x"), ModelBusy("x", 9.0), ModelBroke("x"), ContextOverflow("x"), None],
    ids=repr,
)
async def test_what_passes_by_itself_is_not_told(
    notices: Notices, clock: SleepingClock, error: ModelError | None
) -> None:
    trouble = ModelTrouble()
    trouble.listen(ModelWatch(notices, clock))
    watched = Watched(ScriptedModel(error), SERVER, trouble)
    assert await ask(watched) == (type(error).__name__ if error else "Hello.")
    assert (await watched.info()).name == "llama"
    assert told(notices) == []


def test_each_server_and_each_matter_is_told_by_itself(notices: Notices, clock: SleepingClock) -> None:
    watch = ModelWatch(notices, clock)
    other = ModelServer("http://localhost:11434", "", meanwhile=Meanwhile.FALLBACK)
    for error in (ModelRefusedKey("x"), ModelMissing("x"), ModelRefusedKey("x")):
        watch.failed(SERVER, error)
        watch.failed(other, error)
    assert sorted((notice.subject.split()[2], notice.matter) for notice in told(notices)) == [
        ("http://localhost:11434", "key refused"),
        ("http://localhost:11434", "model missing: "),
        ("https://api.example.com", "key refused"),
        ("https://api.example.com", "model missing: llama-3.3-70b"),
    ]
    assert "Fallbacks answer in place of its model, as far as they can." in told(notices)[-1].text


def test_since_when_is_told_until_the_server_answers(notices: Notices, clock: SleepingClock) -> None:
    watch = ModelWatch(notices, clock)
    for passed, words in ((0, "12:05 UTC"), (HOUR_S, "12:05 UTC"), (30 * HOUR_S, "15 November, 12:05 UTC")):
        clock.advance(passed)
        watch.failed(SERVER, ModelRefusedKey("x"))
        assert f", since {words} (HTTP" in told(notices)[-1].text
    watch.answered(ModelServer("http://localhost:11434", "small"))
    watch.failed(SERVER, ModelRefusedKey("x"))
    assert "since 15 November" in told(notices)[-1].text
    watch.answered(SERVER)
    watch.failed(SERVER, ModelRefusedKey("x"))
    assert ", since 19:05 UTC (HTTP" in told(notices)[-1].text


@dataclass
class Guard:
    """A moderator whose key is refused until it is ``let_in``."""

    let_in: bool = False

    async def check(self, *texts: str, asked: str = "") -> Moderation:
        if not self.let_in:
            raise ModelRefusedKey(f"HTTP 401: {texts}")
        return Moderation(flagged=True, categories=(asked, *texts))


async def test_the_server_that_checks_what_is_said_is_told_of_too(
    notices: Notices, clock: SleepingClock
) -> None:
    trouble, guard = ModelTrouble(), Guard()
    trouble.listen(ModelWatch(notices, clock))
    names = ("MODERATION_API_KEY", "MODERATION_MODEL", Meanwhile.NOT_CHECKED)
    watched = WatchedModerator(guard, ModelServer("https://guard.example.com", "guard", *names), trouble)
    with pytest.raises(ModelRefusedKey):
        await watched.check("the canary sings")
    (notice,) = told(notices)
    assert notice.text == (
        "**The model server `https://guard.example.com` refuses my key**, since 12:05 UTC (HTTP 401 or 403). "
        "What people say is checked by `guard`, and nobody is answered without that. Check "
        "`MODERATION_API_KEY`, and start me again with another key."
    )
    guard.let_in = True
    assert (await watched.check("b", asked="a")).categories == ("a", "b")
