# Every target sets up what it needs on a machine that has only Python 3.11+ with pip.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export UV_COMPILE_BYTECODE = 1

.PHONY: run app test check bench goldens lock clean

run: $(READY)
	$(BIN)/ketnoi run --case scenarios/vietnam-2022 --out out --force

app: $(READY)
	$(BIN)/ketnoi app

test: $(READY)
	$(BIN)/pytest -n 2

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

goldens: $(READY)
	KETNOI_RENEW_GOLDENS=1 $(BIN)/pytest tests/test_goldens.py

lock: .venv/bin/uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --all-extras --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv out build *.egg-info

.venv/bin/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv

$(READY): pyproject.toml requirements.lock | .venv/bin/uv
	$(BIN)/uv pip install --quiet --python .venv --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python .venv --no-deps --editable .
	touch $@
