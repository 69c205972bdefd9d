# `make demo` shows it working, `make test` proves it; both install what they need. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
CLOUD := $(PYTHON) -m devstack.cloud
BIN := .venv/bin
# As pytest has it: what tests share is imported by its path below tests/.
TESTS := PYTHONPATH=.:tests
CLOUD_BIN := .cloud/venv/bin
# make cloud RELEASE=2025.1, and demo, functional, cloud-stop ...: with that release's services, beside the others.
ifdef RELEASE
export CRB_CLOUD_RELEASE := $(RELEASE)
endif
# make cloud PROFILE=kolla, and the others: set up as that deployment tool does.
ifdef PROFILE
export CRB_CLOUD_PROFILE := $(PROFILE)
endif

.PHONY: help attack promtool docs checks coverage coverage-report offline dist demo fuzz locked audit lowest releases releases-install chaos chaos-short soak test venv lint unit unit-plugin model functional lane-1 lane-2 cloud cloud-stop cloud-status cloud-venv bench bench-bridge bench-bridges bench-idle bench-latency bench-throughput bench-hosts bench-gateway bench-provider bench-visibility bench-answers bench-profile bench-scale

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 20

demo: venv cloud ## from nothing to a custom resource in a real Heat
	@$(BIN)/python devstack/demo.py

test: venv ## everything: lint, types, unit tests, and the functional tests on the standalone cloud
	@$(MAKE) --no-print-directory -j2 --output-sync=target $(filter-out long-bridge,$(CHECKS)) unit-plugin
	@$(MAKE) --no-print-directory coverage-report
	@$(MAKE) --no-print-directory -j3 lane-1 lane-2 long

# A functional test mostly waits: two clouds beside each other take half the time, and what they leave of the processor is
# enough for the state machines. Lines are passed on whole.
lane-1:
	@devstack/with-cloud.sh tests/each.sh $(LANE_1) 2>&1 | sed -u ''
lane-2:
	@CRB_CLOUD_STATE=.cloud-2 devstack/with-cloud.sh tests/each.sh $(LANE_2) 2>&1 | sed -u ''

venv: .venv/stamp ## the tests' and the bridge's Python environment
.venv/stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed; set PYTHON=...")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv is needed: apt-get install python3-venv"; exit 1; }
	@echo "Installing the bridge and the test tools into .venv (once; a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

