"""Files are short, named after what they define, and say what they are for."""

import ast
from collections.abc import Iterator

import pytest

MOST_LINES = 400
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}


def test_no_file_is_above_400_lines(python_files):
    long = {str(p): n for p in python_files if (n := len(p.read_text(encoding="utf-8").splitlines())) > MOST_LINES}
    assert not long, f"above {MOST_LINES} lines: {long}; split each by what its parts define"


def test_every_file_is_named_after_what_it_defines(python_files, root):
    vague = [
        str(path)
        for path in python_files
        if NAMES_OF_NOTHING
        & {word for part in path.relative_to(root).with_suffix("").parts for word in part.split("_")}
    ]
    assert not vague, f"named after nothing: {vague}"


def without_docstring(tree: ast.Module) -> Iterator[str]:
    """Public names of a module that no docstring explains, the module itself as ``<module>``."""
    if not ast.get_docstring(tree):
        yield "<module>"
    yield from _bare_names(tree.body, "")


def _bare_names(body, prefix) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _bare_names([*node.body, *node.orelse], prefix)
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        decorators = {ast.unparse(d).rsplit(".", 1)[-1] for d in node.decorator_list}
        if not ast.get_docstring(node) and not decorators & {"overload", "override", "setter"}:
            yield f"{prefix}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _bare_names(node.body, f"{prefix}{node.name}.")


def test_public_names_have_docstrings(source_modules):
    bare = [f"{m.path}: {name}" for m in source_modules for name in without_docstring(m.tree)]
    assert not bare, "public names without a docstring:\n" + "\n".join(bare)


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ("def f(): ...", ["<module>", "f"]),
        ('"""M."""\ndef f():\n    """F."""', []),
        ('""""""\nx = 1', ["<module>"]),
        ('"""M."""\nclass C:\n    """C."""\n    def m(self): ...\n    def _m(self): ...', ["C.m"]),
        ('"""M."""\nclass _C:\n    def m(self): ...', []),
        ('"""M."""\nif True:\n    async def f(): ...', ["f"]),
        ('"""M."""\nclass C:\n    """C."""\n    @property\n    def p(self): ...', ["C.p"]),
        ('"""M."""\nclass C:\n    """C."""\n    @override\n    def o(self): ...', []),
    ],
)
def test_the_search_for_bare_names_finds_them(source, bare):
    assert list(without_docstring(ast.parse(source))) == bare
