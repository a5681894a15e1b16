"""Which rows of a conversation fit the model's window. Pure."""

from core.transcript import FilePart, ImagePart, Message, Part, TextPart, ToolCall, ToolResult, ToolSpec

MESSAGE_OVERHEAD = 6
LEAST_OUTPUT = 1_024  # an answer's room, when pictures or what tools said need the rest
IMAGE_TOKENS = 2_500  # the most tiles that Llama 4 makes of a picture is 16, with 144 tokens each
ASCII_PER_TOKEN = 3.6


def estimate(text: str) -> int:
    """Guess the tokens of a text, rather too many than too few."""
    plain = sum(1 for character in text if character < "\x80")
    return int(plain / ASCII_PER_TOKEN + (len(text) - plain) * 0.9) + 1


def weight(message: Message) -> int:
    """Guess the tokens of a message with its files."""
    return MESSAGE_OVERHEAD + sum(_part_weight(part) for part in message.parts)


def weight_of_tools(specs: tuple[ToolSpec, ...]) -> int:
    """Guess the tokens of what the model is told of its tools."""
    return sum(
        MESSAGE_OVERHEAD + estimate(spec.name) + estimate(spec.description) + estimate(spec.schema)
        for spec in specs
    )


def choose(rows: tuple[Message, ...], budget: int) -> tuple[Message, ...]:
    """Take the newest rows that fit into ``budget`` tokens, oldest first.

    The newest row always stays; a text that alone is too long keeps its beginning and its end.
    """
    taken: list[Message] = []
    left = budget
    for row in reversed(rows):
        cost = weight(row)
        if cost > left:
            if not taken:
                taken.append(_shortened(row, left))
            break
        taken.append(row)
        left -= cost
    return tuple(reversed(taken))


def _part_weight(part: Part) -> int:
    match part:
        case TextPart(text=text):
            return estimate(text)
        case FilePart(name=name, text=text, note=note):
            return estimate(name) + estimate(text) + estimate(note)
        case ImagePart():
            return IMAGE_TOKENS
        case ToolCall(arguments=arguments):
            return estimate(arguments) + 8
        case ToolResult(text=text):
            return estimate(text) + 8


def _shortened(row: Message, budget: int) -> Message:
    sized = sum(_part_weight(part) for part in row.parts if not isinstance(part, TextPart | FilePart))
    texts = sum(1 for part in row.parts if isinstance(part, TextPart | FilePart))
    share = max(50, int((budget - sized - MESSAGE_OVERHEAD) / max(texts, 1) * 0.9))
    return Message(row.role, tuple(_clip(part, share) for part in row.parts), row.author)


def _clip(part: Part, tokens: int) -> Part:
    if isinstance(part, TextPart):
        return TextPart(_middle_out(part.text, tokens))
    if isinstance(part, FilePart):
        return FilePart(part.name, _middle_out(part.text, tokens), part.note)
    return part


def _middle_out(text: str, tokens: int) -> str:
    if estimate(text) <= tokens:
        return text
    keep = len(text) * tokens // estimate(text)
    head, tail = keep * 2 // 3, keep // 3
    return (
        f"{text[:head]}\n[... {len(text) - head - tail} characters left out ...]\n{text[len(text) - tail :]}"
    )
