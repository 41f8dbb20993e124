"""A room imports only from the floors below it: the rule that import-linter enforces, read off the source again.

Written apart from the contracts in pyproject.toml, so that an edit which weakens one leaves the other standing.
"""

import ast
from collections.abc import Iterator

import pytest

# Lowest first. Rooms that share a floor and stand in different tuples must not import one another.
FLOORS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        (
            "lara_estimators.problem",
            "lara_estimators.noise",
            "lara_estimators.given",
            "lara_estimators.estimate",
            "lara_estimators.claim",
        ),
    ),
    (("lara_estimators.reference",), ("lara_estimators.torch",)),
    (("lara_verify.stats",), ("lara_verify.workers",), ("lara_verify.oracles",), ("lara_verify.problems",)),
    (("lara_verify.faults", "lara_verify.adapter"),),
    (("lara_verify.sources",),),
    (("lara_verify.checks",),),
    (
        (
            "lara_verify.plan",
            "lara_verify.declare",
            "lara_verify.ledger",
            "lara_verify.trial",
            "lara_verify.verdict",
            "lara_verify.expected",
            "lara_verify.project_file",
        ),
    ),
    (("lara_verify.diagnosis",),),
    (
        ("lara_verify.suite", "lara_verify.outcome", "lara_verify.kills"),
        ("lara_verify.levels", "lara_verify.audit"),
        ("lara_verify.regime",),
        ("lara_verify.inventory",),
    ),
    (("lara_verify.report",),),
    (("lara_studies",),),
    (("lara_verify.cli", "lara_verify.pytest_plugin", "lara_verify.api"),),
)

# A package's own `__init__`: the types' front door, and the version that every room may read.
FRONT_DOORS = {"lara_estimators": FLOORS[0][0], "lara_verify": ("lara_verify.api",)}

NOTHING_OF_ATTENTION = ("lara_verify.stats", "lara_verify.workers")
ESTIMATORS = ("lara_estimators.reference", "lara_estimators.torch")


def is_inside(module, room):
    return module == room or module.startswith(room + ".")


def place(module):
    """Floor number and group of rooms of a module, or None where no floor has it."""
    for number, floor in enumerate(FLOORS):
        for group in floor:
            if any(is_inside(module, room) for room in group):
                return number, group
    return None


def refusal(importer, imported):
    """Why this import is not allowed, or None where it is."""
    if importer in FRONT_DOORS:
        own = any(is_inside(imported, room) for room in FRONT_DOORS[importer])
        return None if own else f"{importer} opens on {FRONT_DOORS[importer]} only"
    if is_inside(imported, "lara_estimators") and any(is_inside(importer, room) for room in NOTHING_OF_ATTENTION):
        return f"{importer} knows nothing of attention"
    if imported in FRONT_DOORS:
        return None
    here, there = place(importer), place(imported)
    if here is None or there is None:
        return f"{importer if here is None else imported} stands on no floor"
    if there[0] > here[0]:
        return f"{imported} is above {importer}"
    if there[0] == here[0] and there[1] != here[1]:
        return f"{imported} and {importer} are independent of one another"
    blind = any(is_inside(importer, room) for room in ("lara_verify.oracles", "lara_verify.problems"))
    if blind and any(is_inside(imported, room) for room in ESTIMATORS):
        return f"{importer} may know the types, never an estimator"
    return None


def imports(module, known) -> Iterator[tuple[str, int]]:
    """Every module of ours that a module imports, lazily or not, with the line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in inner]
        else:
            continue
        for name in names:
            if name.split(".")[0] in ("lara_estimators", "lara_studies", "lara_verify"):
                yield name, node.lineno


def test_every_import_goes_down(source_modules):
    known = {module.name for module in source_modules}
    wrong = [
        f"{module.path}:{line}: {module.name} imports {name}: {why}"
        for module in source_modules
        for name, line in imports(module, known)
        if (why := refusal(module.name, name))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_stands_on_a_floor(source_modules):
    homeless = [m.name for m in source_modules if m.name not in FRONT_DOORS and place(m.name) is None]
    assert not homeless, f"on no floor: {homeless}; give each a place in FLOORS and in pyproject.toml's contracts"


def test_the_rule_refuses_what_it_should():
    """The judge, tried on every pair of rooms."""
    rooms = [(number, group, room) for number, floor in enumerate(FLOORS) for group in floor for room in group]
    for here, group, importer in rooms:
        for there, other, imported in rooms:
            allowed = there < here or group == other
            if importer in NOTHING_OF_ATTENTION and there < here:
                allowed = False
            if importer in ("lara_verify.oracles", "lara_verify.problems") and imported in ESTIMATORS:
                allowed = False
            assert (refusal(importer, imported) is None) == allowed, (importer, imported)
            assert (refusal(f"{importer}.inner", f"{imported}.inner") is None) == allowed, (importer, imported)


@pytest.mark.parametrize("name", ["lara_verify.suite", "lara_estimators.reference", "lara_studies.engine"])
def test_the_front_doors_open_on_their_own_rooms_only(name):
    assert refusal("lara_verify", name)
    assert refusal("lara_estimators", name)
    assert refusal("lara_estimators", "lara_estimators.problem") is None
    assert refusal("lara_verify.oracles", "lara_estimators") is None
    assert refusal("lara_verify.stats.mean", "lara_estimators")
