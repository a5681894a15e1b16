"""Files of answers on the page: listed with their answer, shown or saved, and nobody else's."""

import uuid
from typing import cast

import pytest

from core.outgoing import OutFile
from tests.browser.served import Served
from tests.browser.small_core import Script, SmallCore
from tests.integration.web_stage import Json, Visitor

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
CHART = OutFile("chart.png", "image/png", PNG, "Bars: Ada 3, Bob 5.")
HOSTILE = (
    OutFile("page.html", "text/html", b"<script>alert(1)</script>"),
    OutFile("drawing.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
    OutFile("liar.png", "image/png", b"<script>alert(1)</script>"),
    OutFile('a"\r\nset-cookie: x=1.txt', "text/plain", b"x"),
)


async def enclosed(visitor: Visitor, core: SmallCore, *files: OutFile) -> list[Json]:
    script = Script.of("Here they are.")
    script.files = files
    core.scripts.append(script)
    await visitor.say("Draw it")
    await visitor.answered()
    answer = (await visitor.shown())[-1]
    return cast("list[Json]", answer["enclosed"])


async def test_a_picture_is_shown_with_its_words(visitor: Visitor, core: SmallCore) -> None:
    (shown,) = await enclosed(visitor, core, CHART)
    assert (shown["name"], shown["picture"], shown["alt"]) == ("chart.png", True, CHART.alt)
    assert shown["size"] == len(PNG)
    answer = await visitor.http.get(str(shown["url"]))
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.mime)
async def test_anything_else_is_saved_and_never_run(visitor: Visitor, core: SmallCore, file: OutFile) -> None:
    (shown,) = await enclosed(visitor, core, file)
    answer = await visitor.http.get(str(shown["url"]))
    assert (answer.content, answer.headers["content-type"]) == (file.content, "application/octet-stream")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


async def test_a_file_belongs_to_its_conversation_and_to_who_has_the_page(
    visitor: Visitor, core: SmallCore, site: Served
) -> None:
    (shown,) = await enclosed(visitor, core, CHART)
    url = str(shown["url"])
    assert (await visitor.http.get(url.replace(visitor.conversation, str(uuid.uuid4())))).status_code == 404
    assert (await visitor.http.get(f"{url}x")).status_code == 404
    visitor.http.cookies.clear()
    assert (await visitor.http.get(url)).status_code == 401
    assert site.url


async def test_questions_and_answers_without_files_have_none(visitor: Visitor, core: SmallCore) -> None:
    await enclosed(visitor, core)
    assert [row["enclosed"] for row in await visitor.shown()] == [[], []]
