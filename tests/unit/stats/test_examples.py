"""Every example in the statistics pages and in the docstrings of the room runs."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import splitplot.stats

PAGES = sorted((Path(__file__).parents[3] / "docs" / "explanation" / "statistics").glob("*.md"))
MODULES = [
    module.name
    for module in pkgutil.walk_packages(splitplot.stats.__path__, prefix="splitplot.stats.")
    if not module.ispkg
] + [
    "splitplot.experiments.exposures",
    "splitplot.experiments.judgement",
    "splitplot.experiments.stats_config",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(page: Path) -> None:
    # A fence would pass for the last line that an example is expected to print.
    lines = page.read_text("utf-8").splitlines()
    text = "\n".join("" if line.startswith("```") else line for line in lines)
    example = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    outcome = doctest.DocTestRunner().run(example)
    assert outcome.attempted > 0, "a page without an example explains nothing"
    assert outcome.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    failed, attempted = doctest.testmod(importlib.import_module(name))
    assert attempted > 0
    assert failed == 0


def test_every_method_has_its_page() -> None:
    assert {page.stem for page in PAGES} >= {
        "always-valid",
        "bayesian",
        "calculator",
        "clusters",
        "covariates",
        "guardrails",
        "legacy",
        "multiplicity",
        "power",
        "programme",
        "quantiles",
        "relative-effects",
        "sample-ratio",
        "segments",
        "small-counts",
        "summaries",
        "verdicts",
        "welch",
    }
