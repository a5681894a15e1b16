"""``/llama`` and its form: words to a command of the registry, or to a question."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from adapters.slack.faults import CALL_ERRORS, code_of
from adapters.slack.homes import Homes
from adapters.slack.mrkdwn import MARKS, mrkdwn
from adapters.slack.reading import to_markdown
from adapters.slack.views import PRIVATE, TRY_AGAIN, Form, Submission, complaints, image_form, submission
from adapters.slack.workspace import Workspace
from core import picture_phrases
from core.address import Address
from core.commands import CommandSpec
from core.errors import StoreError
from core.events import Addressing, Asked
from core.extraction import checked_schema
from core.presets import ASK, JSON, LOOKED_BACK_MOST, question

Json = Mapping[str, Any]
_log = structlog.get_logger(__name__)

COMMAND = "/llama"
STORE_S = 2.0
# With what the id of a direct message channel begins.
DIRECT_SIGN = "D"
NO_FORM = "I could not open the form. Please try again."
NOT_IN_CHANNEL = "I am not in this channel, so I don't see its pictures. Invite me, and ask again."
NO_DIRECT = "I could not open our direct messages. Please try again, or ask without this."


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command of the registry with what follows it; no ``spec``: the words are a question."""

    spec: CommandSpec | None
    argument: str


def invocation(text: str, specs: tuple[CommandSpec, ...]) -> Invocation:
    """Read the words behind ``/llama``.

    A command that takes no words, with words, is a question: "help me write a letter" asks for one.
    """
    word, _, rest = text.strip().partition(" ")
    name, argument = word.lower() or "help", rest.strip()
    spec = next((spec for spec in specs if spec.name == name), None)
    takes_words = spec is not None and (spec.argument or spec.asks or spec.takes_file)
    if spec is None or (argument and not takes_words):
        return Invocation(None, text.strip())
    return Invocation(spec, argument)


class Commands:
    """Answers slash commands and forms. Nothing here raises: a person is always told something."""

    def __init__(self, workspace: Workspace, specs: tuple[CommandSpec, ...]) -> None:
        self._client = workspace.client
        self._inbox = workspace.inbox
        self._directory = workspace.directory
        self._me = workspace.me
        self._specs = specs
        self._homes = Homes(workspace.client)

    async def run(self, payload: Json) -> str:
        """What the person alone is shown, as mrkdwn; empty for nothing."""
        text = to_markdown(str(payload.get("text") or ""), {}, self._me.user)
        called = invocation(text, self._specs)
        try:
            if called.spec is not None and called.spec.takes_file:
                return await self._open_form(payload, called.argument)
            if called.spec is not None and called.spec.looks_back:
                text = picture_phrases.alt_request(called.argument)
                return await self._ask(payload, text, looks_back=LOOKED_BACK_MOST)
            if called.spec is None or called.spec.asks:
                return await self._ask(payload, called.argument)
            return await self._answer(payload, called.spec, called.argument)
        except (StoreError, TimeoutError) as error:
            _log.warning("slack_command_not_taken", error=type(error).__name__)
            return TRY_AGAIN

    async def _answer(self, payload: Json, spec: CommandSpec, argument: str) -> str:
        address = Address("slack", self._me.team, str(payload["channel_id"]), "")
        author = await self._directory.author(str(payload["user_id"]))
        async with asyncio.timeout(STORE_S):
            return mrkdwn(await self._inbox.command(spec.name, address, author, argument))

    async def _ask(self, payload: Json, words: str, *, looks_back: int = 0) -> str:
        if not words:
            return f"What would you like to ask? Say `{COMMAND} ask` and your question."
        user, trigger = str(payload["user_id"]), str(payload["trigger_id"])
        home, author = await asyncio.gather(
            self._homes.find(str(payload["channel_id"]), user), self._directory.author(user)
        )
        if looks_back and home.moved:
            return NOT_IN_CHANNEL
        event = Asked(
            key=f"cmd:{trigger}",
            address=Address("slack", self._me.team, home.channel, f"cmd-{trigger}"),
            author=author,
            text=words,
            message_id=trigger,
            sent_at=time.time(),
            addressing=Addressing.COMMAND,
            place=await self._directory.place(home.channel),
            opener=f"**{author.name.translate(MARKS)} asked:** {words}",
            looks_back=looks_back,
        )
        async with asyncio.timeout(STORE_S):
            await self._inbox.accept(event)
        return home.note

    async def _open_form(self, payload: Json, words: str) -> str:
        channel = str(payload["channel_id"])
        home = await self._homes.find(channel, str(payload["user_id"]))
        # Where nobody else reads along, or we could not post it, nothing is to be posted later.
        asked_in = "" if home.moved or channel.startswith(DIRECT_SIGN) else channel
        form = image_form(Form(words, home.channel, home.note, asked_in))
        try:
            await self._client.views_open(trigger_id=str(payload["trigger_id"]), view=form)
        except CALL_ERRORS as error:
            _log.warning("slack_form_not_opened", code=code_of(error))
            return NO_FORM
        return ""

    async def submit(self, payload: Json) -> dict[str, str]:
        """Take a form. What is wrong with it by field; empty when the question is stored."""
        sent = submission(payload)
        wrong = complaints(sent)
        if wrong:
            return wrong
        is_private = sent.is_private and bool(sent.asked_in)
        try:
            channel = await self._homes.direct(sent.user) if is_private else sent.channel
        except CALL_ERRORS as error:
            _log.warning("slack_no_direct_messages", code=code_of(error))
            return {PRIVATE: NO_DIRECT}
        try:
            event = await self._of_form(replace(sent, channel=channel, is_private=is_private))
            async with asyncio.timeout(STORE_S):
                await self._inbox.accept(event)
        except (StoreError, TimeoutError) as error:
            _log.warning("slack_form_not_taken", error=type(error).__name__)
            return {"question": TRY_AGAIN}
        return {}

    async def _of_form(self, sent: Submission) -> Asked:
        author = await self._directory.author(sent.user, sent.team)
        names = ", ".join(picture.name.translate(MARKS) for picture in sent.pictures)
        text = question(sent.preset, sent.words)
        return Asked(
            key=f"view:{sent.view_id}",
            address=Address("slack", self._me.team, sent.channel, f"view-{sent.view_id}"),
            author=author,
            text=text,
            message_id=sent.view_id,
            sent_at=time.time(),
            addressing=Addressing.COMMAND,
            attachments=sent.pictures,
            place=await self._directory.place(sent.channel),
            opener=f"**{author.name.translate(MARKS)} asked about {names}:** {text}",
            preset="" if sent.preset is ASK else sent.preset.name,
            schema=checked_schema(sent.schema) if sent.preset is JSON else "",
            asked_in=Address("slack", self._me.team, sent.asked_in, "") if sent.is_private else None,
        )
