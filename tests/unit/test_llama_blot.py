"""What a server repeats of a request in its complaint does not reach the log."""

import pytest

from core.errors import ModelBroke
from core.llama.blot import blot
from core.transcript import FilePart, ImagePart, Message, ModelRequest, Role, TextPart, ToolCall, ToolResult

SCHEMA = '{"type": "object", "properties": {"diagnosis": {"type": "string"}}}'
REQUEST = ModelRequest(
    (
        Message(Role.SYSTEM, (TextPart("You are the assistant of operators"),)),
        Message(
            Role.USER,
            (TextPart("Grüße from Yucatán"), FilePart("salary.csv", "Zoltan 4200")),
            "Ada",
        ),
        Message(Role.USER, (ImagePart("0" * 64, "image/png", 1, 1, "passport.png"),)),
        Message(Role.ASSISTANT, (ToolCall("c1", "lookup", '{"city": "Mérida"}'),)),
        Message(Role.TOOL, (ToolResult("c1", "lookup", "sunny weather"),)),
    ),
    schema=SCHEMA,
)


@pytest.mark.parametrize(
    "word",
    ["Grüße", "Yucatán", "YUCATÁN", "salary", "Zoltan", "4200", "passport", "Mérida", "weather", "diagnosis"],
)
def test_words_of_the_conversation_are_taken_out(word: str) -> None:
    error = ModelBroke(f"HTTP 500: refused near '{word}' for the assistant")
    blot(error, REQUEST)
    assert str(error) == "HTTP 500: refused near '…' for the assistant"


def test_what_is_the_servers_own_stays() -> None:
    error = ModelBroke("HTTP 500: out of memory on device 0")
    blot(error, REQUEST)
    assert str(error) == "HTTP 500: out of memory on device 0"
