"""The web pages: the files that `make ui` built, and which addresses are theirs."""

from splitplot.http.pages.addresses import Pages, routes

__all__ = ["Pages", "routes"]
