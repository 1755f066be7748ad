# Two commands matter: `make run` and `make test`. Each does all of its own set-up, once; needed are only Python
# (3.11 or newer) and make. `make help` lists the rest.

PORT ?= 8000
DATA ?= data
MINUTES ?= 10
WORKERS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
export PYTHON

python := .venv/bin/python
runtime := .venv/.runtime
develop := .venv/.develop
node := .venv/.node
# Programs in sbin are not on everybody's PATH; MariaDB's server is one.
tests := PATH="$$PATH:/usr/sbin" $(python)

# A virtual environment whose Python is gone (a dangling link is no file here) has to be made again.
ifeq ($(wildcard $(python)),)
.PHONY: $(runtime) $(develop) $(node)
endif

.PHONY: help
help:  ## list the targets
	@echo 'make TARGET, where TARGET is'
	@sed -nE 's/^([a-z][a-z-]*):.*## (.*)/  \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  %-16s %s\n' "$$name" "$$text"; done

# ---------------------------------------------------------------- running

# tools/attend.py makes Ctrl-C and SIGTERM end the server cleanly, and lets it never outlive make.
.PHONY: run
run: $(runtime) $(node)  ## start the service: make run [PORT=8000] [DATA=data]
	@exec $(python) -E -S tools/attend.py $(python) main.py --data "$(DATA)" serve --port "$(PORT)"

.PHONY: demo
demo: $(runtime) $(node)  ## the same, filled with three weeks of a made-up company: make demo [PORT=8000] [DATA=demo-data]
	@exec $(python) -E -S tools/attend.py $(python) main.py --data "$(if $(filter file default,$(origin DATA)),demo-data,$(DATA))" demo --port "$(PORT)"

# ---------------------------------------------------------------- set-up

$(runtime): requirements.lock
	@tools/install requirements.lock
	@touch $@

# requirements-dev.lock holds all of requirements.lock, in the same versions: one installation serves both.
$(develop): requirements-dev.lock
	@tools/install requirements-dev.lock
	@touch $(runtime) $@

# The server builds the mini-program's browser version with Node; without any, everything else still runs.
$(node): requirements-node.lock | $(runtime)
	@if tools/node true; then touch $@; else \
		echo 'There is no Node: the mini-program cannot be shown in a browser.' >&2; fi

.PHONY: develop
develop: $(develop)  ## install what development needs, without running anything
	@tools/front install

.PHONY: system-packages
system-packages:
	@tools/system-packages

.PHONY: lock
lock: $(develop)  ## rewrite requirements*.lock from requirements*.in (UPGRADE=1: newest versions)
	@UPGRADE=$(UPGRADE) tools/lock

# ---------------------------------------------------------------- checking

.PHONY: test
test: system-packages lint  ## lint, then all tests: make test [ARGS="-k order"] [WORKERS=2]
	@tools/front test
	@$(tests) -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder $(ARGS)

.PHONY: quick
quick: $(develop)  ## the inner loop: SQLite, no browser, no long file: make quick [ARGS="-k order"]
	@$(tests) -m pytest --quick --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder $(ARGS)

SEED ?= last
AT ?= 23:59:59.9

.PHONY: test-random
test-random: $(develop) system-packages  ## all tests but the browser's in a random order: make test-random [SEED=1]
	@$(tests) -m pytest -p randomly --randomly-seed=$(SEED) --no-browser $(ARGS)

.PHONY: test-backwards
test-backwards: $(develop) system-packages  ## the same, the last test first
	@$(tests) -m pytest --backwards --no-browser $(ARGS)

.PHONY: test-midnight
test-midnight: $(develop) system-packages  ## the same, every test begun just before Shanghai's midnight: [AT=23:59:59.9]
	@$(tests) -m pytest --at=$(AT) --no-browser --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder $(ARGS)

.PHONY: mutants
mutants: $(develop)  ## small changes to the code that no test notices: make mutants [ARGS=payment/settlement.py]
	@WORKERS=$(WORKERS) tools/mutants/run $(ARGS)

.PHONY: lint
lint: develop  ## style, types and imports, Python and mini-program
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	PYTHONPATH=. .venv/bin/lint-imports
	@tools/front lint

.PHONY: format
format: $(develop)  ## let ruff put the Python files in order
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

.PHONY: promises
promises: $(develop)  ## the promises and the tests that keep each
	@$(tests) -m pytest --promises

.PHONY: crash
crash: $(develop) system-packages  ## kill the server during payments, many times
	@$(tests) -m bench.crash $(ARGS)

