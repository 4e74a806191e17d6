"""What is to come of an experiment: its size, its launch, what shipping will do to its flag."""
