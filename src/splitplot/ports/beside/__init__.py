"""What is kept beside flags, experiments and people: tables, and simulations."""
