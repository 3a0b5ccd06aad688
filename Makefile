.DEFAULT_GOAL := check
.PHONY: help run check test parity golden captures bench

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build redwasp and run it against a Redis, with sample data if there is none
	@examples/quickstart/run.sh

check: ## Formatting, lints and the quick tests (the default)
	tests/tools.sh wasm-target
	cargo fmt --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo test --locked --workspace --exclude redwasp-tests --exclude redwasp-guests

test: ## The whole suite, against real Redis and Prometheus
	tests/tools.sh
	cargo fmt --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo test --workspace --locked

parity: ## List what redis_exporter has, and what of it is the same here
	@tests/parity.sh

golden: ## Write the golden files and tables anew (look at the diff before committing)
	UPDATE_GOLDEN=1 cargo test --locked $(foreach plugin,$(wildcard plugins/*),-p redwasp-$(notdir $(plugin)))
	UPDATE_GOLDEN=1 cargo test --locked -p redwasp --lib -- cli::tests::docs servers::policy::tests::docs plugin::vectors::sdks

captures: ## Write anew what redis_exporter 1.86 makes of the texts of INFO in tests/testdata (look at the diff)
	tests/tools.sh redis_exporter
	cargo run --locked -p redwasp-tests --bin capture

bench: ## Measure redwasp beside redis_exporter
	tests/tools.sh
	cargo run --locked -p redwasp-tests --bin bench
