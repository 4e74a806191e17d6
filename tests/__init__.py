"""The tests. A package of its own, since a dependency brings one of the same name."""
