"""Files of ours on their way to Slack: what the upload meets, step by step."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.slack import attempts, history
from core.address import Address
from core.delivery import FileDraft, Lookup, MessageRef, Outcome, Rejected, Retry, Sent, Unknown
from core.outgoing import OutFile, tag
from tests.emulators.slack import TEAM, SlackEmulator
from tests.emulators.slack.uploads import Trouble
from tests.emulators.slack_stage import Stage, staged

KEY = "abcdefghijklmnopqrstuvwxy"
CHART = OutFile("chart.png", "image/png", b"\x89PNG" * 500, "Bars: Ada 3, Bob 5.")
PLACE, COMPLETE, DELETE = "files.getUploadURLExternal", "files.completeUploadExternal", "files.delete"


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(rate_scale=0) as emulator:
        yield emulator


@pytest.fixture
async def stage(slack: SlackEmulator) -> AsyncIterator[Stage]:
    async with staged(slack) as running:
        yield running


@pytest.fixture(autouse=True)
def _looks_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAUSES", (0.05, 0.1))
    monkeypatch.setattr(attempts, "FILE_VISIBLE_S", 1.0)


@pytest.fixture
async def root(slack: SlackEmulator) -> str:
    return await slack.say("U1", "C1", "a question")


def address(thread: str) -> Address:
    return Address("slack", TEAM, "C1", thread)


async def post(stage: Stage, root: str) -> Outcome:
    return await stage.adapter.post_file(FileDraft(address(root), KEY, "turn1", CHART, root))


async def find(stage: Stage, root: str) -> str | None:
    return await stage.adapter.find(Lookup(address(root), KEY, root, frozenset(), is_file=True))


async def test_a_file_is_uploaded_and_shared_in_its_thread_alone(stage: Stage, root: str) -> None:
    sent = await post(stage, root)
    (seen,) = stage.slack.answers("C1", root)
    assert (seen.thread, seen.files) == (root, (f"chart-{tag(KEY)}.png",))
    assert isinstance(sent, Sent)
    file = stage.slack.backend.workspace.files[sent.id]
    assert (file.content, file.title, file.alt) == (CHART.content, "chart.png", CHART.alt)
    (place,), (complete,) = (stage.slack.journal.of(method) for method in (PLACE, COMPLETE))
    assert place.args["length"] == str(len(CHART.content))
    assert (complete.args["channel_id"], complete.args["thread_ts"]) == ("C1", root)
    assert stage.inbox.asked == []


@pytest.mark.parametrize("trouble", [Trouble(cut=True), Trouble(status=500), Trouble(status=404)])
async def test_bytes_that_get_lost_are_sent_anew_to_another_address(
    stage: Stage, root: str, trouble: Trouble
) -> None:
    stage.slack.backend.upload_troubles.append(trouble)
    assert isinstance(await post(stage, root), Retry)
    assert stage.slack.journal.of(COMPLETE) == []
    assert isinstance(await post(stage, root), Sent)
    assert len(stage.slack.answers("C1", root)) == 1
    assert len(stage.slack.journal.of(PLACE)) == 2


async def test_an_address_that_has_expired_is_asked_for_anew(stage: Stage, root: str) -> None:
    stage.slack.backend.upload_seconds = 0.0
    assert isinstance(await post(stage, root), Retry)
    stage.slack.backend.upload_seconds = 60.0
    assert isinstance(await post(stage, root), Sent)


@pytest.mark.parametrize("method", [PLACE, COMPLETE])
async def test_without_the_scope_a_file_is_refused_by_name(stage: Stage, root: str, method: str) -> None:
    if method == COMPLETE:
        stage.slack.fault(COMPLETE, error="missing_scope")
    else:
        stage.slack.backend.files_write_scope = False
    assert await post(stage, root) == Rejected("missing_scope")
    assert stage.slack.answers("C1", root) == []


async def test_a_file_that_is_too_large_is_refused(stage: Stage, root: str) -> None:
    stage.slack.backend.largest_upload = 10
    assert await post(stage, root) == Rejected("file_upload_size_restricted")
    stage.slack.backend.largest_upload = 1 << 30
    stage.slack.backend.upload_troubles.append(Trouble(status=413))
    assert await post(stage, root) == Rejected("too_large")


@pytest.mark.parametrize("fault", [{"reset": True}, {"status": 500}, {"error": "internal_error"}])
async def test_a_share_whose_answer_is_lost_is_found_once_slack_shows_it(
    stage: Stage, root: str, fault: dict[str, Any]
) -> None:
    stage.slack.backend.visibility_lag = 0.5
    stage.slack.fault(COMPLETE, after_effect=True, **fault)
    assert isinstance(await post(stage, root), Unknown)
    found = await find(stage, root)
    assert found is not None
    assert found in stage.slack.backend.workspace.files
    assert len(stage.slack.journal.of("conversations.replies")) > 1


async def test_a_share_that_never_happened_is_not_found_and_the_bytes_go_again(
    stage: Stage, root: str
) -> None:
    stage.slack.fault(COMPLETE, reset=True)
    assert isinstance(await post(stage, root), Unknown)
    assert await find(stage, root) is None
    assert isinstance(await post(stage, root), Sent)
    assert len(stage.slack.answers("C1", root)) == 1


async def test_a_file_is_found_by_another_process(stage: Stage, slack: SlackEmulator, root: str) -> None:
    sent = await post(stage, root)
    async with staged(slack) as later:
        assert isinstance(sent, Sent)
        assert await find(later, root) == sent.id
        assert await later.adapter.delete(MessageRef(address(root), sent.id)) == sent
    assert slack.answers("C1", root) == []


async def test_a_file_is_taken_away_with_what_shows_it(stage: Stage, root: str) -> None:
    sent = await post(stage, root)
    assert isinstance(sent, Sent)
    ref = MessageRef(address(root), sent.id)
    stage.slack.fault(DELETE, reset=True)
    assert isinstance(await stage.adapter.delete(ref), Retry)
    assert await stage.adapter.delete(ref) == sent
    assert stage.slack.answers("C1", root) == []
    assert await stage.adapter.delete(ref) == sent


async def test_a_file_of_a_command_hangs_on_its_opener(stage: Stage, slack: SlackEmulator, root: str) -> None:
    place = address("cmd-1.2")
    assert isinstance(await stage.adapter.post_file(FileDraft(place, KEY, "turn1", CHART, root)), Sent)
    assert slack.answers("C1", root)[0].thread == root
