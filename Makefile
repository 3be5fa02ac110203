# 畅小站: `make demo` to see it, `make test` to trust it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCKED := $(VENV)/.locked

.PHONY: demo demo-reset test lint format lock system system-test clean

demo: $(LOCKED) system
	@$(BIN)/changxiaozhan demo

demo-reset: $(LOCKED)
	@$(BIN)/changxiaozhan demo --reset-only

test: $(LOCKED) system system-test
	@$(BIN)/python -m pytest

lint: $(LOCKED)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(LOCKED)
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

# Mosquitto where apt can bring it; `demo` falls back to the stand-in broker with a warning where it cannot.
system:
	@sh install.sh broker

system-test:
	@sh install.sh test

# Locking with a private mirror configured would write its address into uv.lock: only the public index may stand there.
lock:
	env -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_DEFAULT_INDEX -u UV_FIND_LINKS $(BIN)/uv lock --no-config

$(LOCKED): pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv sync --frozen --inexact --quiet
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
