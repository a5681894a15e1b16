import pytest

from core.llama.profiles import LLAMA_CPP
from core.llama.wire import BY_SCHEMA, Saying
from core.llama.yielding import worded, yielded
from core.transcript import Message, ModelRequest, Role, TextPart

ASKED = Message(Role.USER, (TextPart("What is it?"),))
SCHEMA = '{"type": "banana"}'
WITH_SCHEMA = ModelRequest((ASKED,), schema=SCHEMA)
SAYING = Saying("m", profile=LLAMA_CPP)
NO_GRAMMAR = pytest.mark.parametrize(
    "refusal",
    [
        "HTTP 400: Automatic parser generation failed: JSON schema error at #: unrecognized type banana",
        "HTTP 400: Failed to initialize samplers: failed to parse grammar",
    ],
)


@NO_GRAMMAR
def test_a_schema_of_which_there_is_no_grammar_goes_in_words(refusal: str) -> None:
    told = worded(refusal, WITH_SCHEMA)
    assert told is not None
    assert told.schema == ""
    assert [message.text for message in told.messages] == ["What is it?", f"{BY_SCHEMA}\n{SCHEMA}"]
    assert worded(refusal, told) is None


@NO_GRAMMAR
def test_without_a_schema_it_is_the_tools(refusal: str) -> None:
    assert worded(refusal, ModelRequest((ASKED,))) is None
    without = yielded(refusal, SAYING)
    assert without is not None
    assert (without.tools, without.profile.schemas) == (False, True)
    assert yielded(refusal, without) is None


@pytest.mark.parametrize("refusal", ["HTTP 400: prompt is too long", "HTTP 400: bad request", ""])
def test_other_refusals_stand(refusal: str) -> None:
    assert worded(refusal, WITH_SCHEMA) is None
    assert yielded(refusal, SAYING) is None
