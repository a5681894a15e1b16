"""Chat-template tokens: broken in what the model reads, whole again in what it writes.

A model server renders a template and may then read ``<|eot_id|>`` in a person's text as the control token
itself. A zero-width joiner behind the first character keeps a tokenizer from that, and nobody sees it.
"""

import json
import re
from contextlib import suppress
from typing import Final

from core.llama.shapes import parse

JOINER: Final = "\u200d"
PYTHON_START: Final = frozenset({"python_start", "python_tag"})
HEADER_START: Final = frozenset({"start_header_id", "header_start"})
HEADER_END: Final = frozenset({"end_header_id", "header_end"})

# What a model writes by mistake. Llama 3 and 4, then ChatML, Phi, gpt-oss, Granite.
_OTHER_NAMES: Final = """
    begin_of_text end_of_text eot_id eom_id eot eom python_end step_id image image_start image_end patch
    finetune_right_pad finetune_right_pad_id
    im_start im_end im_sep endoftext endofprompt end assistant user system tool
    start message channel return call constrain start_of_role end_of_role
"""
STRAY_NAMES: Final = HEADER_START | HEADER_END | PYTHON_START | frozenset(_OTHER_NAMES.split())

# What follows "<" in a token. Any name between bars counts: families add new ones all the time.
_AFTER_ANGLE: Final = (
    r"\|[\w.:/-]{1,64}\|>",
    "\uff5c[\\w.:/\u2581-]{1,64}\uff5c>",  # DeepSeek
    r"</?SYS>>",  # Llama 2
    r"/?(?:s|unk|pad|bos|eos|mask|sop|eop|BOS_TOKEN|EOS_TOKEN)>",
    r"(?:start|end)_of_(?:turn|image|utterance)>",  # Gemma, SmolVLM
    r"/?(?:think|tool_call|tool_response|tools)>",  # Qwen, Hermes
    r"/?seed:[\w:]{1,32}>",
    r"(?:image|video|__media__|__image__|fake_token_around_image)>",  # places of pictures
)
_AFTER_BRACKET: Final = (
    r"/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CONTENT|THINK)\]",  # Mistral
    r"(?:TOOL_CALLS|CALL_ID|ARGS|IMG|IMG_BREAK|IMG_END|PREFIX|MIDDLE|SUFFIX|BOS|EOS|gMASK|sMASK)\]",
    r"img-\d{1,9}\]",  # Ollama's place of a picture
)
_BEHIND_ANGLE: Final = "|".join(_AFTER_ANGLE)
_BEHIND_BRACKET: Final = "|".join(_AFTER_BRACKET)
_TOKEN: Final = re.compile(rf"<(?={_BEHIND_ANGLE})|\[(?={_BEHIND_BRACKET})")
BROKEN: Final = re.compile(rf"<{JOINER}(?={_BEHIND_ANGLE})|\[{JOINER}(?={_BEHIND_BRACKET})")


def neutralise(text: str) -> str:
    """The text with every chat-template token broken; without one, the text itself."""
    if "<" not in text and "[" not in text:
        return text
    return _TOKEN.sub(rf"\g<0>{JOINER}", text)


def neutralise_json(text: str) -> str:
    r"""JSON text with the tokens in its strings broken, also those that are written with escapes.

    Servers parse a call's arguments before they render them, so ``\u003c|eot_id|>`` becomes a token there.
    """
    if "\\" in text:
        with suppress(ValueError, RecursionError):
            text = json.dumps(parse(text), ensure_ascii=False, allow_nan=False)
    return neutralise(text)


def restored(text: str) -> str:
    """The text with what :func:`neutralise` broke made whole."""
    if JOINER not in text:
        return text
    return BROKEN.sub(lambda broken: broken[0][0], text)


def restored_json(text: str) -> str:
    """JSON text, a call's arguments for one, with its strings restored, however they are escaped.

    Ollama writes ``<`` as an escape; what is no JSON is restored as text.
    """
    if JOINER not in text and "\\u200d" not in text.lower():
        return text
    try:
        return json.dumps(_restored_value(parse(text)), ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        return restored(text)


def _restored_value(value: object) -> object:
    match value:
        case str():
            return restored(value)
        case list():
            return [_restored_value(item) for item in value]
        case dict():
            return {restored(key): _restored_value(item) for key, item in value.items()}
        case _:
            return value
