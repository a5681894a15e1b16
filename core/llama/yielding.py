"""What to leave out of a request after a server has refused it for that."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from core.llama.wire import BY_SCHEMA, Saying
from core.transcript import Message, ModelRequest, Role, TextPart


def _without_effort(saying: Saying) -> Saying:
    return replace(saying, profile=replace(saying.profile, effort=""))


def _without_schemas(saying: Saying) -> Saying:
    return replace(saying, profile=replace(saying.profile, schemas=False))


def _without_parallel(saying: Saying) -> Saying:
    return replace(saying, profile=replace(saying.profile, parallel_tools=None))


def _without_choice(saying: Saying) -> Saying:
    return replace(saying, profile=replace(saying.profile, tool_choice=False))


def _without_usage(saying: Saying) -> Saying:
    return replace(saying, usage=False)


def _without_tools(saying: Saying) -> Saying:
    return replace(saying, tools=False)


_NO_TOOLS: Final = (
    r"(?:not|n't) support (?:\w+ )?(?:tools?|function)",
    r"tool.?(?:s|calling|use)?\W{0,2} (?:is|are) not supported",
    r"endpoints found that support tool use",
    r"not support parameters: \[[^\]]*'tools'",
)

# llama.cpp's server makes a grammar of the answer's schema and of the tools' schemas. It says this, in turn,
# of a schema that it cannot read, of a grammar that is too large, and of a template that it cannot read.
_NO_GRAMMAR: Final = re.compile(
    r"JSON schema error|failed to parse grammar|parser generation failed", re.IGNORECASE
)

# The words are those of vLLM ('"auto" tool choice requires --enable-auto-tool-choice'), llama.cpp ('tools
# param requires --jinja flag'), Ollama ('does not support tools'), Groq ('`tool calling` is not supported'),
# OpenRouter ('No endpoints found that support tool use') and LiteLLM ("does not support parameters:
# ['tools']"); else they name the field.
_RULES: Final[Sequence[tuple[re.Pattern[str], Callable[[Saying], Saying]]]] = (
    (re.compile(r"stream_options", re.IGNORECASE), _without_usage),
    (re.compile(r"response_format|json_schema|structured output", re.IGNORECASE), _without_schemas),
    (re.compile(r"reasoning_effort", re.IGNORECASE), _without_effort),
    (re.compile(r"parallel_tool_calls", re.IGNORECASE), _without_parallel),
    (re.compile(r"tool.?choice requires|--jinja", re.IGNORECASE), _without_tools),
    (re.compile("|".join(_NO_TOOLS), re.IGNORECASE), _without_tools),
    (_NO_GRAMMAR, _without_tools),
    (re.compile(r"tool_choice", re.IGNORECASE), _without_choice),
)


def worded(refusal: str, request: ModelRequest) -> ModelRequest | None:
    """The request with its schema in words, where it is the schema that the server can do nothing with.

    ``None`` where it is not. Another schema may be enforced all the same, so nothing of this is remembered.
    """
    if not (request.schema and _NO_GRAMMAR.search(refusal)):
        return None
    told = Message(Role.SYSTEM, (TextPart(f"{BY_SCHEMA}\n{request.schema}"),))
    return replace(request, messages=(*request.messages, told), schema="")


def yielded(refusal: str, saying: Saying) -> Saying | None:
    """How to say it instead, or ``None`` where leaving something out would not help."""
    for words, change in _RULES:
        if words.search(refusal) and (changed := change(saying)) != saying:
            return changed
    return None
