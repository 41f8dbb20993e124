"""Float64 NumPy references of every estimator: the formula as on paper, readable before fast."""
