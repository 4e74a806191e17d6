"""Work in the background: jobs that wait, and what is due."""
