"""Texts checked by a moderation endpoint, or by a Llama Guard model that answers as a chat.

Llama Guard answers ``safe``, or ``unsafe`` and on the second line the codes of the violated categories with
commas between them (Meta's model cards of Llama Guard 3 and 4). Its chat template takes one question, or a
question and its answer, of which it judges the last.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import ContentFiltered, ModelBroke, ModelError, ModelTimedOut
from core.llama.answer import Answer
from core.llama.blot import blot
from core.llama.connection import Connection, everything
from core.llama.endpoint import CHAT_PATH, Deadlines
from core.llama.faults import is_error, stream_error
from core.llama.patience import Patience
from core.llama.profile import CapField
from core.llama.reading import read_answer
from core.llama.shapes import Object, as_list, as_object, as_text, parse
from core.llama.special_tokens import neutralise
from core.ports import Moderation
from core.transcript import Finish, Message, ModelRequest, Role, TextDelta, TextPart

_PATH: Final = "/moderations"
_INPUTS: Final = 16
_OVERLAP: Final = 200
_SMALLEST: Final = 64
# All of Llama Guard's codes fit into this many tokens.
_VERDICT_TOKENS: Final = 100
_MOST_CATEGORIES: Final = 20
_CATEGORY_CHARS: Final = 60

_GUARD_3: Final = (
    "violent crimes",
    "non-violent crimes",
    "sex crimes",
    "child sexual exploitation",
    "defamation",
    "specialized advice",
    "privacy",
    "intellectual property",
    "indiscriminate weapons",
    "hate",
    "suicide and self-harm",
    "sexual content",
    "elections",
    "code interpreter abuse",
)
# Llama Guard 2 knew neither defamation nor the last two, and counted without them.
_GUARD_2: Final = (*_GUARD_3[:4], *_GUARD_3[5:12])
_CODE: Final = re.compile(r"\b[SO]\d{1,2}\b", re.IGNORECASE)
_VERDICT: Final = re.compile(r"\W*(safe|unsafe)\b\W*((?:[SO]\d{1,2}\W*)*)", re.IGNORECASE)
_SPECIAL: Final = re.compile(r"<\|\w{1,64}\|>")
# Llama Guard's template marks the conversation with these, in plain letters.
_MARK: Final = re.compile(r"<(?=(?:BEGIN|END) )")


class Way(StrEnum):
    """How a server is asked: OpenAI's ``/moderations``, Meta's own, or a Llama Guard model's chat."""

    OPENAI = "openai"
    LLAMA_API = "llama-api"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Guard:
    """Which check, and within what limits.

    ``model`` may be empty where the endpoint has its own. ``seconds`` are for a whole check. A piece of
    text has at most ``piece_bytes`` in UTF-8: as many as fit, with Llama Guard's own instructions, into
    the 4,096 tokens that Ollama may stop at without a word. ``at_once`` pieces are checked together.
    """

    way: Way
    model: str = ""
    seconds: float = 15.0
    piece_bytes: int = 4000
    at_once: int = 4
    cap_field: CapField = CapField.MAX_TOKENS


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request: pieces of text that are judged, and the question that they answer, if they do."""

    pieces: tuple[str, ...]
    asked: str


class LlamaModerator:
    """A moderation server, as the core's ``Moderator``. The connection stays its owner's to close."""

    def __init__(self, connection: Connection, guard: Guard) -> None:
        self._connection = connection
        self._guard = guard
        self._names = _GUARD_2 if re.search(r"guard-?2", guard.model.lower()) else _GUARD_3

    async def check(self, *texts: str, asked: str = "") -> Moderation:
        """Check texts of any length; see :class:`~core.ports.Moderator`. Raises ``ModelError``.

        They are cut into pieces that overlap by a few words, and the whole is flagged if one piece is. A
        piece that nobody judged is an error, unless another one is flagged.
        """
        try:
            async with asyncio.timeout(self._guard.seconds):
                return await self._check(list(self._asks(texts, asked)))
        except TimeoutError:
            raise ModelTimedOut("the check did not end within the deadline", "end") from None

    async def _check(self, asks: Sequence[_Ask]) -> Moderation:
        waiting = iter(asks)
        flagged: list[Moderation] = []
        failures: list[ModelError] = []

        async def work() -> None:
            for ask in waiting:
                try:
                    found = await self._judge(ask)
                except ModelError as error:
                    failures.append(error)
                else:
                    flagged.extend([found] if found.flagged else [])
                if flagged or failures:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._guard.at_once, len(asks))):
                group.create_task(work())
        if failures and not flagged:
            raise failures[0]
        return _merged(flagged)

    def _asks(self, texts: Sequence[str], asked: str) -> Iterator[_Ask]:
        size = self._guard.piece_bytes
        context = ""
        if asked.strip() and self._guard.way is not Way.OPENAI:
            # The end of a question says best what is asked.
            context = _disarmed(asked.encode("utf-8", "replace")[-size // 4 :].decode("utf-8", "ignore"))
            size -= len(context.encode())
        pieces = [_disarmed(piece) for text in texts if text.strip() for piece in pieces_of(text, size)]
        step = _INPUTS if self._guard.way is Way.OPENAI else 1
        for start in range(0, len(pieces), step):
            yield _Ask(tuple(pieces[start : start + step]), context)

    async def _judge(self, ask: _Ask) -> Moderation:
        left = self._guard.seconds
        patience = Patience(Deadlines(first=left, idle=left, total=left))
        try:
            if self._guard.way is Way.CHAT:
                return await self._by_chat(ask, patience)
            return await self._by_endpoint(ask, patience)
        except ContentFiltered:
            # The server's own filter, in front of the model, has judged already.
            return Moderation(flagged=True, categories=("content policy",))
        except ModelError as error:
            said = (TextPart(ask.asked), *map(TextPart, ask.pieces))
            blot(error, ModelRequest((Message(Role.USER, said),)))
            raise

    async def _by_endpoint(self, ask: _Ask, patience: Patience) -> Moderation:
        body: dict[str, object] = (
            {"input": list(ask.pieces)} if self._guard.way is Way.OPENAI else {"messages": _messages(ask)}
        )
        if self._guard.model:
            body["model"] = self._guard.model
        async with aclosing(await self._connection.post(_PATH, _encoded(body), patience)) as response:
            answer = await everything(response, patience)
        try:
            said = as_object(parse(answer))
        except ValueError:
            raise ModelBroke("the moderation endpoint does not answer with JSON") from None
        if is_error(said):
            raise stream_error(said)
        results = [as_object(result) for result in as_list(said.get("results"))]
        needed = len(ask.pieces) if self._guard.way is Way.OPENAI else 1
        if len(results) < needed or not all(isinstance(result.get("flagged"), bool) for result in results):
            raise ModelBroke("the moderation endpoint did not judge every text")
        return _merged([self._result(result) for result in results if result["flagged"]])

    async def _by_chat(self, ask: _Ask, patience: Patience) -> Moderation:
        body: dict[str, object] = {
            "model": self._guard.model,
            "messages": _messages(ask),
            "stream": False,
            self._guard.cap_field.value: _VERDICT_TOKENS,
            "temperature": 0,
        }
        answer = Answer()
        text = ""
        async with (
            aclosing(await self._connection.post(CHAT_PATH, _encoded(body), patience)) as response,
            aclosing(read_answer(response, answer, patience)) as events,
        ):
            async for event in events:
                text += event.text if isinstance(event, TextDelta) else ""
        if answer.finished().reason is Finish.CONTENT_FILTER:
            raise ContentFiltered("the model for moderation was filtered")
        return verdict(text, self._names)

    def _result(self, result: Object) -> Moderation:
        """A flagged result, with the names of what was violated in OpenAI's form or in Meta's."""
        categories = as_object(result.get("categories"))
        found = [name for name, violated in categories.items() if violated is True]
        found += map(as_text, as_list(result.get("flagged_categories")))
        return Moderation(flagged=True, categories=tuple(_named(name, self._names) for name in found))


def verdict(text: str, names: Sequence[str] = _GUARD_3) -> Moderation:
    """Read Llama Guard's answer; ``names`` are those of S1, S2 and so on.

    Of what follows ``unsafe`` only codes are taken: other words may be those of the text that was judged.
    Raises ``ModelBroke`` for anything but a lone ``safe``, or a line ``unsafe`` with or without codes: a
    model that says something else is not Llama Guard.
    """
    first, _, rest = _SPECIAL.sub(" ", text).strip().partition("\n")
    found = _VERDICT.fullmatch(first)
    safe = found is not None and found[1].lower() == "safe"
    if found is None or (safe and (found[2] or rest.strip())):
        raise ModelBroke("the model for moderation answered neither safe nor unsafe")
    codes = _CODE.findall(f"{found[2]}\n{rest}")
    return Moderation(not safe, tuple(dict.fromkeys(_named(code, names) for code in codes)))


def pieces_of(text: str, size: int) -> Iterator[str]:
    """The text in pieces of at most ``size`` bytes in UTF-8, cut between words where there are any.

    Each begins with the last words of the piece before it, so that what stands across a cut is seen whole.
    """
    raw = text.encode("utf-8", "replace")
    size = max(size, _SMALLEST)
    start = 0
    while len(raw) - start > size:
        end = _cut(raw, start + size // 2, start + size)
        yield raw[start:end].decode("utf-8", "ignore")
        start = _cut(raw, end - min(_OVERLAP, size // 4), end - 1, last=False)
    yield raw[start:].decode("utf-8", "ignore")


def _cut(raw: bytes, low: int, high: int, *, last: bool = True) -> int:
    """Behind the last (or first) white space between two places, else at a character's first byte."""
    for space in (b"\n", b" "):
        found = raw.rfind(space, low, high) if last else raw.find(space, low, high)
        if found >= 0:
            return found + 1
    place = high if last else low
    while place > low - 3 and raw[place] & 0xC0 == 0x80:  # noqa: PLR2004 - the mark of a byte inside a character
        place -= 1
    return place


def _messages(ask: _Ask) -> Sequence[Object]:
    """One question, or a question and its answer; the template takes no other roles and no other order."""
    text = "\n".join(ask.pieces)
    if not ask.asked:
        return [{"role": "user", "content": text}]
    return [{"role": "user", "content": ask.asked}, {"role": "assistant", "content": text}]


def _disarmed(text: str) -> str:
    """The text without control tokens or marks that would end the conversation that is judged."""
    return _MARK.sub("< ", neutralise(text))


def _encoded(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _merged(flagged: Sequence[Moderation]) -> Moderation:
    names = dict.fromkeys(name for found in flagged for name in found.categories if name)
    return Moderation(bool(flagged), tuple(names)[:_MOST_CATEGORIES])


def _named(category: str, names: Sequence[str]) -> str:
    """A category's name: of Llama Guard's codes the word, of others what the server calls it."""
    if _CODE.fullmatch(category):
        code = category.upper()
        place = int(code[1:]) if code[0] == "S" else 0
        return names[place - 1] if 0 < place <= len(names) else code
    return " ".join("".join(char if char.isprintable() else " " for char in category).split())[
        :_CATEGORY_CHARS
    ]
