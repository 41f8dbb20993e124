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


def methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [inner for inner in node.body if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")]


def attributes(node: ast.ClassDef) -> set[str]:
    """Names that a class body assigns: an attribute fulfils a protocol's property."""
    targets = [target for item in node.body if isinstance(item, ast.Assign) for target in item.targets]
    targets += [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def explained(node: ast.ClassDef, classes: list[ast.ClassDef]) -> set[str]:
    """Methods of a class that a base class, or a protocol that it fulfils, already explains."""
    bases = {ast.unparse(base).split("[")[0] for base in node.bases}
    own = {method.name for method in methods(node)} | attributes(node)
    found: set[str] = set()
    for face in classes:
        is_protocol = any(ast.unparse(base).startswith("Protocol") for base in face.bases)
        fulfils = is_protocol and methods(face) and {method.name for method in methods(face)} <= own
        if face is not node and (fulfils or face.name in bases):
            found |= {method.name for method in methods(face) if ast.get_docstring(method)}
            found |= explained(face, classes) if face.name in bases else set()
    return found


def without_docstring(tree: ast.Module, classes: list[ast.ClassDef]) -> Iterator[str]:
    """Public names of a module that no docstring explains, the module itself as ``<module>``."""
    if not ast.get_docstring(tree):
        yield "<module>"
    yield from bare_names(tree.body, "", classes, set())


def bare_names(body: list[ast.stmt], prefix: str, classes: list[ast.ClassDef], inherited: set[str]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from bare_names([*node.body, *node.orelse], prefix, classes, inherited)
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        decorators = {ast.unparse(decorator).rsplit(".", 1)[-1] for decorator in node.decorator_list}
        if not ast.get_docstring(node) and node.name not in inherited and not decorators & {"overload", "setter"}:
            yield f"{prefix}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from bare_names(node.body, f"{prefix}{node.name}.", classes, explained(node, classes))


def classes_of(trees) -> list[ast.ClassDef]:
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def test_public_names_have_docstrings(source_modules):
    """Ruff's D102 asks every method to repeat what its protocol says; this asks that it is said once."""
    classes = classes_of(module.tree for module in source_modules)
    bare = [f"{m.path}: {name}" for m in source_modules for name in without_docstring(m.tree, classes)]
    assert not bare, "public names without a docstring:\n" + "\n".join(bare)


FACE = '''"""M."""
class Face(Protocol):
    """F."""
    def a(self):
        """A."""
    def b(self):
        """B."""
'''


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
        (FACE + 'class C:\n    """C."""\n    def a(self): ...\n    def b(self): ...', []),
        (FACE + 'class C:\n    """C."""\n    def a(self): ...', ["C.a"]),
        (FACE + 'class C:\n    """C."""\n    def a(self): ...\n    def b(self): ...\n    def c(self): ...', ["C.c"]),
        (
            FACE
            + 'class C(Face):\n    """C."""\n    def a(self): ...\nclass D(C):\n    """D."""\n    def b(self): ...',
            [],
        ),
        (FACE + "class C:\n    def a(self): ...\n    def b(self): ...", ["C"]),
        ('"""M."""\nclass Face(Protocol):\n    """F."""\n    def a(self): ...', ["Face.a"]),
    ],
)
def test_the_search_for_bare_names_finds_them(source, bare):
    tree = ast.parse(source)
    assert list(without_docstring(tree, classes_of([tree]))) == bare
