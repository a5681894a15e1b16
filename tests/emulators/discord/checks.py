"""What Discord refuses: message bodies and command definitions, with its own codes."""

import re
from collections.abc import Sequence

from tests.emulators.discord import components
from tests.emulators.discord.values import Flag, Json, Refusal, invalid

CONTENT_MAX = 2000
NONCE_MAX = 25
FILES_MAX, FILE_MAX, REQUEST_MAX, ALT_MAX = 10, 10 * 2**20, 25 * 2**20, 1024
CREATE_FIELDS = frozenset(
    [
        "content",
        "nonce",
        "tts",
        "embeds",
        "allowed_mentions",
        "message_reference",
        "components",
        "sticker_ids",
        "attachments",
        "flags",
        "enforce_nonce",
        "poll",
    ]
)
EDIT_FIELDS = frozenset(
    ["content", "embeds", "flags", "allowed_mentions", "components", "attachments", "tts"]
)
REPLY_FIELDS = frozenset(
    ["content", "tts", "embeds", "allowed_mentions", "flags", "components", "attachments", "poll"]
)
EMBED_LIMITS = {"title": 256, "description": 4096}
EMBEDS_MAX, EMBED_TOTAL_MAX = 10, 6000

COMMAND_NAME = re.compile(r"^[-_\w]{1,32}$")
COMMAND_FIELDS = frozenset(
    [
        "id",
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "type",
        "options",
        "nsfw",
        "dm_permission",
        "default_member_permissions",
        "contexts",
        "integration_types",
    ]
)
OPTION_FIELDS = frozenset(
    [
        "type",
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "required",
        "choices",
        "options",
        "min_length",
        "max_length",
        "min_value",
        "max_value",
        "channel_types",
        "autocomplete",
    ]
)
COMMANDS_MAX, OPTIONS_MAX, COMMAND_TOTAL_MAX = 100, 25, 8000


def message_body(body: object, fields: frozenset[str], *, files: int = 0, kept: bool = False) -> Json:
    """Check the body of a new message, an edit or an interaction's answer; returns it as an object.

    ``kept`` says that an empty text leaves something standing (an edit may omit everything).
    """
    if not isinstance(body, dict):
        raise Refusal(400, 50109, "The request body contains invalid JSON.")
    for name in body:
        if name not in fields:
            raise invalid(name, "UNKNOWN_FIELD", f"This field is not known: {name}")
    text(body)
    nonce(body)
    embeds(body.get("embeds") or [])
    mentions(body.get("allowed_mentions"))
    components.check(body.get("components") or [])
    flags = body.get("flags") or 0
    if flags & Flag.COMPONENTS_V2 and any(body.get(name) for name in ("content", "embeds", "poll")):
        raise invalid("flags", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Use components only")
    something = (str(body.get("content") or "")).strip() or files
    something = something or any(body.get(name) for name in ("embeds", "components", "sticker_ids", "poll"))
    if not something and (not kept or "content" in body):
        raise Refusal(400, 50006, "Cannot send an empty message")
    return body


def attachments(described: list[Json], files: Sequence[tuple[str, bytes, str]]) -> list[str]:
    """Check uploads and what is said of them; the description of each.

    10 MiB each, 10 files, descriptions of 1024 characters, 25 MiB in all:
    https://discord.com/developers/docs/reference#uploading-files
    """
    if len(files) > FILES_MAX:
        raise invalid("files", "BASE_TYPE_MAX_LENGTH", f"Must be {FILES_MAX} or fewer in length.")
    sizes = [len(content) for _, content, _ in files]
    if any(size > FILE_MAX for size in sizes) or sum(sizes) > REQUEST_MAX:
        raise Refusal(413, 40005, "Request entity too large")
    alts = {str(each.get("id")): str(each.get("description") or "") for each in described}
    if any(len(alt) > ALT_MAX for alt in alts.values()):
        raise invalid("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {ALT_MAX} or fewer in length.")
    return [alts.get(str(number), "") for number in range(len(files))]


def text(body: Json) -> None:
    """Content is a string of at most 2000 code points."""
    said = body.get("content")
    if said is None:
        return
    if not isinstance(said, str):
        raise invalid("content", "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    if len(said) > CONTENT_MAX:
        raise invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {CONTENT_MAX} or fewer in length.")


def nonce(body: Json) -> None:
    value = body.get("nonce")
    if value is None:
        return
    if not isinstance(value, str | int):
        raise invalid("nonce", "NONCE_TYPE_INVALID", "Nonce must be a string or an integer")
    if len(str(value)) > NONCE_MAX:
        raise invalid("nonce", "BASE_TYPE_MAX_LENGTH", f"Must be {NONCE_MAX} or fewer in length.")


def embeds(items: list[Json]) -> None:
    if len(items) > EMBEDS_MAX:
        raise invalid("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS_MAX} or fewer in length.")
    total = 0
    for number, item in enumerate(items):
        for name, most in EMBED_LIMITS.items():
            length = len(item.get(name) or "")
            total += length
            if length > most:
                raise invalid(
                    f"embeds.{number}.{name}", "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length."
                )
    if total > EMBED_TOTAL_MAX:
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def mentions(allowed: Json | None) -> None:
    """``parse: ["users"]`` beside a list of users is refused, as are words that Discord does not know."""
    if allowed is None:
        return
    parse = allowed.get("parse", [])
    if not set(parse) <= {"users", "roles", "everyone"}:
        raise invalid(
            "allowed_mentions.parse", "BASE_TYPE_CHOICES", "Value must be users, roles or everyone."
        )
    for name in ("users", "roles"):
        if name in parse and allowed.get(name):
            raise invalid(
                "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", f"parse and {name} exclude"
            )


def commands(items: object) -> list[Json]:
    """Check the body of a bulk overwrite of commands."""
    if not isinstance(items, list) or len(items) > COMMANDS_MAX:
        raise Refusal(400, 30032, "Maximum number of application commands reached (100).")
    names = [item.get("name") for item in items]
    if len(set(names)) != len(names):
        raise invalid(
            "name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
        )
    for number, item in enumerate(items):
        command(item, f"{number}")
    return items


def command(item: Json, path: str) -> None:
    """One command: its names, lengths, options, and 8000 characters in all."""
    known_fields(item, COMMAND_FIELDS, path)
    named(item, path)
    options = item.get("options") or []
    if len(options) > OPTIONS_MAX:
        raise invalid(f"{path}.options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    optional_seen = False
    total = len(item["name"]) + len(item["description"])
    for number, option in enumerate(options):
        place = f"{path}.options.{number}"
        known_fields(option, OPTION_FIELDS, place)
        named(option, place)
        total += len(option["name"]) + len(option["description"])
        if option.get("required") and optional_seen:
            raise invalid(
                f"{place}.required",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")
    if total > COMMAND_TOTAL_MAX:
        raise invalid(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")


def known_fields(item: Json, fields: frozenset[str], path: str) -> None:
    for name in item:
        if name not in fields:
            raise invalid(f"{path}.{name}", "UNKNOWN_FIELD", f"This field is not known: {name}")


def named(item: Json, path: str) -> None:
    """A name of 1 to 32 lower-case letters and a description of 1 to 100 characters."""
    name, description = item.get("name") or "", item.get("description") or ""
    if not COMMAND_NAME.match(name) or name != name.lower():
        raise invalid(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if not 1 <= len(description) <= 100:
        raise invalid(f"{path}.description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
