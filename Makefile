# Two commands show what this is: `make drill` and `make test`. They need Python, git and make;
# everything else is installed below .venv from requirements/, with every file's hash checked.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export SAM_CLI_TELEMETRY := 0
export CUSTOM_COMPILE_COMMAND := make requirements

VENV := .venv
BUILD_VENV := .venv-build
SCAN_VENV := .venv-scan
C2SP_VENV := .venv-c2sp
PROWLER_VENV := build/prowler
PROWLER_VERSION := 5.46.0
PYTHON_OLDEST := 3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
# `python3` when it is new enough, else a newer one beside it. Or say: make PYTHON=/path/to/python3
PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
  "$$candidate" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$candidate"; break; }; done)

# The lists are closed: what they name is installed, and nothing else is looked for.
INSTALL := -m pip install --quiet --no-deps --require-hashes --only-binary :all: --requirement
REAL := layers/autopilot/python functions cli
TEMPLATES := $(wildcard template.yaml foundation.yaml)
PYTEST_FLAGS ?= --numprocesses auto --maxprocesses 8 --dist worksteal

# An environment is complete when its stamp is newer than the list it was installed from.
LOCAL := $(VENV)/.installed-local
DEV := $(VENV)/.installed-dev
COMMAND := $(VENV)/.installed-command
BUILD := $(BUILD_VENV)/.installed
SCAN := $(SCAN_VENV)/.installed
C2SP := $(C2SP_VENV)/.installed
PROWLER := $(PROWLER_VENV)/.installed-$(PROWLER_VERSION)
LAYER := layers/dependencies/python/.installed

##@ Look

.PHONY: help
help:  ## list the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: drill
drill: $(COMMAND)  ## run the headline drill: a route fails, traffic leaves it, and it is proven
	@mkdir -p build
	@$(VENV)/bin/autopilot drill direct-path-brownout --report build/drill.html

.PHONY: local
local: $(COMMAND)  ## serve the embedded AWS on a port, for the AWS CLI, boto3 and any other client
	@$(VENV)/bin/autopilot local --traffic

##@ Test and check

.PHONY: test
test: $(COMMAND) $(DEV)  ## run the whole suite
	@$(VENV)/bin/python -m pytest $(PYTEST_FLAGS)

.PHONY: check
check: lint types test templates security  ## everything that must be green before a change lands

.PHONY: lint
lint: $(DEV)  ## ruff: every rule, and the format
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check

.PHONY: types
types: $(COMMAND) $(DEV)  ## mypy, strict, over packages, functions and tests
	$(VENV)/bin/mypy

.PHONY: templates
templates: $(DEV) $(BUILD)  ## cfn-lint and `sam validate --lint`
	$(if $(TEMPLATES),,$(error no template.yaml here))
	$(VENV)/bin/cfn-lint $(TEMPLATES)
	for template in $(TEMPLATES); do \
	  $(BUILD_VENV)/bin/sam validate --lint --template-file "$$template" --region eu-central-1; \
	done

.PHONY: security
security: $(DEV)  ## bandit over the deployed code and the command
	$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive $(REAL)

.PHONY: scan
scan: $(SCAN)  ## checkov over the templates (slow to install)
	$(SCAN_VENV)/bin/checkov --quiet --compact --skip-download --framework cloudformation \
	  $(foreach template,$(TEMPLATES),--file $(template))

.PHONY: bench
bench: $(COMMAND) $(DEV)  ## measure against peers, both in one run, as ratios
	$(VENV)/bin/python -m bench.states_engine
	$(VENV)/bin/python -m bench.trail
	$(VENV)/bin/python -m bench.failover

.PHONY: prowler
prowler: $(COMMAND) $(PROWLER)  ## compare our compliance check with Prowler's, over one served lab
	$(VENV)/bin/python -m bench.prowler --prowler $(PROWLER_VENV)/bin/prowler \
	  --document docs/compliance.md

.PHONY: c2sp
c2sp: $(COMMAND) $(C2SP)  ## show trails and proofs to the C2SP reference implementation
	PYTHONPATH=$$($(C2SP_VENV)/bin/python -c 'import site; print(site.getsitepackages()[0])') \
	  $(VENV)/bin/python -m tests.c2sp

##@ Build

.PHONY: build
build: $(BUILD) $(LAYER)  ## build what is deployed, without Docker, into .aws-sam/build
	$(BUILD_VENV)/bin/sam build --template-file template.yaml

