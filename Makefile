# `make run` and `make test` are all a newcomer needs; `make help` lists the rest.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run test check lint types format bench soak migrations clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.run ## install, set up once, and start everything on 127.0.0.1
	@$(BIN)/python -m dashboard.firstrun
	@set -a; . ./var/env; set +a; \
	$(BIN)/python manage.py migrate --verbosity 0 && \
	$(BIN)/python manage.py collectstatic --noinput --verbosity 0 && \
	exec $(BIN)/python manage.py serve

test: $(VENV)/.dev ## install and run every test
	@$(BIN)/python -m tests.browser_found
	$(BIN)/python -m pytest -n auto --dist loadfile

check: lint types test ## what CI runs

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy
	$(BIN)/mypy dashboard

format: $(VENV)/.dev ## put every file into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## how quick the lists are with 1,000 and 1,000,000 calls
	$(BIN)/python -m tests.bench

soak: $(VENV)/.dev ## two background processes, killed at random: the ledger must end right
	$(BIN)/python -m tests.soak

migrations: $(VENV)/.dev ## make the migrations that the models ask for
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations

clean: ## remove the virtual environment and everything under var/
	rm -rf $(VENV) var

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "Python's venv module is missing. Install it with:  apt-get install -y python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing into $(VENV), once; this takes about half a minute."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.run
