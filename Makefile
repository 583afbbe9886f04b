# Every target sets up what it needs on a machine that has only Python 3.11+ with pip.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export UV_COMPILE_BYTECODE = 1
# Certificates the machine knows, such as those of a proxy, are known to what installs.
export UV_SYSTEM_CERTS ?= 1
SYSTEM_CERTS := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/cert.pem))
ifdef SYSTEM_CERTS
export PIP_CERT ?= $(SYSTEM_CERTS)
endif
# The browser that tests and pictures drive: Debian's, unless CHROMIUM names another one.
export CHROMIUM ?= /usr/bin/chromium
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: run app test test-browser pictures check fuzz kills bench goldens readme lock clean

run: $(READY)
	$(BIN)/ketnoi run --case scenarios/vietnam-2026 --out out --force

app: $(READY)
	$(BIN)/ketnoi app

test: $(READY)
	$(BIN)/pytest -n 2 --dist loadfile

test-browser: $(READY) .venv-browser/.ready
	.venv-browser/bin/pytest -c tests/browser/pytest.ini --confcutdir tests/browser tests/browser

pictures: $(READY) .venv-browser/.ready
	.venv-browser/bin/python tests/browser/pictures.py

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fuzz: $(READY)
	$(BIN)/python tests/fuzz/campaign.py

kills: $(READY)
	$(BIN)/python tests/fuzz/kills.py

bench: $(READY)
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

goldens: $(READY)
	$(BIN)/ketnoi regress --renew

readme: $(READY)
	$(BIN)/python tests/house/rooms.py

lock: .venv/bin/uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --all-extras --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .venv-browser out build *.egg-info

.venv/bin/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv

/usr/bin/chromium:
	$(AS_ROOT) apt-get update --quiet --quiet
	$(AS_ROOT) apt-get install --yes --quiet --quiet chromium

.venv-browser/.ready: tests/browser/requirements.txt | $(CHROMIUM)
	$(PYTHON) -m venv .venv-browser
	.venv-browser/bin/python -m pip install --quiet --requirement $<
	npm install --silent --no-save --prefix .venv-browser axe-core@4.14.1
	touch $@

$(READY): pyproject.toml requirements.lock | .venv/bin/uv
	$(BIN)/uv pip install --quiet --python .venv --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python .venv --no-deps --editable .
	touch $@
