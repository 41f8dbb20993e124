"""How a candidate wants to be called, as data: what is refused, and the options that repeat it."""

import pytest

from lara_verify.adapter import Adapter, AdapterError, named_values


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
        ({"init": ("a",)}, "--init is 'a'; expected NAME=VALUE"),
        ({"call": ("=1",)}, "--call is '=1'; expected NAME=VALUE"),
        ({"call": ("a=1", "a b=1")}, "--call is 'a b=1'; expected NAME=VALUE"),
        ({"seed_arg": ""}, "--seed-arg is empty"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(fields, said):
    with pytest.raises(AdapterError) as error:
        Adapter(**fields)
    assert said in str(error.value)


def test_words_repeat_it_and_leave_out_what_is_default():
    assert Adapter().words() == []
    made = Adapter("torch", "bnhd", ("dim={d}", "n=3"), n_samples_arg="", seed_by="global")
    assert made.words() == [
        "--arrays", "torch", "--layout", "bnhd", "--init", "dim={d}", "--init", "n=3", "--n-samples-arg", "",
        "--seed-by", "global",
    ]  # fmt: skip


def test_named_values_are_split_at_the_first_equals_sign():
    assert named_values(("a=1", "b=x=y", "c=")) == {"a": "1", "b": "x=y", "c": ""}
