"""What a plan's units add to its sums, kept and brought up to date instead of computed anew."""
