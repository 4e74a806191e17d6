"""What numbers are made of beside events of one name: tables, and formulas over properties."""
