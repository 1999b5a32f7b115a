# Every task of the project. `make` alone lists them. Only Python 3.11+ and make are needed.
# What a person sets (CITY=boston, SPEED=20) reaches each program as a variable of its environment,
# or as an option where its command below says so.

# Asks about the others; the best of them makes the environment, unless a person names one.
PYTHON ?= python3
NAMED := $(filter-out file,$(origin PYTHON))
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help doctor setup run day stop status clean test test-unit lint format protos client messages replay bench capacity rehearse trace lock embedding k8s cluster-check apiserver collector rust-db sbom audit

##@ A city on this machine

help: ## this list
	@awk -F ':.*## ' '/^##@ / {print "\n" substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

doctor: ## whether `make run` can work on this machine, in five seconds
	@$(PYTHON) scripts/doctor.py

setup: $(READY) ## the virtual environment, by the digests of requirements.lock

$(READY): requirements.lock services/common/pages/assets.yaml scripts/fetch_tools.py
	@$(PYTHON) scripts/pythons.py $(VENV) $(if $(NAMED),"$(PYTHON)")
	@echo "installing the pinned packages (once; a minute or two)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) scripts/link_contracts.py
	@$(PY) scripts/fetch_assets.py
	@$(PY) -m scripts.fetch_tools
	@touch $@

run: setup ## the whole city; README.md has its settings (CITY=boston, SPEED=20, ONCE=1, SECURE=1 …)
	@$(PY) -m simulation run

day: setup ## a day of a city of its own, all offices over gRPC alone: MATTERS=400
	@$(PY) -m simulation day

stop: setup ## end the city that `make run` started
	@$(PY) -m deploy.local stop

status: setup ## which parts of the city are up, and where
	@$(PY) -m deploy.local status

clean: setup ## forget all local data (.dasan)
	@$(PY) -m deploy.local clean

trace: setup ## the way of one inquiry through the services: RECEIPT=...
	@$(PY) -m deploy.local.tracing show "$(RECEIPT)"

messages: setup ## every message to citizens, language and channel on one page: CITY=seoul
	@$(if $(CITY),CITY=$(CITY)) $(PY) -m services.notify messages

##@ Real input, load and recovery

replay: setup ## real requests of a real city: FILE=requests.csv[.gz] CITY=boston LIMIT=5000 (0 = all)
	@$(PY) -m simulation replay

bench: setup ## decisions, lifecycles, offices: RATE="20 50" STORED=1000000 DB=rust; WRITE=1 into docs
	@$(PY) -m scripts.cities.decisions $(if $(WRITE),--write)
	@$(PY) -m simulation bench $(if $(RATE),--rate $(RATE)) $(if $(STORED),--stored $(STORED)) $(if $(WRITE),--write)
	@$(PY) -m simulation offices --stored $(or $(STORED),100000) $(if $(WRITE),--write)

capacity: setup ## what an inquiry costs and a city needs: RATE=40; WRITE=name into docs
	@$(PY) -m simulation capacity $(if $(RATE),--rate $(RATE)) $(if $(WRITE),--write $(WRITE))

rehearse: setup ## a recovery: databases set back to a backup, and the judge's word (three minutes)
	@$(PY) -m simulation rehearse

##@ Checks

test: setup ## everything: style, types, contracts, and every test against the real parts
	@$(PY) -m scripts.suite

test-unit: setup ## the tests that start nothing
	@$(PY) -m pytest tests/unit tests/contracts

lint: setup ## style, types, architecture and contracts, without running anything
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@PYTHONPATH=. $(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/buf lint
	@$(VENV)/bin/buf breaking --against protos/baseline.binpb

format: setup ## rewrite the sources in the project's style
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

##@ Generated files

protos: setup ## regenerate protos/gen from protos/**/*.proto
	@$(PY) scripts/gen_protos.py

client: setup ## the Python package for offices' own software, into clients/python/dist
	@$(PY) -m scripts.client

k8s: setup ## regenerate what is generated of deploy/k8s: topics, users, service levels, dashboards …
	@$(PY) -m scripts.k8s

##@ Kubernetes

cluster-check: setup ## ask a real Kubernetes API server about every overlay (after `make apiserver`)
	@$(PY) -m scripts.cluster

apiserver: setup ## build that server once (needs Go; half an hour with one core, JOBS=4 is faster)
	@$(PY) -m scripts.build_go kube-apiserver

collector: setup ## build the collector for `make run COLLECTOR=1` (needs Go; six minutes)
	@$(PY) -m scripts.build_go collector

##@ Packages and programs of others

lock: ## resolve requirements.in, with every file's digest; UPGRADE=1 takes the newest of all
	@$(PYTHON) scripts/lock.py

embedding: setup ## install the embedding (91 MB, an extra) for `make run EMBEDDING=1`: docs/routing.md
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r embedding.lock

sbom: setup ## the image's parts as CycloneDX: FILE=dasan.cdx.json; ALL=1 with what builds and tests it
	@$(PY) -m scripts.sbom $(if $(ALL),--all) $(or $(FILE),dasan.cdx.json)

audit: setup ## whether something is known against a package of the locks: SERVICE=osv asks another
	@$(PY) -m scripts.audit $(if $(SERVICE),--service $(SERVICE))

rust-db: ## build the faster database for DB=rust (needs cargo; about five minutes)
	cargo install secantus-mdb --version 0.5.3-beta.196 --ignore-rust-version --root .dasan/rust
