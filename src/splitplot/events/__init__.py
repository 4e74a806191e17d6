"""What an event is, and which are kept."""
