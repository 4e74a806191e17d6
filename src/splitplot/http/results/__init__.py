"""How results look, wherever they are answered."""
