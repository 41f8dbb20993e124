"""``lara-verify regime``."""

import shlex
import sys
from pathlib import Path

from lara_verify.cli.options import UsageError


def regime(
    file: Path,
    /,
    *,
    out: Path = Path("lara-verify-report"),
    relative_error: float = 0.5,
    n_proposals: int = 16,
    queries: int = 256,
) -> int:
    """Tell in which regime queries and keys lie: what RFA, LARA and RA need there, and whether linear cost can pay it.

    Everything is computed, nothing sampled: chi^2, the effective share of draws, and the draws for a stated error, for
    each batch item and head, as quantiles over queries. Exits with 0 if the file could be read.

    Parameters
    ----------
    file
        An .npz file with q (heads, N, d) and k (heads, M, d); where known also v, key_mask (heads, M) and scale.
    out
        Folder of the report; an earlier report there is replaced.
    relative_error
        Error asked for, in units of the spread of the true output over positions.
    n_proposals
        Proposals of LARA, at most one a query and one a key.
    queries
        Queries that are looked at, evenly spaced; all keys count.
    """
    from lara_verify.regime import InputError
    from lara_verify.report.folder import NotOurFolderError

    try:
        return _regime(file, out, relative_error, n_proposals, queries)
    except (UsageError, InputError, NotOurFolderError) as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2


def _regime(file: Path, out: Path, relative_error: float, n_proposals: int, queries: int) -> int:
    from lara_verify.regime import measure, read_npz
    from lara_verify.report.folder import as_json, check_replaceable, write_folder
    from lara_verify.report.regime import PICTURE, REGIME, as_svg, regime_of, show

    if not relative_error > 0:
        raise UsageError(f"--relative-error is {relative_error:g}; expected a positive number")
    for name, value in (("--n-proposals", n_proposals), ("--queries", queries)):
        if value < 1:
            raise UsageError(f"{name} is {value}; expected at least 1")
    problem, has_values = read_npz(file)
    check_replaceable(out)
    heads = list(
        measure(problem, has_values, relative_error=relative_error, n_proposals=n_proposals, n_queries=queries)
    )
    n_proposals = min(n_proposals, problem.n_queries, problem.n_keys)
    found = regime_of(heads, shlex.quote(file.name), relative_error, n_proposals)
    write_folder(out, {REGIME: as_json(found), PICTURE: as_svg(found)})
    show(found, out)
    return 0
