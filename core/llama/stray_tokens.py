"""Control tokens that a model wrote as text, taken out of a stream."""

import re
from typing import Final

from core.llama.special_tokens import BROKEN, HEADER_END, HEADER_START, JOINER, STRAY_NAMES

_ROLE: Final = r"(?:assistant|user|system|tool|ipython)\b"
_START: Final = rf"<\|(?:{'|'.join(sorted(HEADER_START))}|im_start)\|>"
_END: Final = rf"<\|(?:{'|'.join(sorted(HEADER_END))})\|>"
_TOKEN: Final = (
    rf"<\|(?:{'|'.join(sorted(STRAY_NAMES))}|(?:\w{{1,32}}_)?reserved_special_token_\d{{1,4}})\|>"
    r"|<(?:start|end)_of_turn>"
)
# A header goes with the role that it names.
_STRAY: Final = re.compile(rf"{_START}\s{{0,2}}(?:{_ROLE})?(?:\s{{0,2}}{_END})?|{_TOKEN}")
_MARK: Final = re.compile(r"[<\[`~\n]")
_RUN: Final = re.compile(r"`+|~+")

# What may still become one of the above, or a broken token, once more text comes.
_HALF: Final = (
    r"<(?:\|(?:\w{1,64}\|?)?)?"
    r"|<[a-z_]{1,13}"
    rf"|<{JOINER}[^\s]{{0,80}}"
    rf"|\[(?:{JOINER}[^\s\]]{{0,24}})?"
)
_HALF_HEADER: Final = rf"{_START}\s{{0,2}}[a-z]{{0,9}}\s{{0,2}}(?:<(?:\|(?:\w{{1,16}}\|?)?)?)?"
_OPEN: Final = re.compile(rf"(?:`+|~+|{_HALF_HEADER}|{_HALF})\Z")
_LAST: Final = re.compile(rf"(?:(?:{_STRAY.pattern})\s{{0,2}}){{1,8}}(?:{_HALF_HEADER}|{_HALF})?\Z")
_LINE_HEAD: Final = " \t>-*+0123456789.)"


class StrayTokens:
    """Takes a model's text piece by piece and returns what people may read of it.

    Control tokens are dropped, and tokens that ``neutralise`` broke are made whole: those were somebody's
    text. In code, inline or fenced, tokens stay, for there a model explains them; but not at the very end,
    where a model that forgot to close its code lets them slip.
    """

    def __init__(self) -> None:
        self._held = ""
        self._code = _Code()

    def take(self, text: str) -> str:
        """More text; what may be half a token waits for the next piece."""
        return self._strip(self._held + text, final=False)

    def finish(self) -> str:
        """What still waited, at the end of the message."""
        return self._strip(self._held, final=True)

    def _strip(self, text: str, *, final: bool) -> str:
        shown: list[str] = []
        self._held = ""
        at = 0
        while (mark := _MARK.search(text, at)) is not None:
            self._say(text[at : mark.start()], shown)
            at = mark.start()
            if not final and self._waits(text, at):
                self._held = text[at:]
                return "".join(shown)
            at = self._pass(text, at, shown)
        self._say(text[at:], shown)
        return "".join(shown)

    def _waits(self, text: str, at: int) -> bool:
        return _OPEN.match(text, at) is not None or (self._code.inside and _LAST.match(text, at) is not None)

    def _pass(self, text: str, at: int, shown: list[str]) -> int:
        """Go past one mark, a token or a run of fence characters; returns the place behind it."""
        if text[at] == "\n":
            self._code.end_line()
            shown.append("\n")
            return at + 1
        if (run := _RUN.match(text, at)) is not None:
            self._code.run(run[0])
            shown.append(run[0])
            return run.end()
        if (broken := BROKEN.match(text, at)) is not None:
            self._say(text[at], shown)
            return broken.end()
        stray = _STRAY.match(text, at)
        if stray is None:
            self._say(text[at], shown)
            return at + 1
        if self._code.inside and _LAST.match(text, at) is None:
            self._say(stray[0], shown)
        return stray.end()

    def _say(self, text: str, shown: list[str]) -> None:
        if text:
            self._code.words(text)
            shown.append(text)


class _Code:
    """Whether the text so far ends inside Markdown's code."""

    def __init__(self) -> None:
        self._fence = ""
        self._span = 0
        self._fresh = True
        self._info = False

    @property
    def inside(self) -> bool:
        return bool(self._fence or self._span)

    def words(self, text: str) -> None:
        self._fresh = self._fresh and not text.strip(_LINE_HEAD)

    def end_line(self) -> None:
        self._fresh = True
        self._info = False
        self._span = 0

    def run(self, run: str) -> None:
        if self._fence:
            closes = self._fresh and run[0] == self._fence[0] and len(run) >= len(self._fence)
            # Backticks behind the fence on its own line: it was inline code.
            if closes or (self._info and run[0] == "`" == self._fence[0]):
                self._fence = ""
        elif self._fresh and not self._span and len(run) >= 3:  # noqa: PLR2004 - Markdown's fence
            self._fence = run
            self._info = True
        elif run[0] == "`":
            self._span = 0 if self._span == len(run) else self._span or len(run)
        self._fresh = False
