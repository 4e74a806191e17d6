"""What a flag serves to a unit."""
