# Needs Python 3.11 or newer with its venv module, and make. `PYTHON=/path/to/python3.12 make demo` picks another Python.
PYTHON ?= python3
SHARED ?= ../shared
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip --disable-pip-version-check -qq install
TORCH_INSTALL := .venv-torch/bin/python -m pip --disable-pip-version-check -qq install
OPENVINO_INSTALL := .venv-openvino/bin/python -m pip --disable-pip-version-check -qq install
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(UPGRADE)
IMAGES := every-image client coordinator fetcher detector detector-gpu grouper reid reid-gpu reporter tracker
PROTOS := $(wildcard protos/castlist/contracts/v1/*.proto)

.DELETE_ON_ERROR:
.PHONY: help demo test test-torch test-openvino check bench quality protos locks clean

help:  ## Say what there is (the default)
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/.runtime  ## Set up, run the main job on the example video, say where the report lies
	@$(BIN)/castlist run examples/campus.mp4 -o out/campus

test: .venv/.dev  ## Set up and run every test, real servers included (minutes)
	$(BIN)/pytest

test-torch: .venv-torch/.ready  ## Set up torch and ultralytics (6 GB, minutes) and run the tests that need them
	.venv-torch/bin/python -m pytest tests/torch

test-openvino: .venv-openvino/.ready  ## Set up OpenVINO (250 MB, under a minute) and run the tests that need it
	.venv-openvino/bin/python -m pytest tests/openvino

check: .venv/.dev  ## What a commit must pass: format, lint, types, layers, unit tests, generated code (two to three minutes)
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports
	$(BIN)/pytest -q -m "not slow" tests/unit tests/architecture

bench: .venv/.dev  ## Measure speed and memory on the example
	$(BIN)/python -m benchmarks.bench

quality: .venv/.dev .venv-quality/.ready  ## Measure quality on clips with ground truth, beside other trackers (SHARED=../shared)
	$(BIN)/python -m benchmarks.quality $(SHARED) --peers .venv-quality/bin/python $(QUALITY)

protos: .venv/.dev  ## Lint the messages and write castlist/contracts/v1 anew
	$(BIN)/buf lint protos
	$(BIN)/python -m grpc_tools.protoc --proto_path=protos --python_out=. --pyi_out=. $(PROTOS)

locks: .venv/.dev  ## Write requirements/*.txt anew; UPGRADE=--upgrade moves every version
	$(LOCK) pyproject.toml requirements/build.in -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra dev requirements/build.in -c requirements/runtime.txt -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra torch --extra ultralytics requirements/build.in requirements/torch.in -c requirements/dev.txt -o requirements/torch.txt
	$(LOCK) pyproject.toml --extra openvino requirements/build.in requirements/openvino.in -c requirements/dev.txt -o requirements/openvino.txt
	$(LOCK) --no-deps requirements/eval.in -o requirements/eval.txt
	$(LOCK) --no-deps requirements/quality.in -c requirements/dev.txt -o requirements/quality.txt
	set -e; for image in $(IMAGES); do $(LOCK) --group $$image -c requirements/dev.txt -o requirements/$$image.txt; done

clean:  ## Remove everything that make made, the environment included
	rm -rf .venv .venv-torch .venv-openvino .venv-quality out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made once, and filled again when a lock changes; users get only the runtime, developers the rest on top.
# Another Python needs `make clean` first.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Castlist needs Python 3.11 or newer: make PYTHON=python3.11")'
	@$(PYTHON) -m venv --clear .venv

.venv/.runtime: requirements/runtime.txt pyproject.toml | .venv/bin/python
	@echo "Setting up .venv from requirements/runtime.txt (once, about half a minute) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements/runtime.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt requirements/eval.txt
	@echo "Adding requirements/dev.txt and requirements/eval.txt (once) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@$(PIP_INSTALL) --no-deps --require-hashes -r requirements/eval.txt
	@touch $@

# torch in an environment of its own: CI and users need none of it. torchreid is built from source, with the setuptools that is locked.
.venv-torch/.ready: requirements/runtime.txt requirements/torch.txt pyproject.toml
	@$(PYTHON) -m venv --clear .venv-torch
	@echo "Setting up .venv-torch from requirements/torch.txt (once, minutes, 6 GB) ..."
	@$(TORCH_INSTALL) --require-hashes -r requirements/runtime.txt
	@$(TORCH_INSTALL) --no-build-isolation --require-hashes -r requirements/torch.txt
	@$(TORCH_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# OpenVINO in an environment of its own: where it is installed, it may be chosen, and results are another engine's.
.venv-openvino/.ready: requirements/openvino.txt pyproject.toml
	@$(PYTHON) -m venv --clear .venv-openvino
	@echo "Setting up .venv-openvino from requirements/openvino.txt (once, under a minute) ..."
	@$(OPENVINO_INSTALL) --require-hashes -r requirements/openvino.txt
	@$(OPENVINO_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# Other trackers in an environment of their own: only their tracks are read, never their code.
.venv-quality/.ready: requirements/quality.txt
	@$(PYTHON) -m venv --clear .venv-quality
	@echo "Setting up .venv-quality from requirements/quality.txt (once, about a minute) ..."
	@.venv-quality/bin/python -m pip --disable-pip-version-check -qq install --no-deps --require-hashes -r requirements/quality.txt
	@touch $@
