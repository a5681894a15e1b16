"""A growing answer on paper that cannot be taken back."""

from collections.abc import Callable

from adapters.terminal.visible import visible

LABEL = "tampu> "


class Printer:
    """Writes only what is new of each message."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._message: str | None = None
        self._printed = ""

    @property
    def open(self) -> bool:
        """Whether a message stands there that may still grow."""
        return self._message is not None

    def show(self, message: str, text: str) -> None:
        """Bring a message up to its new text; begins afresh when what stands there is no longer so."""
        shown = visible(text)
        if message != self._message:
            self.end()
            self._write(LABEL)
        elif not shown.startswith(self._printed):
            self._write(f"\n{LABEL}")
            self._printed = ""
        self._message = message
        self._write(shown[len(self._printed) :])
        self._printed = shown

    def end(self) -> None:
        """Close the message that stands there, with an empty line below."""
        if self.open:
            self._write("\n" if self._printed.endswith("\n") else "\n\n")
        self._message = None
        self._printed = ""
