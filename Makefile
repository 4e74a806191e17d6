# `make` alone lists the targets. Everything happens in .venv, from hashed requirements.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SDK := src/splitplot/ui/static/posthog-js/manifest.json
UI := src/splitplot/ui/static/app/build.json
CLIENTS := tests/e2e/node/node_modules/.installed
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install sdk ui clients run test test-slow check format lint types imports units bench calibrate screenshots reference lock clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) $(SDK) $(UI) ## Make the virtual environment with everything in it

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("splitplot needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

sdk: ## Put the browser SDK, at its pinned version, into the package; needs npm
	$(PYTHON) tools/fetch_posthog_js.py

$(SDK): tools/posthog_js.json
	$(PYTHON) tools/fetch_posthog_js.py --if-possible
	@test ! -e $@ || touch $@

ui: $(STAMP) ## Build the web pages into the package; needs npm
	$(BIN)/python -m tools.build_ui

# Compares hashes itself, which takes less than telling make of every source.
$(UI): $(STAMP) FORCE
	$(BIN)/python -m tools.build_ui --if-possible

FORCE:

clients: $(CLIENTS) ## The clients that tests speak with: packages for Node.js, and a browser

$(CLIENTS): tests/e2e/node/package-lock.json tools/fetch_test_clients.py
	$(PYTHON) tools/fetch_test_clients.py

run: $(STAMP) $(SDK) $(UI) ## A server with a live shop experiment; Ctrl-C ends it, a second run goes on
	$(BIN)/splitplot demo --data-dir data/demo

test: units $(SDK) $(UI) $(CLIENTS) ## All tests: units, contracts, whole requests, real server processes
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -m "not slow" tests --ignore=tests/unit --ignore=tests/docs --ignore=tests/e2e/ui
	$(BIN)/pytest -m "not slow" tests/e2e/ui  # by itself: the browser's driver keeps an event loop running

test-slow: $(STAMP) ## The long statistical simulations
	$(BIN)/pytest -n $(JOBS) -m slow tests

check: format lint types imports units ## All that the build checks, beside the tests

format: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/python tools/house_rules.py

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports --no-cache

units: $(STAMP) $(SDK) $(UI) ## Unit tests with the coverage of the pure rooms, and every example in the documents
	$(BIN)/pytest -q -n $(JOBS) -m "not slow" tests/unit tests/docs --cov --cov-report=
	$(BIN)/coverage report --include='src/splitplot/stats/*,src/splitplot/filters/*,src/splitplot/people/*,src/splitplot/flags/*,src/splitplot/events/*,src/splitplot/accounts/*,src/splitplot/experiments/*' --show-missing --skip-covered --fail-under=100

bench: $(STAMP) ## Measured claims, each a ratio against a reference of the same run
	$(BIN)/python -m benchmarks

calibrate: $(STAMP) ## Measure what the statistics promise on simulated trials, and write the table
	OMP_NUM_THREADS=1 $(BIN)/python -m tools.calibration

screenshots: $(STAMP) $(UI) $(CLIENTS) ## Take the pictures of docs/screenshots/ anew
	$(BIN)/python -m tools.screenshots

reference: $(STAMP) ## Write docs/reference/ anew from the code
	$(BIN)/python -m tools.reference

lock: ## Renew requirements/*.txt from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet --extra clickhouse --extra demo --extra frames --group dev pyproject.toml -o requirements/dev.txt

clean: ## Remove the environment and all caches, but no data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage dist
