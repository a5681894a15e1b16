"""The true tokenizers of Llama, where the package ``llama-models`` happens to be installed."""

import importlib
import re
from collections.abc import Callable
from typing import Final, Protocol, cast

TextCounter = Callable[[str], int]

# Llama 3 to 3.3 share one vocabulary.
_MODULES: Final = (
    (re.compile(r"llama-?4"), "llama_models.llama4.tokenizer"),
    (re.compile(r"llama-?v?3"), "llama_models.llama3.tokenizer"),
)
# What a missing, other or damaged installation raises: there is an estimate without it.
_UNUSABLE: Final = (ImportError, AttributeError, TypeError, OSError, ValueError, AssertionError)


class _Tokenizer(Protocol):
    def encode(self, s: str, *, bos: bool, eos: bool) -> list[int]: ...


def installed_counter(model: str) -> TextCounter | None:
    """Find what counts a text's tokens as a model does, by its name; ``None`` where nothing can.

    The first time it reads several megabytes: call it off the loop. The counter takes some ten
    milliseconds for 100 KB. Words that look like control tokens count as the plain text that they are.
    """
    name = model.lower().replace("_", "-")
    module = next((module for pattern, module in _MODULES if pattern.search(name)), None)
    if module is None:
        return None
    try:
        found = importlib.import_module(module).Tokenizer.get_instance()
        return _counting(cast("_Tokenizer", found))
    except _UNUSABLE:
        return None


def _counting(tokenizer: _Tokenizer) -> TextCounter:
    def count(text: str) -> int:
        if not text:
            return 0
        return len(tokenizer.encode(text.encode("utf-8", "replace").decode(), bos=False, eos=False))

    count("a")  # another release may have another signature, which is to show now
    return count
