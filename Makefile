# Two commands matter: `make demo` (real calls in front of your eyes) and `make test` (everything that is proven).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

INSTALLED := node_modules/.package-lock.json

.PHONY: help install build check test test-unit demo doctor clean compose-env stand-ins

help:
	@echo 'make demo    real SIP calls through a private Asterisk; the live page stays up (DEMO_EXIT=1 ends it)'
	@echo 'make test    everything: unit, property, corpus, conformance, integration, page'
	@echo 'make check   types, lint, format, dependencies, architecture'
	@echo 'make build   compile to dist/'
	@echo 'make doctor  what this machine has and lacks'
	@echo 'make compose-env, make stand-ins: docs/containers.md'

# `npm ci` through a link (a second worktree that borrows its packages) empties the folder the link points to.
$(INSTALLED): package-lock.json
	@if [ -L node_modules ]; then \
	  echo 'node_modules is a link, and npm ci would empty what it points to: remove the link first' >&2; exit 1; fi
	npm ci --no-audit --no-fund
	@touch $(INSTALLED)

install: $(INSTALLED)

BUILT := dist/.built
SOURCES := $(shell find src scripts -type f) tsconfig.json tsconfig.build.json package.json

$(BUILT): $(SOURCES) $(INSTALLED)
	npm run --silent build
	@touch $(BUILT)

build: $(BUILT)

check: install
	npm run --silent check

test: install build
	npx tsx scripts/prepare-tests.ts
	npm run --silent typecheck && npm run --silent lint && npm run --silent format:check && npm run --silent check:dependencies
	npx vitest run

test-unit: install
	npm run --silent test:unit

demo: build
	node dist/scripts/demo/main.js

doctor: build
	node dist/src/cli/main.js doctor

compose-env: install
	npx tsx scripts/containers/compose-env.ts

stand-ins: install
	npx tsx scripts/containers/stand-ins.ts

clean:
	rm -rf dist coverage
