"""Plans carried out in plain Python: the semantics that every engine is held to."""
