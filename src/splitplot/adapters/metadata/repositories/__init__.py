"""The repositories, each bound to one connection."""
