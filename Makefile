# One door for everything that people and CI do. `make help` lists what there is.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PROJECTS := app mock_openai loadtests
PACKAGES := $(PROJECTS) e2e tests docs

# Where this is set, each of the thousand processes of the tests compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install browser clients demo test unit integration fuzz mutations check fix load e2e bench bench-mock official-suite proofs drift pictures docs lock container clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## everything into .venv, from the lock

$(VENV)/.installed: requirements.lock $(PROJECTS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tokentape needs Python 3.11 or later; name one with: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || \
	  { echo "This Python can't make environments; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@# uv installs in seconds; it is itself installed from the lock, and pip takes over where it can't.
	@awk '/^[^ #]/{on = /^uv==/} on' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --compile-bytecode --require-hashes -r requirements.lock || \
	  $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation $(PROJECTS:%=-e ./%)
	@touch $@

browser: install ## find a Chromium, or install one
	@$(BIN)/python -m e2e.browser --install

CLIENTS := e2e/js tests/integration/mock_openai/js tests/integration/app/contract/js
# Within .venv, so that nothing that walks the tests reads what others wrote.
OFFICIAL := tests/official_suite
SUITE := $(VENV)/official-suite
clients: $(CLIENTS:%=%/node_modules/.installed) $(SUITE)/.installed ## the JavaScript clients, from npm, and the official Python one with its suite

%/node_modules/.installed: %/package-lock.json
	@command -v npm >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get update -qq && apt-get install -y -qq nodejs npm >/dev/null; } || \
	  { echo "The JavaScript clients need Node.js 20 or later with npm"; exit 1; }
	@cd $* && npm ci --silent --no-audit --no-fund
	@touch $@

demo: install ## the demo in the browser; make demo PORT=8001 chooses the port
	@exec $(BIN)/tokentape demo --port $(PORT)

test: install browser clients ## the whole suite: unit, integration, browser, a short load run
	$(BIN)/pytest tests/unit -n 2
	$(BIN)/pytest tests/integration $(SERVERS)
	$(BIN)/pytest e2e $(BROWSERS)
	$(BIN)/tokentape load --users 50 --run-time 10s --order-only

unit: install ## only tests/unit: no socket, no process, no sleep
	$(BIN)/pytest tests/unit -n 2

# More processes than cores: these tests wait for sockets as much as they compute. The tests of a file
# share its servers, so that one process runs them; and the long files are not the last ones.
SERVERS := -n 4 --dist loadfile --no-loadscope-reorder
integration: install clients ## only tests/integration: real servers, sockets, databases, processes
	$(BIN)/pytest tests/integration $(SERVERS)

SECONDS := 600
fuzz: install clients browser ## the properties with fresh seeds and many examples; make fuzz SECONDS=600
	@$(BIN)/python -m tests.harness.fuzz --seconds $(SECONDS)

# The wheel has no tests, so that they are taken from the source archive, which the same lock pins.
$(SUITE)/.installed: $(OFFICIAL)/requirements.lock $(VENV)/.installed
	@$(PYTHON) -m venv $(SUITE)
	@VIRTUAL_ENV=$(SUITE) $(BIN)/uv pip install -q --require-hashes -r $< || \
	  $(SUITE)/bin/pip install -q --disable-pip-version-check --require-hashes -r $<
	@awk '/^[^ #]/{on = /^openai==/} on' $< > $(SUITE)/openai.lock
	@$(BIN)/pip download -q --disable-pip-version-check --no-deps --no-binary openai \
	  --no-build-isolation --require-hashes -d $(SUITE) -r $(SUITE)/openai.lock
	@mkdir -p $(SUITE)/suite
	@tar -xzf $(SUITE)/openai-*.tar.gz -C $(SUITE)/suite --strip-components 1
	@touch $@

official-suite: install clients ## the official client's own tests against the mock, and why some fail
	@$(BIN)/python -m tests.official_suite

mutations: install ## does the suite notice when a central line is taken out? which test, for each
	@$(BIN)/python -m tests.mutations

check: install ## format, lint, types, import rules, house rules
	$(BIN)/ruff format --check -q $(PACKAGES)
	$(BIN)/ruff check -q $(PACKAGES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.house_rules

fix: install ## repair what can be repaired by itself
	$(BIN)/ruff check -q --fix $(PACKAGES)
	$(BIN)/ruff format -q $(PACKAGES)

load: install ## 50 users for 20 s against mock and app; any violation fails, a starved machine too
	@$(BIN)/tokentape load --users 50 --run-time 20s

# Three browsers, each with servers of its own; the tests of a file share one.
BROWSERS := -n 3 --dist loadfile
e2e: install browser clients ## only the browser and the JavaScript clients
	$(BIN)/pytest e2e $(BROWSERS)

# BESIDE=REVISION measures that revision and this tree in turns; ONLY="relay sockets", ROUNDS=9.
BESIDE_OPTIONS = $(BESIDE) $(foreach one,$(ONLY),--only $(one)) $(if $(ROUNDS),--rounds $(ROUNDS))
bench: ONLY ?= relay sockets
bench-mock: ONLY ?= mock
bench: install ## what each hot path costs, beside a floor and a naive implementation; BESIDE=REVISION: beside that
	@$(BIN)/python -m $(if $(BESIDE),tests.bench.beside $(BESIDE_OPTIONS),tests.bench)

bench-mock: install ## how late the mock's frames are, and how many streams it can serve
	@$(BIN)/python -m $(if $(BESIDE),tests.bench.beside $(BESIDE_OPTIONS),tests.bench.mock)

proofs: install ## what needs a quiet machine, each figure beside its limit; PROOF=NAME runs one
	@$(BIN)/python -m tokentape_load.proofs $(PROOF) $(if $(DIALECTS),--dialects=$(DIALECTS))

drift: install ## the mock against the client's types and OpenAI's own description
	@$(BIN)/python -m tests.drift

pictures: install browser ## the pictures in README and docs, from the running thing
	@$(BIN)/python -m docs.pictures

docs: install ## the parts of the docs that are drawn from code
	@$(BIN)/python -m docs.made
	@$(BIN)/python -m docs.json_schemas

# The containers install from locks of their own: the same versions, what each needs alone.
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header
OURS := tokentape tokentape-mock tokentape-load
lock: install ## resolve the dependencies anew: names, versions and hashes
	@$(COMPILE) --group dev --all-extras $(OURS:%=--no-emit-package %) \
	  -o requirements.lock $(PROJECTS:%=%/pyproject.toml)
	@$(COMPILE) -c requirements.lock -o mock_openai/requirements.lock mock_openai/pyproject.toml
	@$(COMPILE) -c requirements.lock --extra server -o app/requirements.lock app/pyproject.toml
	@$(COMPILE) -c requirements.lock --group pyproject.toml:build -o build.lock
	@$(COMPILE) -o $(OFFICIAL)/requirements.lock $(OFFICIAL)/requirements.in

container: install ## execute each line of the container files in a root directory of its own (as root)
	@$(BIN)/python -m tests.container

clean: ## remove what was installed and made
	rm -rf $(VENV) $(CLIENTS:%=%/node_modules) .tokentape results
