"""The tables of each engine, as numbered steps."""
