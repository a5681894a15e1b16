"""What Slack accepts as blocks of a message or a form, and what a markdown block expands to."""

from core.markdown.tree import parse
from tests.emulators.slack.workspace import Json, Refusal

MESSAGE_TYPES = frozenset(
    {"actions", "context", "divider", "file", "header", "image", "markdown", "rich_text", "section", "table"}
)
VIEW_TYPES = frozenset({"actions", "context", "divider", "header", "image", "input", "section"})
MAX_BLOCKS = 50
MAX_MARKDOWN = 12_000
MAX_PAYLOAD = 13_200
MAX_TABLE_ROWS = 100
MAX_VIEW_BLOCKS = 100
MAX_TITLE = 24
MAX_ELEMENTS = 25


def check_message_blocks(blocks: list[Json]) -> None:
    """Raise the refusal that Slack would answer with."""
    total = sum(len(_text_of(block)) for block in blocks)
    if total > MAX_PAYLOAD:
        raise Refusal("msg_blocks_too_long")
    expanded = tables = 0
    for block in blocks:
        kind = block.get("type")
        if kind not in MESSAGE_TYPES:
            raise Refusal("invalid_blocks", errors=[f"unsupported type: {kind}"])
        if kind == "markdown":
            blocks_within, tables_within = _check_markdown(block)
            expanded, tables = expanded + blocks_within, tables + tables_within
        else:
            _check_text_object(block)
            _check_actions(block)
            expanded += 1
    if expanded > MAX_BLOCKS or tables > 1:
        raise Refusal("invalid_blocks")


def _text_of(block: Json) -> str:
    text = block.get("text", "")
    return str(text.get("text", "")) if isinstance(text, dict) else str(text)


def _check_markdown(block: Json) -> tuple[int, int]:
    text = block.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refusal("invalid_blocks", errors=["must be more than 0 characters"])
    if len(text) > MAX_MARKDOWN:
        raise Refusal("msg_blocks_too_long")
    nodes = parse(text).children
    tables = [node for node in nodes if node.type == "table"]
    for table in tables:
        if sum(1 for node in table.walk() if node.type == "tr") > MAX_TABLE_ROWS:
            raise Refusal("invalid_blocks", errors=["too many rows"])
    return len(nodes), len(tables)


def _check_text_object(block: Json) -> None:
    text = block.get("text")
    if block["type"] == "section":
        if not isinstance(text, dict) or text.get("type") not in {"mrkdwn", "plain_text"}:
            raise Refusal("invalid_blocks", errors=["section needs a text object"])
        if not 0 < len(text["text"]) <= 3000:
            raise Refusal("invalid_blocks", errors=["must be 1 to 3000 characters"])


def _check_actions(block: Json) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/actions-block"""
    if block["type"] != "actions":
        return
    elements = block.get("elements") or []
    buttons = [element for element in elements if element.get("type") == "button"]
    labels = [button.get("text", {}) for button in buttons]
    wrong = [
        not 1 <= len(elements) <= MAX_ELEMENTS,
        len(buttons) != len(elements),
        len({button.get("action_id") for button in buttons}) != len(buttons),
        any(not 1 <= len(button.get("action_id") or "a") <= 255 for button in buttons),
        any(len(button.get("value") or "") > 2000 for button in buttons),
        any(button.get("style", "primary") not in {"primary", "danger"} for button in buttons),
        any(label.get("type") != "plain_text" or not 1 <= len(label["text"]) <= 75 for label in labels),
        len(block.get("block_id") or "") > 255,
    ]
    if any(wrong):
        raise Refusal("invalid_blocks", errors=[f"actions block check {wrong}"])


def check_view(view: Json) -> None:
    """Raise the refusal that views.open would answer with."""
    title = view.get("title", {})
    blocks = view.get("blocks", [])
    wrong = [
        view.get("type") != "modal",
        title.get("type") != "plain_text" or not 0 < len(title.get("text", "")) <= MAX_TITLE,
        any(len(view.get(name, {}).get("text", "")) > MAX_TITLE for name in ("submit", "close")),
        not 0 < len(blocks) <= MAX_VIEW_BLOCKS,
        len(view.get("private_metadata", "")) > 3000,
        len(view.get("callback_id", "")) > 255,
        any(block.get("type") not in VIEW_TYPES for block in blocks),
        any(block["type"] == "input" for block in blocks) and "submit" not in view,
    ]
    if any(wrong):
        raise Refusal("invalid_arguments", response_metadata={"messages": [f"view check {wrong}"]})
    for block in blocks:
        if block["type"] == "input":
            _check_input(block)
        elif block["type"] == "section":
            _check_text_object(block)


def _check_input(block: Json) -> None:
    element = block.get("element", {})
    label = block.get("label", {})
    if label.get("type") != "plain_text" or not 0 < len(label.get("text", "")) <= 2000:
        raise Refusal("invalid_arguments", response_metadata={"messages": ["input needs a label"]})
    if element.get("type") == "file_input" and not 1 <= element.get("max_files", 10) <= 10:
        raise Refusal("invalid_arguments", response_metadata={"messages": ["max_files is 1 to 10"]})
    if element.get("type") in {"static_select", "checkboxes"}:
        _check_options(element)
    if element.get("type") == "plain_text_input" and not 1 <= element.get("max_length", 3000) <= 3000:
        raise Refusal("invalid_arguments", response_metadata={"messages": ["max_length is 1 to 3000"]})
    if len(element.get("initial_value", "")) > 3000:
        raise Refusal("invalid_arguments", response_metadata={"messages": ["initial_value is too long"]})


def _check_options(element: Json) -> None:
    """https://docs.slack.dev/reference/block-kit/composition-objects/option-object"""
    options = element.get("options") or []
    most = 10 if element["type"] == "checkboxes" else 100
    wrong = [
        not 1 <= len(options) <= most,
        len({option.get("value") for option in options}) != len(options),
        any(not 1 <= len(option.get("value") or "") <= 150 for option in options),
        any(not 1 <= len(option.get("text", {}).get("text") or "") <= 75 for option in options),
        "initial_option" in element and element["initial_option"] not in options,
    ]
    if any(wrong):
        raise Refusal("invalid_arguments", response_metadata={"messages": [f"options check {wrong}"]})
