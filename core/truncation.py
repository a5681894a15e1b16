"""A server that drops the beginning of a prompt without a word, found by what it says that it read. Pure.

Ollama keeps the system prompt and the last message and drops the oldest others until the rest fits its
context (its server/prompt.go), which is 4,096 tokens on small graphics cards and cannot be set over
/v1 (its docs/context-length.mdx). It answers as if nothing had happened; only the usage tells.
"""

# A server of such a window is worth a word, and in a short prompt a wrong guess is a large part.
LEAST_ESTIMATE = 1_500
# Guesses were seen to be up to half too high, for code: less than this part was never read whole.
LEAST_PART = 0.6
# A prompt that was cut in the middle fills the context exactly; the last tokens may be of its template.
PINNED_PART = 0.98
# Whatever the text, a guess is rarely a quarter too high when it lands beside such a number by chance.
PINNED_EXCESS = 1.25
LEAST_WINDOW = 2_048


def is_truncated(estimated: int, reported: int, *, has_pictures: bool = False) -> bool:
    """Whether a server read much less than it was sent.

    ``estimated`` are the prompt's tokens with its tools by a counter that was not calibrated with this
    answer, ``reported`` those of its usage. A prompt with pictures tells nothing: each server counts them
    otherwise. Not for servers that leave tokens out which they had read before.
    """
    if has_pictures or reported <= 0 or estimated < LEAST_ESTIMATE:
        return False
    window = window_behind(reported)
    is_full = window >= LEAST_WINDOW and reported >= window * PINNED_PART
    return reported < estimated * LEAST_PART or (is_full and estimated > window * PINNED_EXCESS)


def window_behind(reported: int) -> int:
    """The context that a server which read so many tokens of a longer prompt probably has.

    Contexts are powers of two from 2,048 on, nearly everywhere.
    """
    window = LEAST_WINDOW
    while window < reported:
        window *= 2
    return window


def truncation_note(model: str, estimated: int, reported: int) -> str:
    """Tell the operator what was seen and what to do."""
    window = window_behind(reported)
    return (
        f"The model server read only {reported:,} of about {estimated:,} tokens that {model} was sent: it "
        f"seems to serve a context of {window:,} tokens and to drop the oldest messages without an error. "
        f"Give the server a longer context (Ollama: OLLAMA_CONTEXT_LENGTH), or set this model's window to "
        f"{window:,}, so that nothing is lost unseen."
    )
