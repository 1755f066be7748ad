"""The small changes that are made to a module, one at a time: what ``make mutants`` tries the tests with.

A change turns a comparison round or moves its limit, drops half of a condition, leaves out a statement, a keyword or
a filter, counts one too many, misspells a key, or does the like inside an SQL statement. Every line stays where it is.
Words for people are not changed: docstrings, log lines, Chinese sentences, texts of exceptions; nor are assertions.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Do = Callable[[], None]

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], str]] = {
    ast.Lt: (ast.LtE, "< becomes <="),
    ast.LtE: (ast.Lt, "<= becomes <"),
    ast.Gt: (ast.GtE, "> becomes >="),
    ast.GtE: (ast.Gt, ">= becomes >"),
    ast.Eq: (ast.NotEq, "== becomes !="),
    ast.NotEq: (ast.Eq, "!= becomes =="),
    ast.Is: (ast.IsNot, "is becomes is not"),
    ast.IsNot: (ast.Is, "is not becomes is"),
    ast.In: (ast.NotIn, "in becomes not in"),
    ast.NotIn: (ast.In, "not in becomes in"),
}
_COMPUTED: dict[type[ast.operator], tuple[type[ast.operator], str]] = {
    ast.Add: (ast.Sub, "+ becomes -"),
    ast.Sub: (ast.Add, "- becomes +"),
    ast.Mult: (ast.FloorDiv, "* becomes //"),
    ast.FloorDiv: (ast.Mult, "// becomes *"),
    ast.Mod: (ast.Mult, "% becomes *"),
}
_SQL = re.compile(
    r"\b(SELECT|UPDATE|INSERT|DELETE|WHERE|AND|OR|ORDER BY|IS NULL|IS NOT NULL|CASE|JOIN|SET|EXISTS|IN)\b| = :"
)
_SQL_CHANGES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r" <= ", " < "),
        (r" >= ", " > "),
        (r" < ", " <= "),
        (r" > ", " >= "),
        (r" <> ", " = "),
        (r" = ", " <> "),
        (r"\bAND\b", "OR"),
        (r"\bOR\b", "AND"),
        (r"\bIS NULL\b", "IS NOT NULL"),
        (r"\bIS NOT NULL\b", "IS NULL"),
        (r"\bNOT IN\b", "IN"),
        (r"(?<!NOT )\bIN\b", "NOT IN"),
        (r"\bNOT EXISTS\b", "EXISTS"),
        (r"(?<!NOT )\bEXISTS\b", "NOT EXISTS"),
        (r" DESC\b", " ASC"),
        (r"\bORDER BY ", "ORDER BY -1 * "),
        (r"\bMIN\(", "MAX("),
        (r"\bMAX\(", "MIN("),
        (r"\bLEFT JOIN\b", "JOIN"),
        (r" \+ ", " - "),
        (r" - ", " + "),
        (r"(?<= )0\b", "1"),
        (r"(?<= )1\b", "2"),
    )
]
_KEY = re.compile(r"[\x21-\x7e]+( [\x21-\x7e]+)?")
"""A string that a program reads: a key, a slug, a name of an event."""
_CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


@dataclass(frozen=True)
class Change:
    """One change. ``number`` counts within the file; ``lines`` are those of the statement that it is part of."""

    file: str
    number: int
    function: str
    line: int
    lines: range
    what: str


def changes_of(file: str, source: str) -> list[Change]:
    """Every change to the functions of a module, in the order of its lines. Equal ones of one line are numbered."""
    found = []
    alike: Counter[tuple[int, str]] = Counter()
    for number, site in enumerate(_sites(ast.parse(source))):
        alike[site.line, site.what] += 1
        times = alike[site.line, site.what]
        what = site.what if times == 1 else f"{site.what} ({times})"
        found.append(Change(file, number, site.function, site.line, site.lines, what))
    return found


def changed_tree(source: str, number: int) -> ast.Module:
    """The module's syntax tree with this one change made."""
    tree = ast.parse(source)
    for at, site in enumerate(_sites(tree)):
        if at == number:
            site.do()
            return ast.fix_missing_locations(tree)
    raise LookupError(f"there is no change number {number}")


# ---------------------------------------------------------------- where


@dataclass(frozen=True)
class _Site:
    function: str
    line: int
    lines: range
    what: str
    do: Do


def _sites(tree: ast.Module) -> Iterator[_Site]:
    for name, function in _functions(tree.body, ""):
        yield from _in_block(name, function.body)


