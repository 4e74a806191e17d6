"""splitplot: feature flags, event capture, A/B experiments and their statistics."""

__version__ = "0.1.0"