SHELL_SCRIPTS := .ci/run devstack/settings devstack/plugin.sh devstack/lib/customresource-bridge \
  $(wildcard devstack/*.sh devstack/cloud/*.sh tests/*.sh tests/devstack/*.sh)

# The longest first: `make test` has two of them at a time.
CHECKS := offline unit lowest lint docs long-bridge
checks: $(CHECKS) ## everything that needs no OpenStack

lint: venv ## style, types, import contract, shell
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/shellcheck -x $(sort $(SHELL_SCRIPTS))

# What is measured runs at less than half its speed: the state machines go on without that, see long.
MEASURED = CRB_MODEL_RUNS=50
LONG = CRB_MODEL_RUNS=$${CRB_MODEL_RUNS:-2000}

promtool: # Prometheus's checker of alert rules, where Debian's package is to be had
	@tests/promtool.sh

unit: venv promtool ## unit tests that need no OpenStack
	@rm -f .coverage.unit.*
	$(MEASURED) $(BIN)/coverage run --data-file .coverage.unit -m pytest --timeout=600 tests/unit --ignore tests/unit/plugin

# What talks to a library of others' with the oldest that pyproject.toml allows; the state machines know none. The oldest
# client of Zaqar imports pkg_resources, which setuptools had until 80.
LOWEST = $(addprefix tests/unit/,bridge clients cmd gateway osc port/template protocol/crypto/test_sealed.py publisher test_conf.py testing)
lowest: venv ## unit tests with exactly the lower bounds of pyproject.toml
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-lowest
	@$(BIN)/uv pip install --quiet --python .venv-lowest --resolution lowest-direct -e '.[gateway,operator,osc,port]'
	@$(BIN)/uv pip install --quiet --python .venv-lowest 'setuptools<81' hypothesis pytest pytest-httpserver requests-mock trustme
	.venv-lowest/bin/python -m pytest -q -p no:cacheprovider --ignore tests/unit/bridge/test_model.py $(LOWEST)

releases: venv ## the Heat plugin's unit tests with each OpenStack release's Heat; RELEASE=2025.1 for one
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/nox --reuse-existing-virtualenvs -s "releases$(if $(RELEASE),(release='$(RELEASE)'))"
	@$(TESTS) $(BIN)/python -m releases.page

releases-install: venv ## whether each extra can be installed under each OpenStack release's constraints; RELEASE=2025.1
	@$(TESTS) $(BIN)/python -m releases.installed $(RELEASE)

.PHONY: releases-cloud
releases-cloud: venv ## the suites on a release's or profile's whole cloud, and the page's tables; RELEASE=2025.1 PROFILE=kolla
	@$(TESTS) devstack/with-cloud.sh $(BIN)/python -m releases.whole
	@$(TESTS) $(BIN)/python -m releases.page

unit-plugin: cloud-venv ## unit tests of the Heat plugin, with Heat's own classes
	@rm -f .coverage.plugin.*
	$(MEASURED) $(CLOUD_BIN)/coverage run --data-file .coverage.plugin -m pytest tests/unit/plugin

.PHONY: long long-bridge long-plugin
long: long-bridge long-plugin
long-bridge: venv
	$(LONG) nice -n 19 $(BIN)/pytest tests/unit/bridge/test_model.py
long-plugin: # in the environment of unit-plugin, which is not looked at again: the cloud's commands wait for each other
	$(LONG) nice -n 19 $(CLOUD_BIN)/python -m pytest tests/unit/plugin/test_pair_model.py

MODEL ?= --seed 1 --runs 100000
model: cloud-venv ## a hundred thousand random sequences of plugin and bridge together; MODEL="--seed 1 --runs 100000"
	$(TESTS) $(CLOUD_BIN)/python -W ignore -m pair_model.run $(MODEL)

FUZZ ?= --minutes 60 --seed 1
fuzz: venv ## every parser that faces outside, fed for an hour; what breaks one is kept; FUZZ="--minutes 60 --seed 1"
	$(TESTS) $(BIN)/python -W ignore -m fuzz.run $(FUZZ)

offline: venv ## functional tests that need no OpenStack: handlers in processes of their own
	@rm -f .coverage.offline.*
	$(BIN)/coverage run --data-file .coverage.offline -m pytest --timeout=600 $(OFFLINE:%=tests/functional/%)

attack: venv ## the gateway's server against raw HTTP, crowds of a thousand silent and slow clients, a million changed tokens
	CRB_ATTACK_CLIENTS=1000 CRB_CHANGED_TOKENS=1000000 $(BIN)/pytest tests/functional/attack $(BY_HAND:%=tests/functional/%)

coverage: unit unit-plugin offline coverage-report ## how much of the code the tests without a cloud run; fails below the floor

coverage-report: # of the last runs of unit, unit-plugin and offline
	$(BIN)/coverage combine --quiet --keep .coverage.unit.* .coverage.plugin.* .coverage.offline.*
	$(BIN)/coverage report

# The second cloud's, beside the first one's main suite: about half of the time. Those after the first give Heat another
# configuration for as long as they run, and so need a cloud for themselves.
ALONE := bridge gateway operator devstack
# Those run with `make checks`.
OFFLINE := attack conformance corpus kit provider
# Needs nginx, Apache and HAProxy: `make attack`.
BY_HAND := fronts
# A test that hangs fails after half an hour, and says where: the first one of a module may have to wait for all of its
# situations to be played.
FUNCTIONAL = $(BIN)/pytest --durations=10 --timeout=1800 --timeout-method=signal
SUITE = '$(FUNCTIONAL) tests/functional/$(1)'
MAIN = '$(FUNCTIONAL) tests/functional $(patsubst %,--ignore tests/functional/%,$(ALONE) $(OFFLINE) $(BY_HAND))'
CHAOS_SHORT = 'env $(TESTS) $(BIN)/python -m faults.chaos --seed 1 --requests 130 --faults 7 --workers 3 --resources 3 --pause 1 \
  --timeout 150 --silence 15 --recovery 10 --only "bridge killed,claim taken away,bridge restarted cleanly,heat-engine \
  killed,mistral-server killed,redis restarted,connections: reset"'
OTHERS = $(foreach suite,$(ALONE),$(call SUITE,$(suite)))
LANE_1 = $(MAIN)
LANE_2 = $(OTHERS) $(CHAOS_SHORT)

functional: venv ## functional tests; needs the cloud
	@tests/each.sh $(MAIN) $(OTHERS)

dist: venv ## source distribution and wheel in dist/, as an index would take them
	@rm -rf dist
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	@for part in $(LOCKED); do \
	  $(BIN)/cyclonedx-py requirements requirements/$$part.txt --pyproject pyproject.toml --output-reproducible \
	    --output-file dist/customresource-bridge-$$part.cdx.json 2> >(grep -v -e UserWarning -e 'warn(' >&2) || exit; done
	@comm -23 <(git ls-files | sort) <(tar tzf dist/*.tar.gz | sed 's,^[^/]*/,,' | sort) | sed 's/^/not in the source distribution: /' \
	  | { ! grep .; }

# What the docs have an operator install, with the hash of each file: the package itself, and with each of its extras.
LOCKED = bridge bus gateway observe operator osc port
locked: venv ## requirements/*.txt anew: the newest versions that pyproject.toml allows, with their hashes
	@mkdir -p requirements
	@for part in $(LOCKED); do [ $$part = bridge ] && extra= || extra="--extra $$part"; \
	  $(BIN)/uv pip compile --quiet --upgrade pyproject.toml $$extra --generate-hashes --universal --python-version 3.10 \
	    --no-header --no-annotate --output-file requirements/$$part.txt || exit; done

audit: venv ## known vulnerabilities of what requirements/*.txt name; fails where the index does not tell them
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@for part in $(LOCKED); do $(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements/$$part.txt || exit; done

docs: venv ## the documentation as web pages, in docs/_build/html; a broken link fails
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

# The bridges and gateways of a cloud with several hosts run in the clone's own environment.
cloud: $(if $(filter ha,$(PROFILE)),venv) ## start Keystone, Zaqar, Mistral and Heat on 127.0.0.1; RELEASE=2025.1, PROFILE=kolla for another
	@$(CLOUD) start

cloud-venv: ## install what the cloud needs
	@$(CLOUD) install

cloud-stop: ## stop them
	@$(CLOUD) stop

cloud-status: ## say how they are
	@$(CLOUD) status

# Horizon has an environment of its own, which `make test` does without: it is many packages.
.PHONY: horizon horizon-test
horizon: cloud ## a real Horizon beside the cloud, with the pages of customresource_bridge/dashboard; Ctrl-C ends it
	@$(PYTHON) -m devstack.horizon

HORIZON_TEST = 'env $(TESTS) .cloud/horizon/bin/python -m pytest tests/dashboard'
horizon-test: ## those pages in a real Chromium, looked at by axe too; HORIZON_PICTURES=docs/how-to/horizon takes pictures
	@devstack/horizon/prerequisites.sh
	@$(PYTHON) -m devstack.horizon install
	@devstack/with-cloud.sh tests/each.sh $(HORIZON_TEST)

CHAOS ?= --requests 500 --faults 60
chaos: venv cloud ## the long fault suite; CHAOS="--seed 1 --requests 500 --faults 60"
	$(TESTS) $(BIN)/python -m faults.chaos $(CHAOS)

CHAOS_HA ?= --requests 1500 --faults 60
.PHONY: chaos-ha
chaos-ha: ## the fault suite of whole hosts, on the cloud of three; PAGE=docs/explanation/guarantees.md: its tables, of what is kept beside it
	@$(MAKE) --no-print-directory cloud PROFILE=ha
	CRB_CLOUD_PROFILE=ha $(TESTS) $(BIN)/python -m faults.chaos_hosts $(if $(PAGE),--page $(PAGE) --kept $(PAGE:.md=.jsonl)) $(CHAOS_HA)

.PHONY: upgrade-ha
upgrade-ha: ## bridges, gateways and engines of the cloud of three upgraded one by one under load, and back; FROM=<commit>
	@$(MAKE) --no-print-directory cloud PROFILE=ha
	CRB_CLOUD_PROFILE=ha FROM=$(FROM) $(TESTS) $(BIN)/python -m upgrade.hosts $(UPGRADE_HA)

.PHONY: upgrade
upgrade: venv cloud ## from the release before, part by part in the page's order, and back; FROM=<commit>
	$(TESTS) $(BIN)/python -m upgrade.play $(if $(FROM),--from $(FROM))

# Where the benches write their tables and plots: part of the documentation. Empty: nowhere.
FIGURES ?= docs/reference/figures
BENCH_OUT = $(if $(FIGURES),--out $(FIGURES))

bench: ## all figures of docs/reference/figures.md, anew; one that misses a target does not hinder the others
	@$(MAKE) --no-print-directory --keep-going bench-bridge bench-idle bench-latency bench-throughput

bench-bridge: venv ## the bridge alone between stubs: requests per second per core, calls, memory
	$(TESTS) $(BIN)/python -m bench.bridge $(BENCH_OUT)

bench-bridges: venv ## one, two and four bridges between stubs: what a further core is worth
	$(TESTS) $(BIN)/python -m bench.bridges $(BENCH_OUT)

bench-hosts: ## one, two and three bridge hosts of the cloud of three: what a project at its limit gets done
	@$(MAKE) --no-print-directory cloud PROFILE=ha
	CRB_CLOUD_PROFILE=ha $(TESTS) $(BIN)/python -m bench.hosts $(BENCH_OUT)

bench-idle: venv cloud ## what an idle bridge costs beside 10, 1,000 and 10,000 stacks
	$(TESTS) $(BIN)/python -m bench.idle $(BENCH_OUT)

bench-throughput: venv cloud ## hundreds of requests against bare Mistral executions; one, two and four bridges
	$(TESTS) $(BIN)/python -m bench.throughput $(BENCH_OUT)

bench-visibility: venv cloud ## how long an operator waits for the list of 200 requests of 20 projects
	$(TESTS) $(BIN)/python -m bench.visibility

bench-latency: venv cloud ## one custom resource beside OS::Mistral::ExternalResource and other ways, alternating
	@missed=0; for way in queue bus; do \
	  $(TESTS) $(BIN)/python -m bench.latency --way $$way $(BENCH_OUT) || missed=1; \
	done; exit $$missed

bench-profile: venv cloud ## processor time of all services, HTTP calls and SQL of one stack, by the way it goes; 11 minutes
	@$(TESTS) $(BIN)/python -m bench.profile $(BENCH_OUT)
	@$(if $(FIGURES),$(TESTS) $(BIN)/python -m bench.sizing $(FIGURES))

bench-answers: venv cloud ## the same by the way of the answer alone: heat-api-cfn, Heat's bus
	@$(TESTS) $(BIN)/python -m bench.profile --ways gateway bus --beside external value --name answers

SCALE ?= --stacks 100000 --waiting 10000 --projects 2000
bench-scale: venv cloud ## an empty cloud and one with 100,000 stacks, which is to be stopped then; SCALE="--stacks 1000 ..."
	@$(TESTS) $(BIN)/python -m bench.scale_cloud $(SCALE) $(BENCH_OUT)

bench-plugin-%: venv cloud ## measure the Heat plugin: latency, sql, waiting, many
	@$(TESTS) $(BIN)/python -m bench.plugin $*

bench-gateway: venv ## the gateway: responses per second on one core, latency added to a direct PUT
	@$(TESTS) $(BIN)/python -m bench.gateway

bench-provider: venv ## what a provider adds to a handler that does nothing: time and processor time of each run
	@$(TESTS) $(BIN)/python -m bench.provider

.PHONY: corpus
CORPUS ?=
corpus: venv cloud ## the CDK's applications on the cloud, from their port to the deleted stack; CORPUS="Nested Shell" for some
	@$(TESTS) $(BIN)/python -m corpus.play $(CORPUS)

soak: venv cloud ## half an hour of traffic without faults: is the bridges' memory flat?
	$(TESTS) $(BIN)/python -m faults.chaos --requests 100000 --faults 0 --minutes 30 --workers 3

chaos-short: venv ## a few faults of each part, as in CI; needs the cloud
	@tests/each.sh $(CHAOS_SHORT)
