"""The statistics engine; a library of its own."""
