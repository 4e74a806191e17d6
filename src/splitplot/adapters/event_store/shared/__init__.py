"""Many metrics of one experiment for the price of few: one pass over the events."""
