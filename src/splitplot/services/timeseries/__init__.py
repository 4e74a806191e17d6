"""Results by day: asking for them, computing them, reading them."""
