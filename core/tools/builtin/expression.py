"""Arithmetic as people and models write it, read into Python's syntax tree."""

import ast
import re
from dataclasses import dataclass
from fractions import Fraction

from core.errors import ToolRetry

MOST_CHARACTERS = 500
MOST_EXPONENT = 1_000

_SIGNS = str.maketrans(
    {
        "\N{MULTIPLICATION SIGN}": "*",
        "\N{MIDDLE DOT}": "*",
        "\N{DOT OPERATOR}": "*",
        "\N{DIVISION SIGN}": "/",
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{GREEK SMALL LETTER PI}": "pi",
        "\N{SQUARE ROOT}": "sqrt",
    }
)
_PLAIN = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
# 1,234,567.8 and the Indian 12,34,567.8; also with _ ' or a no-break or thin space in place of the comma.
_GROUPED = (
    r"(?:[0-9]{1,3}(?P<mark>[,_'\u00a0\u2009\u202f])[0-9]{3}(?:(?P=mark)[0-9]{3})*"
    r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})(?:\.[0-9]+)?(?![0-9.]|,[0-9])"
)
_TOKEN = re.compile(
    rf"(?P<grouped>{_GROUPED})|(?P<number>{_PLAIN})|(?P<name>[A-Za-z]+[0-9]*)"
    r"|(?P<percent>%)|(?P<comma>,\s*)|(?P<sign>\*\*|//|[-+*/^()!²³])"
)
_NUMBER = re.compile(rf"(?P<number>{_PLAIN})")
_SPACE = re.compile(r"\s*")
_OPERAND_NEXT = re.compile(r"\s*(?:[0-9.(]|(?!(?:of|x|mod)\b)[A-Za-z])", re.IGNORECASE)
_SIGNED_OPERAND_NEXT = re.compile(r"\s+[-+][^\s]")
_ASKED = re.compile(r"\s*=\s*\??\s*$")

_WORDS = {"x": "*", "of": "*", "mod": "%"}
_POSTFIXES = {"!": ".factorial", "²": ".squared", "³": ".cubed"}
_ONE_ARGUMENT_OR_TWO = ("log", "round")
_ANY_ARGUMENTS = ("max", "min")


@dataclass(frozen=True, slots=True)
class Expression:
    """A tree whose numbers are the names ``_0``, ``_1``, ...: as constants they would become floats.

    ``x.percent`` and ``x.factorial`` stand for ``x%`` and ``x!``.
    """

    tree: ast.expr
    numbers: dict[str, Fraction]


def read(text: str) -> Expression:
    """Read an expression such as ``15% of 1,234.50``. Raises ``ToolRetry`` with what to write instead."""
    if len(text) > MOST_CHARACTERS:
        raise ToolRetry(f"The expression is longer than {MOST_CHARACTERS} characters: calculate it in parts.")
    reader = _Reader(_ASKED.sub("", text).translate(_SIGNS).strip())
    source = reader.source()
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ToolRetry(
            "I can't read this as arithmetic. Write numbers, operators and functions only, "
            "such as 2 * (3 + 4) / sqrt(9), and never leave out the *."
        ) from None
    return Expression(tree, reader.numbers)


@dataclass(slots=True)
class _Bracket:
    """An open bracket: the function that it belongs to, and how its commas are written."""

    function: str
    tight: bool = False
    loose: bool = False

    @property
    def lists(self) -> bool:
        return self.function in (*_ONE_ARGUMENT_OR_TWO, *_ANY_ARGUMENTS)


class _Reader:
    """Goes once over the text and writes Python."""

    def __init__(self, text: str) -> None:
        self.numbers: dict[str, Fraction] = {}
        self._text = text
        self._written: list[str] = []
        self._open: list[_Bracket] = [_Bracket("")]
        self._at = 0

    def source(self) -> str:
        """The whole text as Python; empty for an empty one."""
        while (begin := self._past_spaces()) < len(self._text):
            token = _TOKEN.match(self._text, begin)
            if token is None:
                raise ToolRetry(f"I don't understand {self._text[begin]!r} in the expression.")
            if token["grouped"] and token["mark"] in (None, ",") and self._open[-1].lists:
                self._open[-1].tight = True
                token = _NUMBER.match(self._text, begin) or token
            self._at = token.end()
            self._take(token.lastgroup or "", token[0])
        return " ".join(self._written)

    def _past_spaces(self) -> int:
        space = _SPACE.match(self._text, self._at)
        return space.end() if space else self._at

    def _take(self, kind: str, text: str) -> None:
        match kind:
            case "grouped" | "number":
                self._number(text)
            case "name":
                self._name(text.lower())
            case "percent":
                self._percent()
            case "comma":
                self._comma(text)
            case _:
                self._sign(text)

    def _number(self, text: str) -> None:
        _, _, exponent = text.lower().partition("e")
        if exponent and abs(int(exponent)) > MOST_EXPONENT:
            raise ToolRetry(f"An exponent of ten is at most {MOST_EXPONENT}.")
        name = f"_{len(self.numbers)}"
        self.numbers[name] = Fraction(re.sub(r"[,_'\s]", "", text))
        self._written.append(name)

    def _name(self, name: str) -> None:
        if name == "percent":
            self._written.append(".percent")
        elif name == "of" and self._written[-1:] != [".percent"]:
            raise ToolRetry("I know the word of only behind a percentage, as in 15% of 80.")
        else:
            # With a capital no name is a keyword of Python's.
            self._written.append(_WORDS.get(name) or name.capitalize())

    def _percent(self) -> None:
        """``7 % 3`` and ``7 % -3`` divide with a remainder; ``7%`` and ``7% - 3`` are hundredths."""
        modulo = _OPERAND_NEXT.match(self._text, self._at) or (
            self._text[: self._at - 1].endswith(" ") and _SIGNED_OPERAND_NEXT.match(self._text, self._at)
        )
        self._written.append("%" if modulo else ".percent")

    def _comma(self, text: str) -> None:
        bracket = self._open[-1]
        if not bracket.lists:
            raise ToolRetry(
                "I can't tell what a comma means here. Write decimals as 1.5 and thousands as 1000."
            )
        bracket.loose = bracket.loose or len(text) > 1
        self._written.append(",")

    def _sign(self, sign: str) -> None:
        if sign == "(":
            last = self._written[-1] if self._written else ""
            self._open.append(_Bracket(last.lower() if last.isidentifier() else ""))
        elif sign == ")" and len(self._open) > 1:
            self._close(self._open.pop())
        self._written.append("**" if sign == "^" else _POSTFIXES.get(sign, sign))

    def _close(self, bracket: _Bracket) -> None:
        if bracket.tight and (bracket.loose or bracket.function in _ONE_ARGUMENT_OR_TWO):
            raise ToolRetry(
                f"I can't tell thousands from arguments in {bracket.function}(...). "
                "Write numbers without commas, as 1000."
            )
