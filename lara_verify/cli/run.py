"""``lara-verify run``."""

from typing import TYPE_CHECKING

from lara_verify.cli.judge import judge
from lara_verify.cli.options import NO_OPTIONS, Options

if TYPE_CHECKING:
    from lara_verify.plan import Case


def run(*, options: Options = NO_OPTIONS) -> int:
    """Verify the built-in estimators, reference and torch, on synthetic inputs and real activations."""

    def declare() -> "tuple[Case, ...]":
        from lara_verify.declare import built_in

        return built_in(options.profile, options.device, options.dtype or "float32")

    return judge(options, ["run"], declare)
