"""Evaluates an expression: exact on fractions, with floats only where a result is irrational.

Every step is bounded, so that no expression takes more than a moment.
"""

import ast
import math
import operator
from collections.abc import Callable
from fractions import Fraction

from core.errors import ToolError, ToolFailed, ToolRetry
from core.tools.builtin.expression import Expression
from core.tools.builtin.functions import CONSTANTS, FUNCTIONS, Number, factorial

MOST_BITS = 10_000  # of a numerator or denominator: about 3,000 digits
DEEPEST = 60

TOO_LARGE = "The result is too large to calculate."
TOO_SMALL = "The result is too close to zero to calculate."
BY_ZERO = "Division by zero has no result."
NOT_REAL = "The result is not a real number."

_Step = Callable[[Number, Number], Number]


def evaluate(expression: Expression) -> Number:
    """Work out an expression.

    Raises ``ToolRetry`` where it is not written as arithmetic, and ``ToolFailed`` where it has no result.
    """
    try:
        return _Evaluation(expression.numbers).value(expression.tree, 0)
    except ToolError:
        raise
    except ZeroDivisionError:
        raise ToolFailed(BY_ZERO) from None
    except OverflowError:
        raise ToolFailed(TOO_LARGE) from None
    except ValueError:  # math: outside of a function's domain
        raise ToolFailed(NOT_REAL) from None


class _Evaluation:
    def __init__(self, numbers: dict[str, Fraction]) -> None:
        self._numbers = numbers

    def value(self, node: ast.expr, depth: int) -> Number:
        if depth > DEEPEST:
            raise ToolRetry("The expression is nested too deeply: calculate it in parts.")
        match node:
            case ast.Name(id=name):
                return self._name(name)
            case ast.BinOp():
                return self._chain(node, depth)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.value(operand, depth + 1)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand, depth + 1)
            case ast.Attribute(value=operand, attr=attribute):
                return _bounded(_POSTFIXES[attribute](self.value(operand, depth + 1)))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name not in self._numbers:
                return self._call(name.lower(), arguments, depth)
            case _:
                raise ToolRetry("Write numbers, operators and functions only, such as 2 * sqrt(9).")

    def _name(self, name: str) -> Number:
        if name in self._numbers:
            return self._numbers[name]
        if name.lower() in CONSTANTS:
            return CONSTANTS[name.lower()]
        raise ToolRetry(_unknown(name.lower()))

    def _chain(self, node: ast.BinOp, depth: int) -> Number:
        """Evaluate ``a + b - c ...`` from the left in a loop: a long sum is no deep one."""
        steps: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            steps.append(left)
            left = left.left
        value = self.value(left, depth + 1)
        for step in reversed(steps):
            right = self.value(step.right, depth + 1)
            if _adds_percent(step):
                right = _apply(operator.mul, value, right)
            value = _apply(_STEPS[type(step.op)], value, right)
        return value

    def _call(self, name: str, arguments: list[ast.expr], depth: int) -> Number:
        function = FUNCTIONS.get(name)
        if function is None:
            raise ToolRetry(_unknown(name))
        if not function.fewest <= len(arguments) <= function.most:
            raise ToolRetry(f"{name}() takes {function.takes}.")
        return _bounded(function.run([self.value(argument, depth + 1) for argument in arguments]))


def _unknown(name: str) -> str:
    known = ", ".join(sorted([*FUNCTIONS, *CONSTANTS]))
    return f"I don't know {name[:40]!r}. I know numbers and {known}."


def _adds_percent(step: ast.BinOp) -> bool:
    """``80 + 15%`` is meant as 80 and 15% of it; ``10% + 15%`` is a plain sum."""
    return isinstance(step.op, ast.Add | ast.Sub) and _is_percent(step.right) and not _is_percent(step.left)


def _is_percent(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "percent"


def _apply(step: _Step, left: Number, right: Number) -> Number:
    if isinstance(left, float) or isinstance(right, float):
        left, right = float(left), float(right)
    value = step(left, right)
    return _bounded(Fraction(value) if isinstance(value, int) else value)  # // of fractions gives an int


def _bounded(value: Number) -> Number:
    """The value, as a float where it has grown past exactness. Raises ``OverflowError``."""
    if isinstance(value, Fraction):
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        return value if bits <= MOST_BITS else _nonzero(float(value))
    if not math.isfinite(value):
        raise OverflowError
    return value


def _nonzero(value: float) -> float:
    if value == 0:
        raise ToolFailed(TOO_SMALL)
    return value


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(base) in (0, 1) or bits * abs(exponent.numerator) <= MOST_BITS:
            return base**exponent.numerator
    result = math.pow(float(base), float(exponent))
    return result if base == 0 else _nonzero(result)


def _squared(value: Number) -> Number:
    return value * value


def _cubed(value: Number) -> Number:
    return value * value * value


def _percent(value: Number) -> Number:
    return value / 100


_STEPS: dict[type[ast.operator], _Step] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_POSTFIXES: dict[str, Callable[[Number], Number]] = {
    "percent": _percent,
    "factorial": factorial,
    "squared": _squared,
    "cubed": _cubed,
}
