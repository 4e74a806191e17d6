"""What is done with an experiment beside its life: copies, cohorts of the exposed, old results."""
