"""``lara-verify run``."""

from typing import TYPE_CHECKING

from lara_verify.cli.judge import judge
from lara_verify.cli.options import NO_OPTIONS, Options, UsageError

if TYPE_CHECKING:
    from lara_verify.plan import Case


def run(*, options: Options = NO_OPTIONS) -> int:
    """Verify the built-in estimators, reference and torch, on synthetic inputs and real activations."""

    def declare() -> "tuple[Case, ...]":
        from lara_verify.declare import built_in

        dtype = options.dtype or "float32"
        if dtype not in ("float16", "bfloat16", "float32", "float64"):
            raise UsageError(f"--dtype is {dtype}; expected float16, bfloat16, float32 or float64")
        _check_device(options.device)
        return built_in(options.profile, options.device, dtype)

    return judge(options, ["run"], declare)


def _check_device(name: str) -> None:
    """Refuse a device that torch does not know or does not have."""
    from lara_verify.declare.built_in import has_torch

    if not has_torch():
        if name != "cpu":
            raise UsageError(f"--device is {name} and torch is not installed; expected cpu")
        return
    import torch

    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"--device {name} cannot be used: {str(error).splitlines()[0]}") from None
