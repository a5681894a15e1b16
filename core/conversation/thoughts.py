"""A model's reasoning on its way to people who chose to see it."""

from core.conversation.reply import Reply

# Reasoning may be many times as long as the answer; what is left out is said.
MOST_CHARACTERS = 1_500
CUT = " …"


class Thoughts:
    """Stands before the answer as a quotation, complete once the answer begins; never remembered."""

    def __init__(self, reply: Reply, *, is_shown: bool) -> None:
        self._reply = reply
        self.is_shown = is_shown
        self._text = ""

    def take(self, text: str) -> None:
        """More reasoning."""
        if self.is_shown and len(self._text) <= MOST_CHARACTERS:
            self._text += text

    def over(self, text: str) -> None:
        """More of the answer."""
        if self._text.strip():
            self._reply.remark(quoted(self._text))
        self._text = ""
        self._reply.grow(text)


def quoted(text: str) -> str:
    """Reasoning as a Markdown quotation, cut where it is too long."""
    words = text.strip()
    if len(words) > MOST_CHARACTERS:
        words = words[:MOST_CHARACTERS].rstrip() + CUT
    return "".join(f"> {line}\n" for line in words.splitlines()) + "\n"
