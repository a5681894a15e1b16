"""What people wrote in Slack, as Markdown. Pure.

Slack's ``text`` is mrkdwn with ``<...>`` references and three escapes
(https://docs.slack.dev/messaging/formatting-message-text). Pasted tables, forwarded messages and
link previews stand only in ``blocks`` and ``attachments``.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

Json = Mapping[str, Any]

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
MAX_QUOTES = 5
MAX_QUOTE = 4_000

_CODE_OR_REFERENCE = re.compile(r"```([\s\S]*?)```|`([^`\n]+)`|<([^<>\n]+)>")
_BOLD = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])")
_STRIKE = re.compile(r"(?<![\w~])~(?=[^\s~])([^~\n]*[^\s~])~(?![\w~])")
# Characters for private use stand for pieces that no later step may touch.
_FIRST_MARK, _MARKS = 0xE000, 0x1900
_MARK = re.compile("[\ue000-\uf8ff]")


def mentioned(text: str) -> frozenset[str]:
    """The ids of the people that a text mentions."""
    return frozenset(MENTION.findall(text))


def to_markdown(text: str, names: Mapping[str, str], me: str) -> str:
    """Mrkdwn as Markdown: our mention removed, other people and channels by name.

    ``names`` maps user ids to names; who is not in it stays an id.
    """
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        piece = _piece(found, names)
        if len(kept) == _MARKS:
            return piece
        kept.append(piece)
        return chr(_FIRST_MARK + len(kept) - 1)

    text = _MARK.sub("", text)
    text = re.sub(rf"[ \t]*<@{re.escape(me)}(?:\|[^<>]*)?>", "", text) if me else text
    text = _CODE_OR_REFERENCE.sub(keep, text)
    text = _STRIKE.sub(r"~~\1~~", _BOLD.sub(r"**\1**", text))
    text = unescaped(text)
    return _MARK.sub(lambda mark: _restored(mark, kept), text).strip()


def _restored(mark: re.Match[str], kept: list[str]) -> str:
    number = ord(mark[0]) - _FIRST_MARK
    return kept[number] if number < len(kept) else ""


def unescaped(text: str) -> str:
    """Slack's three escapes undone, in the order that undoes each once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _piece(found: re.Match[str], names: Mapping[str, str]) -> str:
    fence, code, reference = found.groups()
    if fence is not None:
        return "\n```\n" + unescaped(fence).strip("\n") + "\n```\n"
    if code is not None:
        return f"`{unescaped(code)}`"
    return _reference(reference, names)


def _reference(reference: str, names: Mapping[str, str]) -> str:
    target, _, label = (unescaped(part) for part in reference.partition("|"))
    if target.startswith("@"):
        return f"@{names.get(target[1:]) or label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    if target.startswith("mailto:") or not label or label == target:
        return label or target
    return f"[{label}]({target})"


def quoted(event: Json, names: Mapping[str, str], me: str) -> str:
    """What stands only in blocks and attachments, as Markdown; forwarded things as quotes."""
    pieces = [_table(block) for block in event.get("blocks") or () if block.get("type") == "table"]
    if not event.get("text") and not pieces:
        pieces += [line for block in event.get("blocks") or () if (line := " ".join(_leaves(block)).strip())]
    for attachment in (event.get("attachments") or ())[:MAX_QUOTES]:
        text = to_markdown(_attachment_text(attachment), names, me)[:MAX_QUOTE]
        if text:
            pieces.append("\n".join(f"> {line}" for line in text.split("\n")))
    return "\n\n".join(piece for piece in pieces if piece)


def _attachment_text(attachment: Json) -> str:
    body = attachment.get("text") or " ".join(
        leaf for block in attachment.get("blocks") or () for leaf in _leaves(block)
    )
    head = attachment.get("author_name") or attachment.get("service_name") or ""
    title = attachment.get("title") or ""
    source = attachment.get("from_url") or attachment.get("title_link") or ""
    lines = [f"*{head}:*" if head else "", title, str(body or attachment.get("fallback") or ""), source]
    return "\n".join(line for line in lines if line)


def _leaves(block: Any) -> Iterator[str]:  # noqa: ANN401 - blocks nest lists, objects and text at will
    if isinstance(block, list):
        for element in block:
            yield from _leaves(element)
    elif isinstance(block, Mapping):
        text = block.get("text")
        if isinstance(text, str):
            yield unescape(text)
        for name in ("text", "elements", "fields"):
            if not isinstance(block.get(name), str):
                yield from _leaves(block.get(name))


def _table(block: Json) -> str:
    rows = [[_cell(cell) for cell in row] for row in block.get("rows") or ()]
    if not rows or not rows[0]:
        return ""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def _cell(cell: Json) -> str:
    return " ".join(" ".join(_leaves(cell)).split()).replace("|", "\\|")
