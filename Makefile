# One act a target. A fresh machine needs python3 (3.11, with venv), make and gcc; the rest comes from the registries.
SHELL := /bin/sh
.SHELLFLAGS := -ec
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
BIN := .venv/bin
HENGJIAN := $(BIN)/python -m hengjian.config.cli
# Not every file here runs alone: one needs Spark's venv, one is the world of another.
BENCHMARKS := $(filter-out %/spark_agreement.py %/detection_world.py,$(wildcard benchmarks/*.py))
PG15 := /usr/lib/postgresql/15/bin

stage = @began=$$(date +%s); echo "== $(1)"; $(2); echo "== $(1): $$(( $$(date +%s) - began )) s"

.PHONY: help demo test lint format types assets clauses demo-smoke migrations test-pg15 bench bench-detection spark clean

help: ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '%-12s %s\n' "$$name" "$$text"; done

demo: ## Start everything with demo data and print address and accounts; Ctrl-C stops
	@.ci/sync demo
	@$(BIN)/python assets/build.py
	@exec $(HENGJIAN) demo

test: ## All checks: lint, types, migrations, tests, a demo that starts (at most 8 minutes)
	$(call stage,dependencies,.ci/sync all)
	$(call stage,assets,$(BIN)/python assets/build.py)
	$(call stage,lint,$(MAKE) lint)
	$(call stage,migrations,$(MAKE) migrations)
	$(call stage,tests,$(BIN)/python -m pytest -n 2 --dist loadgroup -q)
	$(call stage,demo-smoke,$(MAKE) demo-smoke)

lint: types ## Style, format, floors, templates and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/djlint hengjian --lint --quiet

format: ## Put the source into the one format
	@.ci/sync all
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

types: ## Types of Python (mypy, strict) and TypeScript (tsc)
	@.ci/sync all
	@$(BIN)/mypy hengjian tests conftest.py manage.py
	@$(BIN)/python assets/build.py --check

assets: ## Build scripts, styles and the map
	@.ci/sync demo
	@$(BIN)/python assets/build.py

clauses: ## Each clause of the plan, its tests and their results
	@.ci/sync all
	@$(HENGJIAN) clauses

demo-smoke: ## Start the demo in a database of its own, sign in as each role, stop
	@.ci/sync demo
	@$(BIN)/python assets/build.py
	@$(HENGJIAN) demo --smoke

migrations: ## Fail when a model has changed without its migration
	@.ci/sync all
	@HENGJIAN_LOG_LEVEL=WARNING $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

test-pg15: ## Migrations and scope tests on the oldest supported PostgreSQL
	@.ci/sync all
	@HENGJIAN_POSTGRES_BIN=$(PG15) $(BIN)/python -m pytest -n 2 -q -m "not browser" tests/architecture hengjian/kernel

bench: ## Reproducible figures
	@.ci/sync all
	@for file in $(BENCHMARKS); do echo "== $$file"; $(BIN)/python "$$file"; done

bench-detection: ## What is found on the development panels; renews docs/monitoring.md
	@.ci/sync all
	@$(BIN)/python benchmarks/detection.py

spark: ## The rules on DuckDB and on Spark, row by row (installs Java 17 where it is missing)
	@command -v java >/dev/null || { apt-get update -q && apt-get install -q -y --no-install-recommends openjdk-17-jre-headless; }
	@.ci/sync spark
	@HENGJIAN_DEBUG=1 .venv-spark/bin/python benchmarks/spark_agreement.py

clean: ## Stop and delete the databases of this clone, then everything that was built
	@for bin in "" /usr/lib/postgresql/*/bin; do \
	  if [ -x $(BIN)/python ]; then HENGJIAN_POSTGRES_BIN="$$bin" $(BIN)/python -m hengjian.kernel.database.embedded; fi; done
	@rm -rf .venv .venv-spark data build assets/node_modules hengjian/web/static/dist hengjian/kernel/regions/data/built
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
