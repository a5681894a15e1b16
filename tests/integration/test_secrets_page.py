"""The page's own secrets: the key of the printed address, and the token that a tab carries."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import failed
from tests.integration.leaks import Detector
from tests.product import Product, environment, running
from tests.product_stage import until

MODEL = "sk-canary-of-the-page-0123456789abcdef"


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    async with ModelEmulator(key=MODEL) as model:
        model.answer_with(lambda _ask: failed(401, {"error": {"message": f"{MODEL} is wrong"}}))
        env = environment(
            tmp_path / "data",
            LLAMA_BASE_URL=model.url,
            LLAMA_MODEL=model.models[0],
            LLAMA_API_KEY=MODEL,
            TAMPU_WEB="0.0.0.0:0",
        )
        async with running(env) as found:
            yield found


async def test_they_are_nowhere_but_where_they_belong(product: Product, tmp_path: Path) -> None:
    address = urlsplit(product.page)
    (key,) = parse_qs(address.query)["key"]
    origin = f"{address.scheme}://{address.netloc}"
    bodies: list[str] = []
    async with httpx.AsyncClient(base_url=origin, headers={"origin": origin}) as http:
        for wrong in (
            "/",
            "/?key=",
            f"/?key={key[:-1]}",
            f"/api/about?key={key}",
            f"/{key}",
            f"/static/{key}",
        ):
            answer = await http.get(wrong)
            assert answer.status_code in {401, 404}
            assert "set-cookie" not in answer.headers
            bodies += [answer.text, str(answer.headers)]
        first = await http.get(product.page)
        (token,) = http.cookies.values()
        attributes = first.headers["set-cookie"].lower()
        assert "httponly" in attributes
        assert "samesite=strict" in attributes
        assert first.headers["referrer-policy"] == "no-referrer"
        assert "no-store" in first.headers["cache-control"]
        bodies.append(first.text)
        place = f"/api/conversations/{uuid.uuid4()}"
        sent = await http.post(
            f"{place}/messages", data={"id": str(uuid.uuid4()), "text": "hi"}, files=[("nothing", ("", b""))]
        )
        assert sent.is_success
        await until(lambda: any('"turn.ended"' in line for line in product.errors), wanted=True)
        for path in ("/api/about", "/api/conversations", place, "/nowhere", "/static/page.js"):
            answer = await http.get(path)
            bodies += [answer.text, str(answer.headers)]
    assert await product.stop() == 0
    everywhere = Detector({"key": key, "token": token, "model": MODEL})
    assert everywhere.found("\n".join(bodies)) == set()
    assert everywhere.found("\n".join(product.errors)) == set()
    assert everywhere.found_in(tmp_path / "data") == set()
    assert everywhere.found("\n".join(product.lines)) == {"key (plain)"}
    assert sum(key in line for line in product.lines) == 1


async def test_they_are_others_after_each_start(tmp_path: Path) -> None:
    seen = set()
    async with ModelEmulator() as model:
        env = environment(tmp_path / "data", LLAMA_BASE_URL=model.url, LLAMA_MODEL="m", TAMPU_WEB="0.0.0.0:0")
        for _ in range(2):
            async with running(env) as product, httpx.AsyncClient() as http:
                await http.get(product.page)
                seen |= {urlsplit(product.page).query, *http.cookies.values()}
                assert await product.stop() == 0
    assert len(seen) == 4
