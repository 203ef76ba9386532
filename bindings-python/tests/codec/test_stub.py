"""The stub and the native module name the same things, and all of them are documented."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

import pytest
import wsproof
import wsproof.adapters.websockets
import wsproof.adapters.wsproto
import wsproof.handshake
from wsproof import _core

STUB = ast.parse((Path(wsproof.__file__).with_name("_core.pyi")).read_text(encoding="utf-8"))
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}
FUNCTIONS = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}


def members(node: ast.ClassDef) -> set[str]:
    return {item.name for item in node.body if isinstance(item, FUNCTION) and not item.name.startswith("_")}


def test_the_same_names() -> None:
    found = {name for name in vars(_core) if not name.startswith("__")}
    assert found == {*CLASSES, *FUNCTIONS}


def test_the_same_members() -> None:
    for name, node in CLASSES.items():
        cls = getattr(_core, name)
        if not issubclass(cls, BaseException):
            found = {member for member in vars(cls) if not member.startswith("_")}
            assert found == members(node), name


def test_the_same_parameters_in_order() -> None:
    for name, node in FUNCTIONS.items():
        signature = getattr(_core, name).__text_signature__
        told = [part.strip(" *").split("=")[0] for part in signature.strip("()").split(",")]
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *filter(None, [arguments.vararg]), *arguments.kwonlyargs]
        every += filter(None, [arguments.kwarg])
        assert [part for part in told if part not in ("", "/")] == [argument.arg for argument in every], name


def test_everything_public_is_documented() -> None:
    silent = [
        f"{name}.{item.name}"
        for name, node in CLASSES.items()
        for item in node.body
        if isinstance(item, FUNCTION) and not item.name.startswith("_") and not ast.get_docstring(item)
    ]
    silent += [name for name, node in CLASSES.items() if not ast.get_docstring(node)]
    silent += [name for name, node in FUNCTIONS.items() if name[0] != "_" and not ast.get_docstring(node)]
    assert silent == []


EXAMPLES = {
    node.name: text
    for node in ast.walk(STUB)
    if isinstance(node, (ast.ClassDef, *FUNCTION)) and ">>>" in (text := ast.get_docstring(node) or "")
} | {
    module.__name__: module.__doc__ or ""
    for module in (wsproof.handshake, wsproof.adapters.websockets, wsproof.adapters.wsproto)
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    example = doctest.DocTestParser().get_doctest(EXAMPLES[name], {}, name, None, None)
    assert example.examples
    told: list[str] = []
    assert doctest.DocTestRunner().run(example, out=told.append).failed == 0, "".join(told)