.PHONY: generate
generate: $(COMMAND)  ## write again what is generated: alarms in the template, schemas, tables
	$(VENV)/bin/python -m autopilot.signals
	$(VENV)/bin/python -m autopilot_lab.dashboards
	$(VENV)/bin/python -m autopilot.reports.troubleshooting_page docs/troubleshooting.md
	$(VENV)/bin/python -m autopilot_lab.drill.generate
	$(VENV)/bin/python -m autopilot.compliance docs/compliance.md
	$(VENV)/bin/autopilot conformance --docs
	$(VENV)/bin/python -c '$(PROFILE_SCHEMA)' layers/profile/profile.schema.json

.PHONY: requirements
requirements: $(DEV)  ## resolve requirements/*.in again, keeping the versions that still fit
	@cd requirements && for list in local dev build scan c2sp; do \
	  $(COMPILE) --allow-unsafe "$$list.in" --output-file "$$list.txt"; done
	@cd requirements && $(COMPILE) $(addprefix --unsafe-package=,$(IN_THE_RUNTIME)) \
	  layer.in --output-file layer.txt
	@# What the runtime brings stays out on purpose: the warning about it says nothing new.
	@sed -e '/^# WARNING/,$$d' -e '/^$$/d' requirements/layer.txt > requirements/layer.tmp \
	  && mv requirements/layer.tmp requirements/layer.txt

.PHONY: clean
clean:  ## remove everything that make made
	rm -rf .venv .venv-build .venv-scan .venv-c2sp .aws-sam build layers/dependencies/python

# ---------------------------------------------------------------------------- how it is made

COMPILE = ../$(VENV)/bin/pip-compile --quiet --no-config --generate-hashes --strip-extras \
  --no-emit-index-url --no-emit-find-links
IN_THE_RUNTIME := boto3 botocore jmespath python-dateutil s3transfer six urllib3

define make_environment
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "This needs Python $(PYTHON_OLDEST) or" \
	  "newer, and $(or $(PYTHON),python3) here is: $$($(or $(PYTHON),python3) --version 2>&1)." \
	  "Install one (Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install" \
	  "python), or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(1) || { echo "python3 -m venv failed. On Debian and Ubuntu:" \
	  "apt-get install python3-venv" >&2; exit 1; }
endef

define PROFILE_SCHEMA
import json, pathlib, sys; from autopilot.domain.profile import json_schema; \
pathlib.Path(sys.argv[1]).write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
endef

# Silent when nothing is missing for this Python, else says what.
check_environment = $(1)/bin/python -m pip check --quiet || $(1)/bin/python -m pip check

# The environment is made anew when a list changes, so that nothing dropped from one lingers.
$(LOCAL): requirements/local.txt
	$(call make_environment,$(VENV))
	@echo "installing the command's packages into $(VENV) (once; about half a minute)"
	@$(VENV)/bin/python $(INSTALL) requirements/local.txt
	@$(call check_environment,$(VENV))
	@touch $@

$(COMMAND): pyproject.toml $(LOCAL)
	@$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.txt $(LOCAL)
	@echo "installing the tests' packages into $(VENV) (once)"
	@$(VENV)/bin/python $(INSTALL) requirements/dev.txt
	@$(call check_environment,$(VENV))
	@touch $@

$(BUILD): requirements/build.txt
	$(call make_environment,$(BUILD_VENV))
	@echo "installing the SAM CLI into $(BUILD_VENV) (once; about a minute)"
	@$(BUILD_VENV)/bin/python $(INSTALL) requirements/build.txt
	@$(call check_environment,$(BUILD_VENV))
	@touch $@

$(SCAN): requirements/scan.txt
	$(call make_environment,$(SCAN_VENV))
	@echo "installing checkov into $(SCAN_VENV) (once)"
	@$(SCAN_VENV)/bin/python $(INSTALL) requirements/scan.txt
	@$(call check_environment,$(SCAN_VENV))
	@touch $@

$(C2SP): requirements/c2sp.txt
	$(call make_environment,$(C2SP_VENV))
	@echo "installing the Go toolchain into $(C2SP_VENV) (once)"
	@$(C2SP_VENV)/bin/python $(INSTALL) requirements/c2sp.txt
	@touch $@

# From the index that pip is configured with, in the versions it resolves: a tool to compare with.
$(PROWLER):
	$(call make_environment,$(PROWLER_VENV))
	@echo "installing Prowler $(PROWLER_VERSION) into $(PROWLER_VENV) (once; some minutes)"
	@$(PROWLER_VENV)/bin/python -m pip install --quiet prowler==$(PROWLER_VERSION)
	@touch $@

# Wheels for the function runtime (python3.13 on arm64, Amazon Linux 2023), not for this machine.
$(LAYER): requirements/layer.txt $(LOCAL)
	@rm -rf $(@D)
	@$(VENV)/bin/python $(INSTALL) requirements/layer.txt --target $(@D) --no-compile \
	  --implementation cp --python-version 3.13 \
	  --platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64
	@touch $@
