"""Functional forms check shapes and dtypes, and read no number that would hold up an accelerator."""

import pytest

from lara_estimators import Problem, ProblemError

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")

FORMS = {
    "softmax": twins.softmax,
    "rfa": lambda *a, **b: twins.rfa(*a, n_samples=2, **b),
    "lara": lambda *a, **b: twins.lara(*a, n_samples=2, n_proposals=2, **b),
}


@pytest.mark.parametrize("name", FORMS)
def test_nan_goes_in_and_comes_out(name, torch_device):
    q, k, v = (torch.ones(3, 2, device=torch_device) for _ in range(3))
    v[1] = torch.nan
    assert FORMS[name](q, k, v).isnan().all()
    with pytest.raises(ProblemError, match="v holds NaN or infinity"):
        Problem(q, k, v)


@pytest.mark.parametrize("name", FORMS)
def test_nan_behind_the_mask_stays_there(name, torch_device):
    q, k, v = (torch.ones(3, 2, device=torch_device) for _ in range(3))
    k[1], v[1] = torch.nan, torch.inf
    assert torch.allclose(FORMS[name](q, k, v, key_mask=torch.tensor([True, False, True], device=torch_device)), v[0])


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"k": (3, 4)}, "the last axes must be equal"),
        ({"v": (2, 2)}, "expected as many"),
        ({"q": (2,)}, "expected at least two axes"),
    ],
)
def test_shapes_are_checked(name, changed, sentence):
    shapes = {"q": (3, 2), "k": (3, 2), "v": (3, 2)} | changed
    with pytest.raises(ProblemError, match=sentence):
        FORMS[name](*(torch.ones(shape) for shape in shapes.values()))


@pytest.mark.parametrize("name", FORMS)
def test_a_mask_that_leaves_no_key_is_refused(name):
    q, k, v = (torch.ones(3, 2) for _ in range(3))
    with pytest.raises(ProblemError, match="leaves no key"):
        FORMS[name](q, k, v, key_mask=torch.zeros(3, dtype=torch.bool))


def test_an_array_of_another_library_is_refused():
    q, k, v = (torch.ones(3, 2) for _ in range(3))
    with pytest.raises(ProblemError, match="expected an array of the library of q, k and v"):
        Problem(q, k, v, None, (torch.ones(3) > 0).numpy())
    with pytest.raises(ProblemError, match="different array libraries"):
        Problem(q, k.numpy(), v)


def test_problems_are_made_under_vmap(torch_device):
    """No number is read: vmap has none to give."""
    q, k, v = (torch.randn(4, 3, 2, device=torch_device) for _ in range(3))
    mask = torch.tensor([[True, False, True]] * 4, device=torch_device)
    mapped = torch.vmap(lambda *parts: twins.softmax(*parts[:3], key_mask=parts[3]))(q, k, v, mask)
    assert torch.allclose(mapped, twins.softmax(q, k, v, key_mask=mask), atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # Dynamo's own doing
@pytest.mark.parametrize("name", FORMS)
def test_functional_forms_compile_into_one_graph(name):
    """With draws of the default generator, which the compiler seeds as eager code does; no mask."""
    torch.compiler.reset()
    q, k, v = (torch.randn(5, 2, dtype=torch.float64) for _ in range(3))
    compiled = torch.compile(FORMS[name], backend="aot_eager", fullgraph=True)
    torch.manual_seed(3)
    ours = compiled(q, k, v)
    torch.manual_seed(3)
    assert torch.allclose(ours, FORMS[name](q, k, v), atol=1e-12)
