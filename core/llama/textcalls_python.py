"""Calls written as Python, ``[f(a=1), g()]``: parsed as literals, never evaluated."""

import ast
import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_KNOWN_ESCAPES: Final = frozenset("\\'\"abfnrtv0xNuU\n")
_WORDS: Final[dict[str, object]] = {"true": True, "false": False, "null": None}


def python_calls(source: str, declared: frozenset[str]) -> list[tuple[str, dict[str, object]]]:
    """The name and the arguments of each call in a list, or of one call alone.

    Raises ``ValueError`` for anything else: positional values, names, calls inside calls, other tools.
    """
    try:
        tree = ast.parse(_ESCAPE.sub(_plain_escape, source), mode="eval").body
        nodes = tree.elts if isinstance(tree, ast.List) else [tree]
        return [_call(node, declared) for node in nodes]
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError("not a list of calls") from error


def _plain_escape(escape: re.Match[str]) -> str:
    r"""Models write ``"\d"`` for a backslash and a d; Python only warns of it, and later will not."""
    return escape[0] if escape[1] in _KNOWN_ESCAPES else "\\" + escape[0]


def _call(node: ast.expr, declared: frozenset[str]) -> tuple[str, dict[str, object]]:
    prefix = ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        # A tool's name may have a hyphen, which Python takes for a minus.
        prefix, node = f"{_name(node.left)}-", node.right
    if not isinstance(node, ast.Call) or node.args:
        raise ValueError("not a call with named arguments")
    name = prefix + _name(node.func)
    if name not in declared:
        name = name.removesuffix(".call")
    if name not in declared:
        raise ValueError("a tool that nobody declared")
    arguments: dict[str, object] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in arguments:
            raise ValueError("an argument without a name, or twice")
        arguments[keyword.arg] = _literal(keyword.value)
    return name, arguments


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=name):
            return f"{_name(owner)}.{name}"
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return f"{_name(left)}-{_name(right)}"
        case _:
            raise ValueError("not a name")


def _literal(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.Name(id=word) if word in _WORDS:
            return _WORDS[word]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_literal(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {_key(key): _literal(value) for key, value in zip(keys, values, strict=True)}
        case _:
            raise ValueError("not a literal")


def _key(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError("not a string for a key")
