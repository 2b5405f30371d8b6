# `make` lists what there is. Each target does its own set-up.

CARGO ?= cargo
NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)

.PHONY: help setup demo test lint bench bench-scale release
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## check what the build needs, install what is missing where that is allowed
	@sh scripts/setup.sh

demo: setup ## index the fixture records and open the search page on http://127.0.0.1:8321
	$(CARGO) run --locked --profile demo -- demo --listen 127.0.0.1:8321 --records fixtures/records

test: setup ## run everything: format, unit, integration and documentation tests
	$(CARGO) fmt --all --check
ifdef NEXTEST
	$(CARGO) nextest run --locked --workspace
else
	$(CARGO) test --locked --workspace --lib --bins --tests
endif
	$(CARGO) test --locked --workspace --doc

lint: setup ## clippy, and licences and sources where cargo-deny is installed
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny check; else echo "cargo-deny is not installed: deny.toml was not checked"; fi

bench: setup ## benchmarks beside SQLite FTS5 and Tesseract in the same run, about 8 minutes
	$(CARGO) bench --locked

bench-scale: setup ## the same with 100,000 records on disk: needs some 20 GB and an hour
	BENCH_RECORDS=1000,10000,100000 $(CARGO) bench --locked --bench scale

release: setup ## the binary as it is shipped: target/release/mes-search
	$(CARGO) build --locked --release
