# 畅小站: `make demo` to see it, `make test` to trust it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCKED := $(VENV)/.locked
DEV    := $(VENV)/.locked-dev

.PHONY: demo demo-reset test chaos bench lint format lock system system-test standin clean

demo: $(LOCKED) system standin
	@$(BIN)/changxiaozhan demo

demo-reset: $(LOCKED)
	@$(BIN)/changxiaozhan demo --reset-only

# Most tests wait for processes and browsers: three at a time on two cores. A file's tests stay together. Compiled
# first, for hundreds of processes are started that would each do it again.
test: $(DEV) system system-test
	@$(BIN)/python -m compileall -q -j 0 changxiaozhan.py gateway kiosk server firmware_stubs
	@$(BIN)/python -m pytest -n 3 --dist loadfile

# About a minute of SIGKILLs and cut lines, then a count: CHAOS="--minutes 10 --seed 7 --standin" make chaos
chaos: $(DEV) system
	@$(BIN)/python -m tests.chaos $(CHAOS)

# Each beside its floor, from the same run.
bench: $(DEV)
	@missed=0; for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || missed=1; done; exit $$missed

lint: $(DEV)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(DEV)
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

# Mosquitto where apt can bring it; `demo` falls back to the stand-in broker with a warning where it cannot.
system:
	@sh install.sh broker

# Only where there is no Mosquitto: a broker good enough for one desk, which says so itself.
standin:
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v mosquitto >/dev/null || $(BIN)/uv sync --frozen --inexact --quiet --extra standin

system-test:
	@sh install.sh test

# Locking with a private mirror configured would write its address into uv.lock: only the public index may stand there.
lock:
	env -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_DEFAULT_INDEX -u UV_FIND_LINKS $(BIN)/uv lock --no-config

$(LOCKED): pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check uv
	@echo "installing the locked packages …"
	@$(BIN)/uv sync --frozen --inexact --no-dev --quiet --compile-bytecode
	@touch $@

$(DEV): $(LOCKED)
	@$(BIN)/uv sync --frozen --inexact --quiet --compile-bytecode
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
