"""The form of ``/llama image``: what it looks like and what comes back. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.inbound import attachment
from core import picture_phrases
from core.extraction import checked_schema
from core.message import Attachment
from core.presets import ASK, DEFAULT_QUESTION, JSON, PICTURES_MOST, PRESETS, Preset, named

Json = Mapping[str, Any]

CALLBACK_ID = "tampu_image"
PICTURES, PRESET, QUESTION, SCHEMA, PRIVATE = "pictures", "preset", "question", "schema", "private"
PICTURE_TYPES = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "tiff", "heic")
MAX_PICTURES = PICTURES_MOST
MAX_QUESTION = 3_000
TRY_AGAIN = "I could not take that just now. Please try again."


@dataclass(frozen=True, slots=True)
class Form:
    """What a form is opened with.

    ``channel`` is where it is answered, and ``note`` what is said about that. ``asked_in`` is the channel
    that an answer in private can be posted to, empty where there is none.
    """

    question: str
    channel: str
    note: str = ""
    asked_in: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was sent. ``channel`` and ``asked_in`` are the form's, ``team`` is the person's workspace.

    ``words`` is what they wrote, ``schema`` as they wrote it.
    """

    view_id: str
    user: str
    team: str
    channel: str
    words: str
    pictures: tuple[Attachment, ...]
    preset: Preset = ASK
    schema: str = ""
    is_private: bool = False
    asked_in: str = ""


def image_form(form: Form) -> dict[str, Any]:
    """A modal with pictures and what to do with them (https://docs.slack.dev/reference/block-kit)."""
    blocks: list[Json] = [
        _pictures_block(),
        _preset_block(),
        _text_block(QUESTION, "Question, or what matters to you", form.question[:MAX_QUESTION]),
        _text_block(SCHEMA, "JSON Schema (only for “As JSON”)"),
    ]
    if form.asked_in:
        blocks.append(_private_block())
    if form.note:
        blocks.insert(0, {"type": "section", "text": {"type": "mrkdwn", "text": form.note}})
    return {
        "type": "modal",
        "callback_id": CALLBACK_ID,
        "private_metadata": json.dumps({"channel": form.channel, "asked_in": form.asked_in}),
        "title": _plain("Ask about a picture"),
        "submit": _plain("Ask"),
        "close": _plain("Cancel"),
        "blocks": blocks,
    }


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _input(name: str, label: str, element: Json, *, optional: bool = True) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "optional": optional,
        "label": _plain(label),
        "element": {**element, "action_id": name},
    }


def _pictures_block() -> Json:
    element = {"type": "file_input", "filetypes": list(PICTURE_TYPES), "max_files": MAX_PICTURES}
    return _input(PICTURES, f"Pictures (up to {MAX_PICTURES})", element, optional=False)


def _preset_block() -> Json:
    options = [_option(preset.label, preset.name) for preset in PRESETS]
    element = {"type": "static_select", "options": options, "initial_option": options[0]}
    return _input(PRESET, "What to do with them", element, optional=False)


def _private_block() -> Json:
    option = _option("Only for me: in our direct messages, where I can post it here", PRIVATE)
    return _input(PRIVATE, "Who sees the answer", {"type": "checkboxes", "options": [option]})


def _option(label: str, value: str) -> Json:
    return {"text": _plain(label), "value": value}


def _text_block(name: str, label: str, text: str = "") -> Json:
    element: dict[str, Any] = {"type": "plain_text_input", "multiline": True, "max_length": MAX_QUESTION}
    if name == QUESTION:
        element["placeholder"] = _plain(DEFAULT_QUESTION)
    if text:
        element["initial_value"] = text
    return _input(name, label, element)


def submission(payload: Json) -> Submission:
    """What a ``view_submission`` payload says."""
    view, user = payload["view"], payload["user"]
    values = {block: fields.get(block) or {} for block, fields in view["state"]["values"].items()}
    kept = json.loads(view["private_metadata"])

    def text(name: str) -> str:
        return str(values.get(name, {}).get("value") or "").strip()

    chosen = (values.get(PRESET, {}).get("selected_option") or {}).get("value")
    preset = named(str(chosen))
    return Submission(
        view_id=str(view["id"]),
        user=str(user["id"]),
        team=str(user.get("team_id") or ""),
        channel=str(kept["channel"]),
        words=text(QUESTION),
        pictures=tuple(attachment(file) for file in values.get(PICTURES, {}).get("files") or ()),
        preset=JSON if preset is ASK and text(SCHEMA) else preset,
        schema=text(SCHEMA),
        is_private=bool(values.get(PRIVATE, {}).get("selected_options")),
        asked_in=str(kept.get("asked_in") or ""),
    )


def complaints(sent: Submission) -> dict[str, str]:
    """What is wrong with a form, by block, as the person reads it below the field."""
    if not sent.pictures:
        return {PICTURES: "Please add a picture."}
    if len(sent.pictures) > MAX_PICTURES:
        return {
            PICTURES: f"I can look at {MAX_PICTURES} pictures at a time; you gave me {len(sent.pictures)}."
        }
    others = [picture.name for picture in sent.pictures if not picture.mime.startswith("image/")]
    if others:
        return {PICTURES: f"{', '.join(others)}: I can only look at pictures here."}
    if few := picture_phrases.too_few(sent.preset, len(sent.pictures)):
        return {PICTURES: few}
    wrong = _wrong_schema(sent)
    return {SCHEMA: wrong} if wrong else {}


def _wrong_schema(sent: Submission) -> str:
    if sent.preset is not JSON:
        return picture_phrases.SCHEMA_WITHOUT_JSON if sent.schema else ""
    try:
        checked_schema(sent.schema)
    except ValueError as error:
        return str(error)
    return ""
