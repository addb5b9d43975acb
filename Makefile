# `make` alone lists what there is.
.DEFAULT_GOAL := help
COMPOSE := docker compose
PYTHON ?= python3
VENV := .venv

.PHONY: help
help: ## This list
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

##@ The whole system, in containers

.PHONY: start
start: ## Build and start everything, wait until it is healthy, print the addresses
	@tools/start.sh

.PHONY: stop
stop: ## Stop everything; data stays
	$(COMPOSE) down

.PHONY: restart
restart: stop start ## Stop, then start

.PHONY: status
status: ## Containers, their health and their memory
	@tools/status.sh

.PHONY: logs
logs: ## Follow all logs
	$(COMPOSE) logs -f --tail=100

logs-%: ## Follow one service's log: make logs-main-service (or logs-main, logs-payments, logs-promotions)
	$(COMPOSE) logs -f --tail=100 $(call service,$*)

rebuild-%: ## Build one service anew and restart it: make rebuild-main-service (or rebuild-main, …)
	$(COMPOSE) up -d --build --wait $(call service,$*)

.PHONY: health-check
health-check: ## Follow one request through every store (./health-check.sh --help)
	@./health-check.sh

.PHONY: reconcile
reconcile: ## Compare orders, stock and payments; ends with 1 if anything differs
	@$(COMPOSE) exec -T main-service python -m webstore.reconcile

.PHONY: benchmark-stack
benchmark-stack: $(VENV)/ready ## What telemetry costs in the running stack; its services start anew ten times (four minutes)
	@$(VENV)/bin/python -m tests.load.telemetry_price stack --rounds 5 --seconds 6

.PHONY: clean
clean: ## Stop everything and delete ALL its data, its images and what was built here
	$(COMPOSE) down --volumes --rmi local --remove-orphans
	rm -rf $(VENV) .build $(addsuffix /node_modules,services/external frontend) frontend/build $(foreach project,. tests,$(addprefix services/promotions-service/$(project)/,bin obj))

##@ Without Docker

.PHONY: demo
demo: $(VENV)/ready ## Run the shop as local processes, buy something and show its trace, logs and metrics
	@$(VENV)/bin/python -m tools.demo

.PHONY: benchmark
benchmark: $(VENV)/ready ## What telemetry costs, with the shop as local processes (two minutes)
	@$(VENV)/bin/python -m tests.load.telemetry_price processes

##@ Development

.PHONY: test
test: $(VENV)/ready ## All tests; those that need containers run where a Docker engine answers
	@$(VENV)/bin/python -m tools.test

test-%: $(VENV)/ready ## One suite: make test-config, -python, -go, -node, -dotnet, -frontend, -contract, -load, -stack
	@$(VENV)/bin/python -m tools.test $*

.PHONY: soak
soak: $(VENV)/ready ## The same tests with larger parameters: longer outages, more checkouts, more requests (hours)
	@SOAK=1 $(VENV)/bin/python -m tools.test python contract stack

.PHONY: lint
lint: $(VENV)/ready ## All linters and type checkers
	@$(VENV)/bin/python -m tools.test lint

.PHONY: dashboards
dashboards: $(VENV)/ready ## Generate grafana/dashboards from grafana/src
	$(VENV)/bin/python -m grafana.src

.PHONY: telemetry-docs
telemetry-docs: $(VENV)/ready ## Generate docs/04_TELEMETRY.md from telemetry.yaml
	$(VENV)/bin/python -m tools.telemetry_docs

.PHONY: screenshots
screenshots: $(VENV)/ready ## Take docs/pictures anew from the running stack (needs Chromium)
	@$(VENV)/bin/python -m tools.screenshots

.PHONY: lock
lock: ## Resolve the Python requirements anew (needs uv: pip install uv)
	uv pip compile $(LOCK) services/main-service/pyproject.toml -o services/main-service/requirements.txt
	uv pip compile $(LOCK) services/main-service/pyproject.toml requirements-dev.in -o requirements-dev.txt

# One resolution for every Python that the shop runs on, with hashes that pip checks.
LOCK := --universal --generate-hashes --python-version 3.11 --no-annotate --quiet --upgrade --custom-compile-command "make lock"

$(VENV)/ready: requirements-dev.txt
	@echo "  … installing the Python packages (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) --version). Name another: make PYTHON=python3.13 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# main → main-service, payments → payments-service, …; other names are services already.
service = $(if $(filter main payments promotions,$1),$1-service,$1)