.PHONY: soak
soak: $(develop) system-packages  ## the payment model test for longer: make soak MINUTES=10
	@$(tests) -m bench.soak --minutes "$(MINUTES)" $(ARGS)

INPUTS ?= 100000

.PHONY: hostile
hostile: $(develop) system-packages  ## hostile inputs over the API, on both engines: make hostile [INPUTS=100000]
	@$(tests) -m bench.hostile --engine sqlite --inputs $(INPUTS) $(ARGS)
	@$(tests) -m bench.hostile --engine mysql --inputs $(INPUTS) $(ARGS)

.PHONY: fuzz
fuzz: $(develop)  ## spoilt inputs for whatever reads notifications, bills, tables, forms, numbers: make fuzz [INPUTS=100000]
	@$(tests) -m bench.fuzz --inputs $(INPUTS) $(ARGS)

.PHONY: audit
audit: $(develop)  ## vulnerabilities, licences, wheels and SBOM of all packages: make audit [ARGS="licences --osv DIR"]
	@tools/audit/run $(ARGS)

.PHONY: bench-payments
bench-payments: $(develop) system-packages  ## 10,000 orders through the sandbox
	@$(tests) -m bench.payments $(ARGS)

.PHONY: bench-admin
bench-admin: $(develop) system-packages  ## the administrators' lists over 1,000,000 orders
	@$(tests) -m bench.admin $(ARGS)

.PHONY: bench-growth
bench-growth: $(develop) system-packages  ## the same lists over 10,000 and 1,000,000 orders: does a page take longer?
	@$(tests) -m bench.growth $(ARGS)

.PHONY: bench-search
bench-search: $(develop) system-packages  ## the searches over 1,000,000 orders
	@$(tests) -m bench.search $(ARGS)

.PHONY: bench-api
bench-api: $(develop) system-packages  ## requests per second beside FastAPI and a bare handler: make bench-api [ARGS="--users 2000"]
	@tools/bench-packages
	@$(tests) -m bench.api $(ARGS)

.PHONY: bench-size
bench-size: $(develop) system-packages  ## how soon a server is ready, and its memory: make bench-size [ARGS="--requests 1000000"]
	@tools/bench-runtime
	@$(tests) -m bench.size $(ARGS)

.PHONY: bench-front
bench-front: develop system-packages  ## how soon the mini-program shows something on 4G
	@$(tests) -m bench.front $(ARGS)

.PHONY: deploy-test
deploy-test: $(develop)  ## try deploy/: a real nginx in front of two processes, units, alert rules, compose file
	@PATH="$$PATH:/usr/sbin" tools/deploy-programs
	@$(tests) -m pytest tests/deploy $(ARGS)

# The last line runs other folders' tests again, each transaction of theirs on another node: where many want the same.
.PHONY: cluster-test
cluster-test: $(develop) system-packages  ## three nodes of a Galera cluster: rules across nodes, nodes killed and frozen
	@PATH="$$PATH:/usr/sbin" tools/cluster-programs
	@$(tests) -m pytest tests/cluster $(ARGS)
	@$(tests) -m pytest -p tests.cluster.everywhere $$(cat tests/cluster/everywhere.txt) $(ARGS)

# ---------------------------------------------------------------- WeChat's own compiler

# Apart from the rest: 275 MB of packages, which `make test` would otherwise fetch into every clone.
.PHONY: wechat-compiler
wechat-compiler: $(node)
	@tools/front install
	@tools/npm-install tools/wechat

.PHONY: wechat-compile
wechat-compile: wechat-compiler  ## the mini-program through WeChat's own compiler, offline: what it would upload
	@tools/node node tools/wechat/wechat.mjs compile

.PHONY: wechat-upload
wechat-upload: wechat-compiler  ## upload the mini-program: make wechat-upload KEY=file VERSION=1.2.3 [DESC=text]
	@tools/node node tools/wechat/wechat.mjs upload --key "$(KEY)" --version "$(VERSION)" $(if $(DESC),--desc "$(DESC)")

# ---------------------------------------------------------------- pictures

.PHONY: screenshots
screenshots: develop system-packages  ## pictures of every page in every state
	@$(tests) -m tests.browser.screenshots $(ARGS)

.PHONY: pictures
pictures: $(develop) system-packages  ## render the drawn pictures from their sources
	@$(python) tools/pictures/render.py $(ARGS)

# ---------------------------------------------------------------- tidying

.PHONY: clean
clean:  ## remove what was installed and built; data/ stays
	rm -rf .venv build Front/node_modules Front/miniprogram_npm sandbox/client/node_modules tools/wechat/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
