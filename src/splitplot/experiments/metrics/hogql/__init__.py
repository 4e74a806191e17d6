"""Formulas as clients write them: a small language of our own reading."""

from splitplot.experiments.metrics.hogql.parse import parse_formula

__all__ = ["parse_formula"]
