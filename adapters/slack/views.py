"""The form of ``/llama image``: what it looks like and what comes back. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.inbound import attachment
from core.message import Attachment

Json = Mapping[str, Any]

CALLBACK_ID = "tampu_image"
PICTURES, QUESTION = "pictures", "question"
PICTURE_TYPES = ("png", "jpg", "jpeg", "gif", "webp")
MAX_PICTURES = 4
MAX_QUESTION = 3_000
DEFAULT_QUESTION = "What is in this picture?"
TRY_AGAIN = "I could not take that just now. Please try again."


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was sent. ``channel`` is where it is answered, ``team`` the workspace of the person."""

    view_id: str
    user: str
    team: str
    channel: str
    question: str
    pictures: tuple[Attachment, ...]


def image_form(question: str, channel: str, note: str) -> dict[str, Any]:
    """A modal with a file input and a question (https://docs.slack.dev/reference/block-kit)."""
    blocks: list[Json] = [_pictures_block(), _question_block(question[:MAX_QUESTION])]
    if note:
        blocks.insert(0, {"type": "section", "text": {"type": "mrkdwn", "text": note}})
    return {
        "type": "modal",
        "callback_id": CALLBACK_ID,
        "private_metadata": json.dumps({"channel": channel}),
        "title": _plain("Ask about a picture"),
        "submit": _plain("Ask"),
        "close": _plain("Cancel"),
        "blocks": blocks,
    }


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _pictures_block() -> Json:
    element = {
        "type": "file_input",
        "action_id": PICTURES,
        "filetypes": list(PICTURE_TYPES),
        "max_files": MAX_PICTURES,
    }
    return {"type": "input", "block_id": PICTURES, "label": _plain("Pictures (up to 4)"), "element": element}


def _question_block(question: str) -> Json:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": QUESTION,
        "multiline": True,
        "max_length": MAX_QUESTION,
        "placeholder": _plain(DEFAULT_QUESTION),
    }
    if question:
        element["initial_value"] = question
    return {
        "type": "input",
        "block_id": QUESTION,
        "optional": True,
        "label": _plain("Question"),
        "element": element,
    }


def submission(payload: Json) -> Submission:
    """What a ``view_submission`` payload says."""
    view, user = payload["view"], payload["user"]
    values = view["state"]["values"]
    given = values.get(PICTURES, {}).get(PICTURES, {}).get("files") or ()
    question = values.get(QUESTION, {}).get(QUESTION, {}).get("value") or ""
    return Submission(
        view_id=str(view["id"]),
        user=str(user["id"]),
        team=str(user.get("team_id") or ""),
        channel=str(json.loads(view["private_metadata"])["channel"]),
        question=str(question).strip() or DEFAULT_QUESTION,
        pictures=tuple(attachment(file) for file in given),
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
    return {}
