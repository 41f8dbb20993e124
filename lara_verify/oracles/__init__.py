"""Exact knowledge: closed forms, quadrature, the Laplace ratio, balls. No verdicts, and no estimator is imported."""
