"""Parts of the sentences that say what is wrong with what people wrote."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

LONGEST_SHOWN: Final = 80


def shown(text: str) -> str:
    """A text as it can stand in a sentence of one line."""
    line = "".join(letter if letter.isprintable() else "?" for letter in text)
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}..."


def nearest(word: str, known: Collection[str]) -> str:
    """Go on behind a word that is not known with the one that is near it; empty where none is."""
    if word.lower() in known:
        return f"; write {word.lower()}"
    close = get_close_matches(word.lower(), known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def ended(sentence: str) -> str:
    """Put the full stop behind a sentence that does not end with a question."""
    return sentence if sentence.endswith("?") else f"{sentence}."
