# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
OUT ?= runs/demo

.PHONY: demo test lint bench clean
.DEFAULT_GOAL := demo

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e '.[dlib]'
	@touch $@

# cimat pins numpy < 2 and runs unchanged on numpy 2: it is installed without its dependencies.
$(VENV)/.test: $(VENV)/.demo
	$(PIP) install -q -c constraints.txt -e '.[test,lint]'
	$(PIP) install -q --no-deps cimat==0.1.2
	@touch $@

demo: $(VENV)/.demo
	@$(BIN)/python -c "import cv2" || { \
	  echo "OpenCV did not load. On Debian or Ubuntu: apt-get install libgl1 libxcb1" >&2; exit 1; }
	$(BIN)/align-eval run thermal_to_visible --out $(OUT)

test: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only -o addopts= --import-mode=importlib

clean:
	rm -rf $(VENV) runs build dist *.egg-info
