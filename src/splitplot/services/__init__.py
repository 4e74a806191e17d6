"""One function or small class per use case."""
