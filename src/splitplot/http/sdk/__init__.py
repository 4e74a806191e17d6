"""What the paths that only SDKs call have in common."""
