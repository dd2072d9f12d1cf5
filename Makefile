# Everything is run from here; `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
VAR ?= var
BUS ?= embedded
DEMO ?= yes
ROLE ?= organizer
ARGS ?=

BIN := .venv/bin
STAMP := .venv/.installed
ON_SYSTEM = $(BIN)/python -m deploy.command --port $(PORT) --var $(VAR)

help: ## list the targets
	@echo "make TARGET [PORT=8000] [VAR=var] [BUS=embedded|kafka] [DEMO=yes|no]"
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'

install: $(STAMP) ## make .venv with everything in it (the other targets do it by themselves)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed ($(PYTHON) is missing or older); name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python lacks its venv module; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing into .venv and compiling the agenda engine (once, a minute or two) ..."
	@test -x $(BIN)/python && $(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[embedded,test]'
	@$(BIN)/python -c 'from services.rounds.agenda import warm_up; warm_up()'
	@touch $@

constraints: $(STAMP) ## pin every installed package anew, after a change to pyproject.toml
	@{ head -1 constraints.txt; $(BIN)/pip freeze --exclude-editable --disable-pip-version-check; } > constraints.new
	@mv constraints.new constraints.txt && touch $(STAMP)

run: $(STAMP) ## run everything on this machine, and play the demo story on the first start
	@exec $(BIN)/python -m deploy.embedded --port $(PORT) --var $(VAR) --bus $(BUS) --demo $(DEMO)

invite: $(STAMP) ## print a one-time sign-in link: make invite EMAIL=you@example.org [ROLE=organizer]
	@$(ON_SYSTEM) services.portal.bootstrap --role $(ROLE) "$(EMAIL)"

import: $(STAMP) ## import a directory: make import FILE=companies.jsonl [ARGS="--kind company"]
	@$(ON_SYSTEM) services.catalog.imports $(ARGS) "$(FILE)"

test: $(STAMP) ## run the tests; ARGS="-k words" passes options to pytest
	@exec $(BIN)/python -m pytest $(ARGS)

lint: $(STAMP) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP) ## put the code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## write docs/events.md and docs/asyncapi.json from the contracts
	$(BIN)/python -m shared.contracts.document
	cd tests/contract/samples && sha256sum *.json > released.txt

bench: $(STAMP) ## measure the figures of the README again (about 20 minutes)
	$(BIN)/python -m benchmarks.http
	$(BIN)/python -m benchmarks.bus
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.repair

clean: ## remove what was built or measured; keeps the data under var/
	rm -rf .venv *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis deploy/kafka/libs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help install constraints run invite import test lint format docs bench clean
