"""The page's server over real HTTP."""

import time
import uuid

import pytest

from adapters.web.place import address_of
from core.address import Address
from core.errors import StoreError
from core.library import ShownMessage
from core.presets import PRESETS
from core.transcript import Role
from tests.browser.served import NOTE, Served
from tests.browser.small_core import Script, SmallCore
from tests.integration.web_stage import Visitor, visiting
from tests.product_stage import png

MB = 2**20

Json = dict[str, object]


async def test_a_question_is_asked_once_with_all_that_belongs_to_it(
    visitor: Visitor, core: SmallCore
) -> None:
    key = str(uuid.uuid4())
    before = time.time()
    first = await visitor.say("What is\r\na llama?", ("a.png", b"PNG"), ("empty.txt", b""), key=key)
    again = await visitor.say("What is\r\na llama?", ("a.png", b"PNG"), ("empty.txt", b""), key=key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == {"verdict": "duplicate"}
    await visitor.answered()
    (event,) = core.events
    assert (event.key, event.message_id) == (key, key)
    assert event.address == address_of(visitor.conversation)
    assert event.text == "What is\na llama?"
    assert before <= event.sent_at <= time.time()
    assert [(each.name, each.size, core.uploads[each.id]) for each in event.attachments] == [
        ("a.png", 3, b"PNG"),
        ("empty.txt", 0, b""),
    ]


async def test_messages_and_conversations_are_read_back(visitor: Visitor, core: SmallCore) -> None:
    core.scripts.append(Script.of("An **answer**."))
    await visitor.say("<b>What?</b>", ("a.txt", b"x"))
    await visitor.answered()
    question, answer = await visitor.shown()
    assert (question["role"], question["text"], question["files"]) == ("user", "<b>What?</b>", ["a.txt"])
    assert (answer["role"], answer["text"], answer["live"]) == ("assistant", "An **answer**.", False)
    assert answer["blocks"] == ["<p>An <strong>answer</strong>.</p>"]
    listed = (await visitor.http.get("/api/conversations")).json()["conversations"]
    assert [(row["id"], row["title"]) for row in listed] == [(visitor.conversation, "<b>What?</b>")]


async def test_an_answer_streams_and_is_shown_once(visitor: Visitor, core: SmallCore) -> None:
    script = Script.gated("First.\n\n", "Second", " half.", " End.", pause=0.05)
    core.scripts.append(script)
    seen: list[str] = []
    answering: list[object] = []
    async with visitor.events() as events:
        await visitor.say("Go on")
        async for name, data in events:
            if name == "state":
                answering.append(data["answering"])
            elif name == "live":
                seen.append(str(data["blocks"]))
                if "half." in seen[-1]:
                    script.gate.set()
            if answering == [False, True, False] and "End." in seen[-1]:
                break
    assert len(seen) >= 3
    shown = await visitor.shown()
    assert [message["role"] for message in shown] == ["user", "assistant"]
    assert shown[1]["text"] == "First.\n\nSecond half. End."


async def test_every_tab_of_a_conversation_hears_of_it_and_no_other(visitor: Visitor, site: Served) -> None:
    async with visiting(site) as other, visitor.events() as mine, other.events() as theirs:
        await visitor.say("Only here")
        async for name, data in mine:
            if name == "live" and "small core" in str(data["blocks"]):
                break
        await visitor.answered()
        heard = set()
        async for name, _ in theirs:
            heard.add(name)
            if name == "list" and len(heard) > 2:
                break
        assert "live" not in heard


async def test_stop_goes_round_the_lane(visitor: Visitor, core: SmallCore) -> None:
    core.scripts.append(Script.gated("Some words", " never"))
    await visitor.say("Talk")

    async def begun() -> bool:
        return len(await visitor.shown()) == 2

    await visitor.until(begun)
    stopped = await visitor.http.post(f"/api/conversations/{visitor.conversation}/stop")
    assert (stopped.status_code, stopped.json()) == (200, {"told": "/stop is done."})
    await visitor.answered()
    assert (await visitor.shown())[1]["stopped"] is True
    assert core.commands == [("stop", address_of(visitor.conversation), "")]


async def test_about_tells_the_model_and_the_commands(visitor: Visitor) -> None:
    told = (await visitor.http.get("/api/about")).json()
    assert (told["model"], told["note"]) == ("SmolLM2-135M-Instruct", NOTE)
    assert [command["name"] for command in told["commands"]] == ["help", "new", "stop", "model"]


@pytest.mark.parametrize("text", ["", " \n\t "])
async def test_nothing_to_send_is_refused_with_a_sentence(
    visitor: Visitor, core: SmallCore, text: str
) -> None:
    answer = await visitor.say(text)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Write something or attach a file first."
    assert core.events == []


@pytest.mark.parametrize(
    ("text", "files", "sentence"),
    [
        ("x", [("big.bin", b"x" * (20 * MB + 1))], "big.bin is larger than 20 MB"),
        (
            "x",
            [("a", b"x" * 15 * MB), ("b", b"x" * 15 * MB), ("c", b"x" * 11 * MB)],
            "larger than 40 MB together",
        ),
        ("x", [("a", b"x" * 19 * MB)] * 4, "larger than 40 MB together"),
        ("x", [(f"{number}", b"x") for number in range(9)], "9 files at once are too many"),
        ("é" * 200_001, [], "200,001 characters"),
    ],
)
async def test_too_much_is_refused_with_a_sentence(
    visitor: Visitor, core: SmallCore, text: str, files: list[tuple[str, bytes]], sentence: str
) -> None:
    answer = await visitor.say(text, *files)
    assert answer.status_code == 413
    assert sentence in answer.json()["message"]
    assert core.events == []


async def test_as_much_as_may_be_is_taken(visitor: Visitor, core: SmallCore) -> None:
    files = [("a", b"a" * 20 * MB), ("b", b"b" * 20 * MB), *((f"{n}", b"") for n in range(6))]
    assert (await visitor.say("😀" * 200_000, *files)).status_code == 202
    assert sum(len(content) for content in core.uploads.values()) == 40 * MB
    await visitor.answered()


@pytest.mark.parametrize(
    ("claimed", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("tab\there\x07.txt", "tabhere.txt"),
        ("лама 🦙.png", "лама 🦙.png"),
        ("/", "file"),
        ("x" * 400 + ".txt", "x" * 196 + ".txt"),
    ],
)
async def test_a_file_has_a_plain_name(visitor: Visitor, core: SmallCore, claimed: str, name: str) -> None:
    raw = (
        f'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n{uuid.uuid4()}\r\n'
        f'--b\r\nContent-Disposition: form-data; name="files"; filename="{claimed}"\r\n\r\nx\r\n--b--\r\n'
    )
    answer = await visitor.http.post(
        f"/api/conversations/{visitor.conversation}/messages",
        content=raw.encode(),
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    assert answer.status_code == 202
    assert [each.name for each in core.events[0].attachments] == [name]
    await visitor.answered()


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"text": "x"}', 415),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken", 400),
        ("multipart/form-data", b"--b--", 400),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 400),
        ("", b"", 415),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n" * 100, 400),
    ],
)
async def test_a_body_that_is_no_message(
    visitor: Visitor, core: SmallCore, kind: str, body: bytes, status: int
) -> None:
    path = f"/api/conversations/{visitor.conversation}/messages"
    answer = await visitor.http.post(path, content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["message"].endswith(".")
    assert core.events == []


@pytest.mark.parametrize("key", ["", "x", "../../x", "0190A000-0000-7000-8000-000000000000", "1" * 36])
async def test_ids_are_uuids(visitor: Visitor, core: SmallCore, key: str) -> None:
    assert (await visitor.say("x", key=key or " ")).status_code == 400
    visitor.conversation = key or "x"
    assert (await visitor.say("x")).status_code == 404
    assert core.events == []


async def test_what_cannot_be_stored_is_not_acknowledged(visitor: Visitor, core: SmallCore) -> None:
    core.outage = StoreError("disk full")
    answer = await visitor.say("keep me")
    assert answer.status_code == 503
    assert "could not be stored" in answer.json()["message"]
    core.outage = None
    page = await visitor.http.get(f"/api/conversations/{visitor.conversation}")
    assert page.status_code == 404


async def test_threads_of_other_platforms_are_not_here(visitor: Visitor, core: SmallCore) -> None:
    thread = str(uuid.uuid4())
    secret = ShownMessage("1", Role.USER, "Ann", "a secret of Slack", (), 1.0)
    for address in (
        Address("slack", "T1", "C1", thread),
        Address("discord", "local", "page", thread),
        Address("web", "other", "page", thread),
        Address("web", "local", "elsewhere", thread),
    ):
        core.rows[address] = [secret]
    assert (await visitor.http.get(f"/api/conversations/{thread}")).status_code == 404
    key = Address("slack", "T1", "C1", thread).key
    assert (await visitor.http.get(f"/api/conversations/{key}")).status_code == 404
    assert (await visitor.http.get("/api/events", params={"conversation": key})).status_code == 404
    listed = await visitor.http.get("/api/conversations")
    assert listed.json() == {"conversations": []}
    assert "secret" not in listed.text


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"preset": "compare"}, "2 pictures"),
        ({"preset": "json", "schema": "[]"}, "has to be a JSON object"),
        ({"preset": "json", "schema": "{" * 9_000}, "8,000 is the most"),
    ],
)
async def test_what_a_preset_needs_is_said_in_a_sentence(
    visitor: Visitor, core: SmallCore, fields: dict[str, str], why: str
) -> None:
    body = {"id": str(uuid.uuid4()), "text": "", **fields}
    files = {"files": ("red.png", png(), "image/png")}
    path = f"/api/conversations/{visitor.conversation}/messages"
    answer = await visitor.http.post(path, data=body, files=files)
    assert answer.status_code == 400
    assert why in answer.json()["message"]
    assert core.events == []


async def test_about_tells_what_can_be_done_with_pictures(visitor: Visitor) -> None:
    told = (await visitor.http.get("/api/about")).json()
    assert [preset["name"] for preset in told["presets"]] == [preset.name for preset in PRESETS]
    assert {preset["name"]: preset["least"] for preset in told["presets"]}["compare"] == 2
