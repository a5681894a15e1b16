"""Answers of a realistic shape, made from a seed: paragraphs, lists, code."""

import random
import re

TAG = re.compile(r"\bbench-(\d+)-(\d+)\b")
LONGEST_BLOCK = 400
SPREAD = 320
GOLDEN = 0.618034
STOCK = (
    "road station runner rope bridge valley terrace harvest wool pack mountain river stone bread water "
    "message knot morning rain cloud path market salt copper granary wall gate sun winter summer count "
    "carry rest climb arrive keep send weave trade measure build repair wait listen narrow steep quiet "
    "early late heavy light warm cold near far between after before toward without through every other"
)
WORDS = re.findall(r"\w+", STOCK)


def about(number: int, length: int) -> int:
    """A length near ``length``, evenly spread over two seconds of text from one number to the next.

    Answers of one length would all end in step with the pace of edits, early or late by chance.
    """
    return length + round(SPREAD * (number * GOLDEN % 1 - 0.5))


def question(number: int, length: int) -> str:
    """What people ask; :func:`answer_to` finds the tag in it again."""
    return f"Please tell me about the old roads of the mountains, bench-{number}-{length}."


def answer_to(asked: str) -> str:
    """The answer that the model gives to a :func:`question`, wherever it stands in ``asked``.

    Raises ``ValueError`` when there is none.
    """
    found = TAG.search(asked)
    if found is None:
        raise ValueError(f"not a question of the bench: {asked[:80]!r}")
    return answer(int(found[1]), int(found[2]))


def tag_of(asked: str) -> str:
    """The tag of a :func:`question`; empty when there is none."""
    found = TAG.search(asked)
    return found[0] if found else ""


def answer(seed: int, length: int) -> str:
    """Markdown of ``length`` characters, give or take a word; the same for the same seed."""
    draw = random.Random(seed)
    blocks = [_paragraph(draw)]
    makers = (_bullets, _paragraph, _code, _paragraph, _steps, _paragraph)
    while (left := length - sum(len(block) + 2 for block in blocks)) > LONGEST_BLOCK:
        blocks.append(makers[len(blocks) % len(makers)](draw))
    closing = _sentence(draw, left)
    return "\n\n".join((*blocks, closing[: closing.find(" ", left - 5)] + "."))


def _sentence(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(WORDS, k=count)).capitalize() + "."


def _paragraph(draw: random.Random) -> str:
    sentences = [_sentence(draw, draw.randint(8, 16)) for _ in range(3)]
    return " ".join(sentences)


def _bullets(draw: random.Random) -> str:
    return "\n".join(f"- **{draw.choice(WORDS)}** {_sentence(draw, 8)}" for _ in range(4))


def _steps(draw: random.Random) -> str:
    return "\n".join(f"{place}. {_sentence(draw, 7)}" for place in range(1, 5))


def _code(draw: random.Random) -> str:
    lines = [f"{draw.choice(WORDS)} = {draw.choice(WORDS)}({draw.randint(1, 99)})" for _ in range(4)]
    return "\n".join(("```", *lines, "```"))
