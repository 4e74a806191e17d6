"""Before and beside an experiment: how long it takes, whether it can start, where all stand."""
