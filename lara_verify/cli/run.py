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
        return built_in(options.profile, options.device, dtype)

    return judge(options, ["run"], declare)
