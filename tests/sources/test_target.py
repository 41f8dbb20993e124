"""Finding a stranger's function, and saying in one sentence why it cannot be found."""

import sys

import pytest

from lara_verify.sources.target import TargetError, describe, load, named_options, signature_error


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """Loading leaves modules and a path behind; a test must not."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    modules = set(sys.modules)
    yield
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A file of a stranger in the current folder."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="stranger.py"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write


def test_a_file_and_its_neighbours_are_found(written):
    written("answer = 42", "neighbour_of_stranger.py")
    written("import neighbour_of_stranger\ndef f(): return neighbour_of_stranger.answer")
    assert load("stranger.py:f")() == 42


def test_a_name_inside_a_class_is_found(written):
    written("class C:\n    @staticmethod\n    def f(): return 7")
    assert load("stranger.py:C.f")() == 7


def test_a_module_in_the_current_folder_is_found(written):
    written("def f(): return 5", "module_of_stranger.py")
    assert load("module_of_stranger:f")() == 5


def test_a_dataclass_in_the_file_can_be_made(written):
    """Dataclasses look their module up by name while they are made."""
    written(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 1"
    )
    assert load("stranger.py:C")().x == 1


@pytest.mark.parametrize(
    ("text", "target", "said"),
    [
        ("", "stranger.py", "'stranger.py' names no function; expected path/to/file.py:name or package.module:name"),
        ("", "stranger.py:", "'stranger.py:' names no function"),
        ("", ":f", "':f' names no function"),
        ("", "other.py:f", "there is no file other.py"),
        ("", "stranger.py:f", "there is no 'f' in stranger.py"),
        ("f = 3", "stranger.py:f", "'f' in stranger.py is a int; expected a function"),
        (
            "import nobody_has_this",
            "stranger.py:f",
            "importing stranger.py failed: there is no module 'nobody_has_this'",
        ),
        ("1 / 0", "stranger.py:f", "importing stranger.py failed: ZeroDivisionError: division by zero"),
        ("def f(:", "stranger.py:f", "importing stranger.py failed: SyntaxError"),
        ("raise SystemExit(0)", "stranger.py:f", "importing stranger.py failed: SystemExit: 0"),
        ("", "package_that_nobody_has:f", "there is no module 'package_that_nobody_has'"),
        ("", "math:no_such_name", "there is no 'no_such_name' in math"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_sentence(written, text, target, said):
    written(text)
    with pytest.raises(TargetError) as raised:
        load(target)
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "function",
    [
        lambda q, k, v, *, n_samples, seed: None,  # noqa: ARG005
        lambda queries, keys, values, n_samples=1, seed=0: None,  # noqa: ARG005
        lambda *args, **kwargs: None,  # noqa: ARG005
        lambda q, k, v, *, n_samples, seed, key_mask: None,  # noqa: ARG005
        lambda q, k, v, *, n_samples, seed, causal, noise: None,  # noqa: ARG005
    ],
)
def test_what_can_be_called_as_agreed_has_no_signature_error(function):
    """An optional argument is handed over wherever it is named, so it needs no default."""
    assert signature_error(function) is None


@pytest.mark.parametrize(
    "function",
    [
        lambda q, k, v: None,  # noqa: ARG005
        lambda q, k, v, n_samples: None,  # noqa: ARG005
        lambda q, k, *, n_samples, seed: None,  # noqa: ARG005
        lambda q, k, v, *, n_samples, seed, temperature: None,  # noqa: ARG005
        lambda *, q, k, v, n_samples, seed: None,  # noqa: ARG005
    ],
)
def test_what_cannot_be_called_as_agreed_has_one(function):
    said = signature_error(function)
    assert said is not None
    assert said.startswith("it cannot be called as f(q, k, v, *, n_samples, seed): ")


def test_options_are_read_from_the_signature(written):
    written("def f(q, k, v, *, n_samples, seed, causal=False, key_mask=None): ...\ndef g(*args, **kwargs): ...")
    assert named_options(load("stranger.py:f")) == ("key_mask", "causal")
    assert named_options(load("stranger.py:g")) == ()


def test_an_exception_is_told_in_one_line_of_readable_length():
    assert describe(ValueError("one\ntwo")) == "ValueError: one"
    assert describe(ValueError()) == "ValueError"
    assert len(describe(ValueError("x" * 1000))) == 200
