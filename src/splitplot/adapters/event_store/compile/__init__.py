"""Plans as Ibis expressions, the same for every engine."""
