"""Experiments of the first years: metrics kept as filters, judged by the engine of then."""
