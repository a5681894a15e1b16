"""The platforms that the contract holds for, and what its tests say to them.

``STAGES`` are all of them; ``WIRES`` stand at the end of a wire, where requests get lost and other
people write; ``REMOTE`` are the wires on real sockets.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from core.delivery import Draft, FileDraft, Gone, Lookup, MessageRef, Rejected, Retry, Sent, Unknown
from core.events import Asked
from core.outgoing import OutFile
from tests.contract.stages import Stage, Wire
from tests.contract.stages_discord import discord
from tests.contract.stages_fake import fake, forgetful_fake
from tests.contract.stages_local import page, terminal
from tests.contract.stages_slack import slack

OpenWire = Callable[[Path], AbstractAsyncContextManager[Wire]]
OpenStage = Callable[[Path], AbstractAsyncContextManager[Stage]]
REMOTE: tuple[OpenWire, ...] = (slack, discord)
WIRES: tuple[OpenWire, ...] = (fake, forgetful_fake, *REMOTE)
OUTCOMES = (Sent, Rejected, Retry, Unknown, Gone)
STAGES: tuple[OpenStage, ...] = (*WIRES, page, terminal)


def named(begin: OpenStage) -> str:
    return getattr(begin, "__name__", "")


everywhere = pytest.mark.parametrize("stage", STAGES, indirect=True, ids=named)
on_wires = pytest.mark.parametrize("wire", WIRES, indirect=True, ids=named)
remotely = pytest.mark.parametrize("wire", REMOTE, indirect=True, ids=named)


def draft(question: Asked, text: str, key: str = "a", *, turn: str = "", first: bool = True) -> Draft:
    """A message of an answer; each key is an answer of its own unless a turn is named."""
    return Draft(question.address, whole(key), turn or f"turn-{key}", text, question.message_id, first)


def file_draft(question: Asked, file: OutFile, key: str = "a") -> FileDraft:
    """A file of an answer."""
    return FileDraft(question.address, whole(key), f"turn-{key}", file, question.message_id)


def lookup(question: Asked, key: str = "a", *claimed: str, is_file: bool = False) -> Lookup:
    """A question for what was posted under a key."""
    return Lookup(question.address, whole(key), question.message_id, frozenset(claimed), is_file)


def whole(key: str) -> str:
    """A key as long as keys are."""
    return (key * 25)[:25]


async def posted(stage: Stage, message: Draft | FileDraft) -> MessageRef:
    """Post what is taken."""
    if isinstance(message, FileDraft):
        sent = await stage.platform.post_file(message)
    else:
        sent = await stage.platform.post(message)
    assert isinstance(sent, Sent)
    assert sent.id
    return MessageRef(message.address, sent.id)
