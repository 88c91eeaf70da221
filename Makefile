# Only Python 3.10 or newer and make are assumed; everything else is installed into .venv on first use.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
args ?=

# The oldest Python that is supported, and the tests that run on it with the oldest dependencies (the group "oldest" in
# pyproject.toml): those that depend most on moto, pytest and freezegun.
OLDEST_PYTHON := 3.10
OLDEST := build/oldest
OLDEST_TESTS := \
	tests/sqs tests/kinesis tests/dynamodb/test_streams.py tests/dynamodb/test_repairs.py tests/test_sqs_repairs.py \
	tests/test_cloudformation_topics.py tests/test_cloudformation_changes.py tests/test_undelivered.py tests/test_fifo_topics.py tests/test_time.py \
	tests/rules/test_bucket_events.py tests/rules/test_bucket_settings.py \
	tests/rules/test_http_routes.py tests/rules/test_http_authorizers.py tests/templates/test_apis.py \
	tests/plugin/test_fixture.py tests/plugin/test_hooks.py tests/plugin/test_options.py tests/plugin/test_scopes.py \
	tests/plugin/test_outcomes_in_handlers.py

# Coverage doubles the time of a test, so a part of the suite measures it, before a release. The comparison with AWS's runtime
# client is not a part of it: its recursive handlers recurse less deep while a tracer runs.
COVERAGE_TESTS := \
	tests/unit tests/rules tests/faults tests/sqs tests/kinesis tests/dynamodb tests/templates tests/exploration \
	tests/durable tests/test_durable_threads.py tests/test_kafka_producers.py \
	--ignore=tests/rules/test_runtime_oracle.py

# Tests for which the option fast_calls makes no difference, so `make http` does not repeat them: pure functions, processes and
# inner runs of pytest with options of their own, scripts and pages, comparisons that turn the option on and off themselves, and
# explorations, which repeat a few calls of other tests very often.
# Some files of tests/unit and tests/plugin make calls of boto3 in the process of the test.
WITH_CALLS := $(addprefix tests/,plugin/test_comparisons.py plugin/test_report_text.py unit/test_rare_collections.py unit/test_timeline.py)
SAME_WITH_HTTP := \
	$(filter-out $(WITH_CALLS),$(wildcard tests/unit/test_*.py tests/plugin/test_*.py)) \
	tests/test_architecture.py tests/test_docs.py tests/test_early_clients.py tests/test_editors.py tests/test_late_parts.py \
	tests/test_packaging.py tests/test_rule_check.py tests/test_time.py tests/test_words.py \
	$(wildcard tests/network/test_fast_calls_*.py) tests/network/test_every_service.py \
	tests/exploration examples/exploration tests/rules/test_runtime_oracle.py tests/rules/test_runtime_encoding_oracle.py

# Python keeps the compiled tests: compiling them takes longer than collecting them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test http coverage oldest wheel docs reference golden lint format types architecture rules check-rules bench clean

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

install: $(VENV)/.lint-installed $(VENV)/.docs-installed ## creates .venv with everything for tests, lint, types and docs

demo: $(VENV)/.test-installed ## runs the tests of the example projects, writes a page for each, prints four timelines
	$(BIN)/python -m pytest -q examples --lambda-events-report=build/pages
	@echo 'A page with a picture of each test is in build/pages.'
	@echo
	$(BIN)/python examples/orders/demo.py
	@echo
	$(BIN)/python examples/clicks/demo.py

test: $(VENV)/.test-installed ## runs the test suite on all cores; args="..." are arguments for pytest
	$(BIN)/python -m pytest -n auto $(args)

http: $(VENV)/.test-installed ## the tests that call boto3, with every call as an HTTP request
	$(BIN)/python -m pytest -n auto -o lambda_events_fast_calls=false $(addprefix --ignore=,$(SAME_WITH_HTTP)) $(args)

coverage: $(VENV)/.test-installed ## branch coverage of a part of the suite; fails below the limit in pyproject.toml
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -n auto $(COVERAGE_TESTS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --format=total

# The oldest pytest-asyncio knows fewer options and leaves event loops open.
oldest: $(OLDEST)/.installed ## a part of the suite on the oldest Python, pytest, moto and freezegun
	$(OLDEST)/bin/python -m pytest -n auto -p no:asyncio -o addopts='--import-mode=importlib --strict-markers' \
		-W ignore::pytest.PytestConfigWarning $(OLDEST_TESTS)

wheel: $(VENV)/.test-installed ## the README's first example with the built wheel, in a new virtual environment
	.ci/try-wheel $(BIN)/python

docs: $(VENV)/.docs-installed ## builds the website in build/docs/site; fails on broken links
	$(BIN)/python docs/build.py

reference: $(VENV)/.test-installed ## writes the generated parts of the pages
	$(BIN)/python docs/reference/generate.py
	$(BIN)/python docs/outputs.py

golden: $(VENV)/.test-installed ## writes the golden records in docs/reference/golden
	cd tests && ../$(BIN)/python -m golden.library

lint: $(VENV)/.lint-installed ## ruff: rules and format; words that are hard to understand
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python docs/words.py

format: $(VENV)/.lint-installed ## ruff: write the format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: $(VENV)/.lint-installed ## mypy, strict, for the package, the tests and scripts
	$(BIN)/mypy

architecture: $(VENV)/.test-installed ## checks the imports between the layers
	$(BIN)/python -m pytest -q tests/test_architecture.py

rules: $(VENV)/.test-installed ## checks that each rule is tested or listed; writes docs/reference/fidelity.md
	$(BIN)/python docs/rules/check.py

check-rules: $(VENV)/.test-installed ## the same without writing
	$(BIN)/python docs/rules/check.py --check

bench: $(VENV)/.test-installed ## compares CPU times; prints tables of ratios; fails if one is over its limit
	$(BIN)/python benchmarks/run.py

clean: ## deletes .venv and all caches
	rm -rf $(VENV) .nox .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Python 3.10 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(OLDEST)/.installed: pyproject.toml
	rm -rf $(OLDEST)
	python=$$(.ci/find-python $(OLDEST_PYTHON)) || \
		{ python=$(PYTHON); echo "Python $(OLDEST_PYTHON) is not installed: the oldest dependencies run on $$($(PYTHON) --version)." >&2; }; \
		$$python -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --editable . --group test --group oldest
	@touch $@

# pip reads dependency groups since 25.1. A stamp is newer than pyproject.toml as long as .venv fits it.
$(VENV)/.test-installed: pyproject.toml | $(BIN)/python
	$(PIP) --upgrade 'pip>=25.1'
	$(PIP) --editable . --group test
	$(PIP) --no-deps --group test-without-dependencies
	@touch $@

$(VENV)/.lint-installed: pyproject.toml $(VENV)/.test-installed
	$(PIP) --group lint
	@touch $@

$(VENV)/.docs-installed: pyproject.toml $(VENV)/.test-installed
	$(PIP) --group docs
	@touch $@
