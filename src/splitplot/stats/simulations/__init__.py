"""What only simulated experiments can tell; random numbers are passed in."""
