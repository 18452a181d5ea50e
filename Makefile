# Everything is made in this folder: .venv, .envs, .aws-sam and .cache. Each target makes what it needs first.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
SAM := SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} .envs/sam/bin/sam
ARCHITECTURE ?= arm64
ENVIRONMENT ?= default
SOURCES := layers functions cli simulators local bench api supply
CODE := layers/common $(wildcard functions/*)
API := PYTHONPATH=$(subst $() ,:,$(CODE)) $(PYTHON) -m api
DEV := .venv/.made .venv/.cli
TOOLS := $(DEV) .envs/sam/.made .envs/ministack/.made
ALL := $(TOOLS) .envs/audit/.made .envs/docs/.made .envs/tap/.made

# An environment is made again when its requirements changed. pip checks every hash.
define environment
@test ! -L $(@D) || { echo "$(@D) is a link to another folder's environment; remove the link"; exit 1; }
@echo "Making $(@D) from $<"
@python3.13 -m venv --clear $(@D)
@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
@touch $@
endef

.venv/.made: requirements/dev.txt
	$(environment)

# The command line, where everything else of it is locked and there.
.venv/.cli: pyproject.toml .venv/.made
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.envs/sam/.made: requirements/sam.txt
	$(environment)

.envs/ministack/.made: requirements/ministack.txt
	$(environment)

.envs/tap/.made: requirements/tap.txt
	$(environment)

.envs/audit/.made: requirements/audit.txt
	$(environment)

.envs/docs/.made: requirements/docs.txt
	$(environment)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-8s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(TOOLS) ## Deploy to an AWS on this machine, and walk through the whole product
	@$(PYTHON) -m local demo

.PHONY: local
local: $(TOOLS) ## The same stack without the walk: stays up until Ctrl-C
	@$(PYTHON) -m local serve

.PHONY: test
test: $(TOOLS) .envs/audit/.made console ## Run every test (about twenty minutes on two cores)
ifdef ARGS
	@$(PYTHON) -m pytest $(ARGS)
else
	+@$(BESIDE) test-here test-operations
	+@$(BESIDE) test-deployed test-console
endif

# Two runs of tests at a time, which leave the processors to each other. The second tells what came of it in the end.
BESIDE := $(MAKE) --jobs 2 --output-sync=target
.PHONY: test-here test-operations test-deployed test-console
test-here:
	+@$(PYTHON) -m pytest --numprocesses 2 --dist worksteal --ignore tests/e2e --ignore tests/operations
test-operations:
	@$(PYTHON) -m pytest tests/operations
test-deployed:
	+@$(PYTHON) -m pytest tests/e2e --ignore tests/e2e/console
test-console:
	@$(PYTHON) -m pytest tests/e2e/console

.PHONY: soak
soak: $(TOOLS) ## Run the tests of the deployed stack, and the histories of exports and erasures, at full size (an hour and a half)
	@$(PYTHON) -m pytest tests/e2e --ignore tests/e2e/console tests/flows/test_export_history.py tests/flows/test_export_calls.py tests/flows/test_fuzzed_front_door.py tests/flows/test_erasure_histories.py --full $(ARGS)

.PHONY: check
check: $(ALL) ## Format, lint, import rules, types, the audits of template, code and dependencies: all that CI runs beside the tests
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@for rules in rules/*.toml; do $(PYTHON) -m ruff check --quiet --config $$rules .; done
	@$(PYTHON) -m mypy $(SOURCES)
	@$(API) --check
	@$(PYTHON) -m local.console check
	@$(SAM) validate --lint
	@.envs/audit/bin/cfn-lint template.yaml
	@.envs/audit/bin/checkov --file template.yaml
	@.envs/audit/bin/bandit --quiet --configfile pyproject.toml --recursive $(SOURCES)
	@$(PYTHON) -m supply.advisories
	@$(PYTHON) -m supply.licences
	@$(PYTHON) -m supply.bill --check
	@$(PYTHON) -m supply.builds
	@$(MAKE) docs
	@$(PYTHON) -m pytest --quiet tests/template

.PHONY: format
format: $(DEV) ## Format the code and mend what can be mended
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

.PHONY: api
api: $(DEV) ## Describe the HTTP API anew: docs/reference/openapi.json and its page
	@$(API)

.PHONY: docs
docs: .envs/docs/.made ## Build the documents as a site into .site; a dead link fails
	@NO_MKDOCS_2_WARNING=1 .envs/docs/bin/mkdocs build --strict --clean --config-file mkdocs.yaml
	@echo "The site is .site/index.html"

.PHONY: sbom
sbom: $(DEV) ## Write down anew what is deployed: docs/reference/sbom.cdx.json
	@$(PYTHON) -m supply.bill

.PHONY: bench
bench: $(TOOLS) .envs/tap/.made ## Measure: speed, units, calls, cold starts (ARGS="fold" for one)
	@PYTHONPATH=layers/common:functions/webhook:functions/import:functions/profile:functions/export:functions/system:functions/console $(PYTHON) -m bench $(ARGS)

.PHONY: record
record: $(TOOLS) ## Walk as make demo does, and draw the README's pictures anew
	@$(PYTHON) -m local.recording

.PHONY: console
console: $(DEV) ## Build the console into its function's package, if it has changed
	@$(PYTHON) -m local.console

.PHONY: build
build: $(TOOLS) console ## Build what `make deploy` deploys (ARCHITECTURE=arm64 or x86_64)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(SAM) build --cached --parallel --build-dir .aws-sam/$(ARCHITECTURE) \
		--parameter-overrides Architecture=$(ARCHITECTURE)
	@$(PYTHON) -m local.compiling .aws-sam/$(ARCHITECTURE)

.PHONY: deploy
deploy: $(DEV) ## Deploy to your AWS account, as samconfig.toml says (ENVIRONMENT=default)
	@$(PYTHON) -m local.configured $(ARCHITECTURE) $(ENVIRONMENT)
	@$(MAKE) build
	@template=$$($(PYTHON) -m local.rollout .aws-sam/$(ARCHITECTURE) $(ENVIRONMENT)); \
	SAM_CLI_TELEMETRY=0 .envs/sam/bin/sam deploy --template-file $$template \
		--config-file $(CURDIR)/samconfig.toml --config-env $(ENVIRONMENT)

.PHONY: lock
lock: ## Choose the newest versions of all requirements and write down their hashes (needs uv)
	@$(call compile,layers/common/requirements)
	@$(call compile,requirements/dev,--constraint layers/common/requirements.txt)
	@$(call compile,requirements/sam)
	@$(call compile,requirements/ministack)
	@$(call compile,requirements/tap)
	@$(call compile,requirements/audit)
	@$(call compile,requirements/docs)
	@echo 'Now: make sbom'

compile = uv pip compile --quiet --upgrade --python-version 3.13 --no-emit-index-url --no-emit-find-links --generate-hashes --no-header $(2) --output-file $(1).txt $(1).in

.PHONY: clean
clean: ## Remove everything that was made
	@rm -rf .venv .envs .aws-sam .cache .site console/node_modules functions/console/console_app/site .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
