"""What stands around the routes."""
