"""The way of the model's words to people: open, or held until they were checked."""

from collections.abc import Callable

from core.conversation.thoughts import Thoughts


class HeldMouth:
    """Keeps what the model says and thinks until it is let go.

    Reasoning is kept only where it is shown.
    """

    def __init__(self, thoughts: Thoughts) -> None:
        self._thoughts = thoughts
        # Each with whether it was said; else it was thought.
        self._pieces: list[tuple[bool, str]] = []

    @property
    def text(self) -> str:
        """Everything that people would see."""
        return "".join(text for _, text in self._pieces)

    def say(self, text: str) -> None:
        """More of the answer."""
        self._pieces.append((True, text))

    def think(self, text: str) -> None:
        """More reasoning."""
        if self._thoughts.is_shown:
            self._pieces.append((False, text))

    def mark(self) -> Callable[[], None]:
        """Remember how far it has come; what is returned takes back everything said since, once."""
        begun = len(self._pieces)

        def back() -> None:
            while len(self._pieces) > begun and any(said for said, _ in self._pieces[begun:]):
                # Thoughts behind the last word are of what comes in its place.
                del self._pieces[begun]

        return back

    def let_go(self) -> None:
        """Show it."""
        for said, text in self._pieces:
            if said:
                self._thoughts.over(text)
            else:
                self._thoughts.take(text)
        self._pieces.clear()
