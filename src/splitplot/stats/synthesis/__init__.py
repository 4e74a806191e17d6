"""What several estimates say together: of segments, of days, of past experiments."""
