# Every task of the project. `make` alone lists them. Only Python 3.11+ and make are needed.
# What a person sets (CITY=boston, SPEED=20) reaches each program as a variable of its environment.

# Asks about the others; the best of them makes the environment, unless a person names one.
PYTHON ?= python3
NAMED := $(filter-out file,$(origin PYTHON))
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help doctor setup run stop status clean test test-unit lint format protos messages replay bench capacity rehearse trace lock k8s cluster-check apiserver collector rust-db sbom audit

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

doctor: ## whether `make run` can work on this machine, in five seconds
	@$(PYTHON) scripts/doctor.py

setup: $(READY) ## the virtual environment with the files that requirements.lock names, by digest

$(READY): requirements.lock services/common/pages/assets.yaml scripts/fetch_tools.py
	@$(PYTHON) scripts/pythons.py $(VENV) $(if $(NAMED),"$(PYTHON)")
	@echo "installing the pinned packages (once; a minute or two)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) scripts/link_contracts.py
	@$(PY) scripts/fetch_assets.py
	@$(PY) -m scripts.fetch_tools
	@touch $@

run: setup ## the whole city on this machine: ONCE=1 ends after the summary; SPEED=60 times a real day's pace; CITY=seoul; SANDBOX=d-11680 is left to you; SECURE=1 logs in to Kafka; COLLECTOR=1
	@$(PY) -m simulation run

stop: setup ## end the city that `make run` started
	@$(PY) -m deploy.local stop

status: setup ## which parts of the city are up, and where
	@$(PY) -m deploy.local status

clean: setup ## forget all local data (.dasan)
	@$(PY) -m deploy.local clean

replay: setup ## real requests of a real city: FILE=requests.csv[.gz] CITY=boston LIMIT=5000 (0 = all)
	@$(PY) -m simulation replay

bench: setup ## measure whole lifecycles per second; RATE="20 50 100"; WRITE=1 puts them into docs/benchmarks.md; DB=rust; STORED=1000000
	@$(PY) -m simulation bench $(if $(RATE),--rate $(RATE)) $(if $(STORED),--stored $(STORED)) $(if $(WRITE),--write)

capacity: setup ## what one inquiry costs and what cities of four sizes need; RATE=40 when busy; WRITE=first puts it into docs/capacity.md
	@$(PY) -m simulation capacity $(if $(RATE),--rate $(RATE)) $(if $(WRITE),--write $(WRITE))

rehearse: setup ## the recovery of a city, rehearsed: databases set back to a backup, and the judge's word (three minutes)
	@$(PY) -m simulation rehearse

trace: setup ## the way of one inquiry through the services: RECEIPT=...
	@$(PY) -m deploy.local.tracing show "$(RECEIPT)"

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

protos: setup ## regenerate protos/gen from protos/**/*.proto
	@$(PY) scripts/gen_protos.py

k8s: setup ## regenerate topics, users, service levels, dashboards and the table of settings in deploy/k8s
	@$(PY) -m scripts.k8s

cluster-check: setup ## ask a real Kubernetes API server about every overlay (after `make apiserver`)
	@$(PY) -m scripts.cluster

apiserver: setup ## build that server once into your cache folder (needs Go; half an hour with one core, JOBS=4 is faster)
	@$(PY) -m scripts.cluster.build kube-apiserver

collector: setup ## build the collector for `make run COLLECTOR=1` (needs Go; six minutes)
	@$(PY) -m scripts.cluster.build collector

messages: setup ## every message to citizens, language and channel on one page: CITY=seoul
	@$(if $(CITY),CITY=$(CITY)) $(PY) -m services.notify messages

lock: ## requirements.in, resolved, with the digest of every file; keeps pins that still fit: UPGRADE=1 takes the newest
	@$(PYTHON) scripts/lock.py

sbom: setup ## the parts list of the image as CycloneDX: FILE=dasan.cdx.json; ALL=1 with what builds and tests it
	@$(PY) -m scripts.sbom $(if $(ALL),--all) $(or $(FILE),dasan.cdx.json)

audit: setup ## whether something is known against a package of the locks; fails where nobody could be asked: SERVICE=osv
	@$(PY) -m scripts.audit $(if $(SERVICE),--service $(SERVICE))

rust-db: ## build the faster database for benchmarks (needs cargo, about five minutes); use it with DB=rust
	cargo install secantus-mdb --version 0.5.3-beta.196 --ignore-rust-version --root .dasan/rust
