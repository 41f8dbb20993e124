"""How a candidate wants to be called, as data: what is refused, and the options that repeat it."""

import pytest

from lara_verify.sources.adapter import Adapter, AdapterError, pairs


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"arrays": "cupy"}, "--arrays is 'cupy'; expected numpy or torch or jax"),
        ({"layout": "bhn"}, "--layout is 'bhn'; expected n, d and"),
        ({"layout": "nnd"}, "each once"),
        ({"layout": "ndx"}, "--layout is 'ndx'"),
        ({"seed_by": "clock"}, "--seed-by is 'clock'"),
        ({"mask_kind": "float"}, "--mask-kind is 'float'"),
        ({"scale": "2"}, "--scale is '2'; expected default or one"),
        ({"columns": "e"}, "--columns is 'e'"),
        ({"mode": "test"}, "--mode is 'test'"),
        ({"mask_arg": "a b"}, "--mask-arg is 'a b'; expected a name"),
        ({"seed_arg": ""}, "--seed-arg is empty"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(fields, said):
    with pytest.raises(AdapterError) as error:
        Adapter(**fields)
    assert said in str(error.value)


def test_words_repeat_it_and_leave_out_what_is_default():
    assert Adapter().words() == []
    made = Adapter("torch", "bnhd", (("dim", "{d}"), ("n", "3")), n_samples_arg="", seed_by="global")
    assert made.words() == [
        "--arrays", "torch", "--layout", "bnhd", "--init", "dim={d}", "--init", "n=3", "--n-samples-arg", "",
        "--seed-by", "global",
    ]  # fmt: skip


def test_pairs_are_names_and_values():
    assert pairs("--init", ("a=1", "b=x=y", "c=")) == (("a", "1"), ("b", "x=y"), ("c", ""))
    for wrong in ("a", "=1", "a b=1"):
        with pytest.raises(AdapterError, match="expected NAME=VALUE"):
            pairs("--init", (wrong,))