def _functions(
    body: list[ast.stmt], outer: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The functions of a module and the methods of its classes, with their names."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, f"{outer}{statement.name}.")
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{outer}{statement.name}", statement


def _in_block(function: str, body: list[ast.stmt]) -> Iterator[_Site]:
    for index, statement in enumerate(body):
        if _is_words(statement):
            continue
        lines = _own_lines(statement)
        for node, what, do in [*_to_statement(body, index), *_to_expressions(statement)]:
            yield _Site(function, node.lineno, lines, what, do)
        for block in _blocks(statement):
            yield from _in_block(function, block)


def _is_words(statement: ast.stmt) -> bool:
    """A docstring, a log line, an assertion: nothing that a test should hold on to."""
    if isinstance(statement, ast.Assert):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and isinstance(value.func.value, ast.Name)
        and value.func.value.id == "logger"
    )


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statements inside a statement."""
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _own_lines(statement: ast.stmt) -> range:
    """Its lines, without those of the statements inside it."""
    inner = next((block[0].lineno for block in _blocks(statement) if block), None)
    end = statement.end_lineno or statement.lineno
    return range(statement.lineno, max(statement.lineno + 1, end + 1 if inner is None else inner))


# ---------------------------------------------------------------- what

_Found = Iterator[tuple[ast.stmt | ast.expr, str, Do]]


def _to_statement(body: list[ast.stmt], index: int) -> _Found:
    statement = body[index]

    def put(other: ast.stmt) -> Do:
        return lambda: body.__setitem__(index, ast.copy_location(other, statement))

    match statement:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Delete():
            yield statement, "is left out", put(ast.Pass())
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield statement, "is left out", put(ast.Pass())
        case ast.Raise():
            yield statement, "is left out", put(ast.Pass())
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield statement, "returns None", put(ast.Return(ast.copy_location(ast.Constant(None), value)))
        case ast.Continue():
            yield statement, "becomes break", put(ast.Break())
        case ast.Break():
            yield statement, "becomes continue", put(ast.Continue())
        case ast.If(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield test, "condition is turned round", _setter(statement, "test", _negated(test))


def _negated(test: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _to_expressions(statement: ast.stmt) -> _Found:
    """Changes within the statement's own expressions."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        children = [child for child in ast.iter_child_nodes(node) if _is_looked_at(child, node)]
        waiting += reversed(children)
        if isinstance(node, ast.expr):
            yield from _to_expression(node)
        if isinstance(node, ast.comprehension):
            for condition in node.ifs:
                rest = [each for each in node.ifs if each is not condition]
                yield condition, "filter is left out", _setter(node, "ifs", rest)


def _is_looked_at(child: ast.AST, parent: ast.AST) -> bool:
    if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
        return False  # a block of its own
    if isinstance(parent, ast.AnnAssign) and child is parent.annotation:
        return False
    if isinstance(child, ast.keyword) and child.arg == "ensure_ascii":
        return False  # another spelling of the same JSON
    # Of a nested function, defaults, decorators and types belong to when it is made.
    return not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef)


def _setter(node: ast.AST, name: str, value: object) -> Do:
    return lambda: setattr(node, name, value)


def _to_expression(node: ast.expr) -> _Found:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARED:
            other, what = _COMPARED[type(operator)]
            yield node, what, _setter(node, "ops", [other()])
        case ast.BoolOp(op=operator, values=values):
            word, other_word = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
            other_operator = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield node, f"{word} becomes {other_word}", _setter(node, "op", other_operator)
            for at, value in enumerate(values):
                neutral = ast.copy_location(ast.Constant(word == "and"), value)
                rest = [*values[:at], neutral, *values[at + 1 :]]
                yield value, f"part {at + 1} of the {word} is left out", _setter(node, "values", rest)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            twice = ast.copy_location(ast.UnaryOp(ast.Not(), operand), operand)
            yield node, "not is left out", _setter(node, "operand", twice)
        case ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield test, "condition is turned round", _setter(node, "test", _negated(test))
        case ast.BinOp(op=operator) if type(operator) in _COMPUTED and not _is_text(node):
            computed, what = _COMPUTED[type(operator)]
            yield node, what, _setter(node, "op", computed())
        case ast.Call(keywords=keywords):
            for keyword in keywords:
                if keyword.arg not in (None, "ensure_ascii"):
                    rest_of_them = [each for each in keywords if each is not keyword]
                    what = f"keyword {keyword.arg} is left out"
                    yield keyword.value, what, _setter(node, "keywords", rest_of_them)
        case ast.Constant(value=value):
            for what, changed in _to_value(value):
                yield node, what, _setter(node, "value", changed)


def _is_text(node: ast.BinOp) -> bool:
    """Does it join or fill in text?"""
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _to_value(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, bool):
        yield f"{value} becomes {not value}", not value
    elif isinstance(value, int | float):
        yield f"{value} becomes {value + 1}", value + 1
    elif isinstance(value, str) and not _CHINESE.search(value):
        if _SQL.search(value):
            yield from _to_sql(value)
        elif _KEY.fullmatch(value):
            yield f"{value!r} is misspelt", f"XX{value}XX"


def _to_sql(text: str) -> Iterator[tuple[str, str]]:
    for pattern, replacement in _SQL_CHANGES:
        for found in pattern.finditer(text):
            changed = text[: found.start()] + replacement + text[found.end() :]
            around = text[max(found.start() - 15, 0) : found.end() + 15].strip()
            yield f"{found.group().strip()} becomes {replacement.strip()} in {around!r}", changed
