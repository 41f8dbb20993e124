"""Which oracles know the law of an estimator, and why none does where none does.

Names are those of ``python -m lara_verify.oracles``, which holds each against a second road. Besides, ball arithmetic
knows the value of every estimator on given noise.
"""

FEATURES = ("ratio.RatioOracle", "first_order.first_order_bias", "first_order.first_order_covariance")

NET = "none: the joint law of a scrambled net has no closed form; that of each draw is N(0, I)"
WEIGHTED = (
    "none at finite S: the weight of a draw depends on every proposal and the query; consistent, so its limit is A"
)


def oracles_of(estimator: str) -> str:
    """Oracles of an estimator by its name, comma-separated; or ``none: `` and the reason."""
    kind, _, rest = estimator.removesuffix("]").partition("[")
    options = frozenset(filter(None, rest.split(",")))
    plain = {
        "softmax": "exact_softmax.exact_softmax",
        "importance": "exact_softmax.exact_softmax, feature_moments.normaliser_moments",
        "ra": "exact_softmax.exact_softmax, one_sample.ra_variance",
        "stratified_ra": "exact_softmax.exact_softmax, one_sample.stratified_ra_variance",
        "index": "index_sampling.index_mean, index_sampling.index_variance",
        "mean_value": "none needed: it draws nothing, and ball arithmetic knows its value",
        "keys": "key_ratio.independent_keys_ratio, key_sampling.independent_keys, enumeration.independent_keys_moments",
        "poisson": "key_sampling.poisson_keys, enumeration.poisson_keys_moments",
        "exact_plus_tail": "key_sampling.tail_keys, enumeration.tail_keys_moments",
    }
    return plain[kind] if kind in plain else _of_features(options) if kind == "rfa" else _of_lara(options)


def _of_features(options: frozenset[str]) -> str:
    if "quasi-monte-carlo" in options:
        return NET
    if "trigonometric" in options:
        coupled = options & {"orthogonal", "simplex"}
        first = (
            "first_order.first_order_bias, first_order.first_order_covariance, kernel_variance.TrigonometricFeatures"
        )
        return "none: couplings of signed features; of independent ones first_order" if coupled else first
    blocks = {"orthogonal": "OrthogonalRows", "simplex": "SimplexRows"}
    for coupling, rows in blocks.items():
        if coupling in options:
            if options - {coupling}:
                return f"none: first order is known of {coupling} rows from N(0, I), not from other proposals"
            return (
                f"block_sampling.{rows}, first_order.first_order_bias, kernel_variance.{rows.removesuffix('Rows')}Block"
            )
    return ", ".join((*FEATURES, *(("best_proposal.best_variance",) if "isotropic" in options else ())))


def _of_lara(options: frozenset[str]) -> str:
    if "deterministic" in options:
        return "none needed: it draws nothing, and ball arithmetic knows its value"
    if options & {"uniform", "constant"}:
        return "ratio.RatioOracle, constant_weights.constant_weight_bias, constant_weights.constant_weight_covariance"
    if options & {"query-clamped", "affinity-biased"}:
        return "limits.limit"
    return WEIGHTED
