"""Contracts of import-linter (``make lint``) that it does not have itself; ``pyproject.toml`` names them."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

from importlinter import Contract, ContractCheck, fields, output

ROOT = Path(__file__).resolve().parent.parent
NOT_THE_PRODUCT = {"tests", "tools"}
ENTRANCE = "main"


class NoCircles(Contract):
    """No module imports, by whatever way, a module that imports it."""

    type_name = "no_circles"
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: Any, verbose: bool) -> ContractCheck:
        exceptions: Any = self.ignore_imports or ()
        ignored = {(str(each.importer), str(each.imported)) for each in exceptions}
        imported_by = {
            module: {
                imported
                for imported in graph.find_modules_directly_imported_by(module)
                if imported in graph.modules and (module, imported) not in ignored
            }
            for module in graph.modules
        }
        circles = [sorted(circle) for circle in strongly_connected(imported_by) if len(circle) > 1]
        return ContractCheck(kept=not circles, metadata={"circles": sorted(circles)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for circle in check.metadata["circles"]:
            output.print_error("in a circle: " + ", ".join(circle))


def strongly_connected(edges: dict[str, set[str]]) -> list[set[str]]:
    """Groups of nodes that all reach each other (Kosaraju)."""
    order: list[str] = []
    seen: set[str] = set()
    for start in edges:
        stack = [(start, iter(edges[start]))] if start not in seen else []
        seen.add(start)
        while stack:
            node, following = stack[-1]
            target = next((each for each in following if each not in seen), None)
            if target is None:
                order.append(stack.pop()[0])
            else:
                seen.add(target)
                stack.append((target, iter(edges[target])))
    backwards: dict[str, set[str]] = {node: set() for node in edges}
    for node, targets in edges.items():
        for target in targets:
            backwards[target].add(node)
    groups, placed = [], set[str]()
    for node in reversed(order):
        group, waiting = set[str](), [node]
        while waiting:
            each = waiting.pop()
            if each not in placed:
                placed.add(each)
                group.add(each)
                waiting += backwards[each]
        if group:
            groups.append(group)
    return groups


class Bottom(Contract):
    """Modules beside ``main.py`` import nothing of ours but each other and the packages in ``allowed``, and nobody
    imports ``main``. import-linter itself sees packages alone; so this looks whether it was told of all of them."""

    type_name = "bottom"
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: Any, verbose: bool) -> ContractCheck:
        packages = {file.parent.name for file in ROOT.glob("*/__init__.py")} - NOT_THE_PRODUCT
        modules = {file.stem for file in ROOT.glob("*.py")}
        bottom = modules - {ENTRANCE} | set(self.allowed)  # type: ignore[call-overload]
        problems = [
            f"{name}.py imports {imported}"
            for name in sorted(modules - {ENTRANCE})
            for imported in sorted(imports(ROOT / f"{name}.py") & (packages | modules) - bottom)
        ]
        problems += [
            f"{file.relative_to(ROOT)} imports {ENTRANCE}"
            for package in sorted(packages)
            for file in sorted((ROOT / package).rglob("*.py"))
            if ENTRANCE in imports(file)
        ]
        declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
        problems += [
            f"{package}/ is missing in root_packages"
            for package in sorted(packages - set(declared["root_packages"]))
        ]
        return ContractCheck(kept=not problems, metadata={"problems": problems})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for problem in check.metadata["problems"]:
            output.print_error(problem)


def imports(file: Path) -> set[str]:
    """The first names of all modules that a file imports, in functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
