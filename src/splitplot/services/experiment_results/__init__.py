"""An experiment as a whole: all its metrics judged together, and what is wrong with it."""
