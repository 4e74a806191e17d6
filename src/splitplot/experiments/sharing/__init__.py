"""What experiments share, or show to others: holdouts, saved metrics, what they do to pages."""
