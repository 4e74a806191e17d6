"""`python -m splitplot`: the command line."""

from splitplot.cli.main import app

app()
