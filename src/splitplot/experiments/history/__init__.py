"""An experiment's results day by day: which days there are, and what is known of them."""
