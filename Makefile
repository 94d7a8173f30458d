# Every target makes the environment that it needs; all logic is in Python.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BOARD ?=
DESIGN ?=
PE ?=
SEED ?=
WAVES ?=
ARGS ?=
PY := .venv/bin/python

.PHONY: help demo test sim prove gen bitstream boards lint report clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/stamp  ## Run real DINOv2 heads through the RTL of vitality and draw a picture; also DESIGN=ant, dense
	$(PY) -m sim demo $(if $(DESIGN),--design $(DESIGN)) $(ARGS)

test: .venv/stamp  ## Run all tests, and name the slowest twenty
	$(PY) -m pytest -n 2 --durations=20 $(ARGS)

sim: .venv/stamp  ## Run the benches: all designs, or DESIGN=vitality PE=16x16 [WAVES=1 SEED=n]
	$(PY) -m sim $(if $(DESIGN),--design $(DESIGN)) $(if $(PE),--pe $(PE)) $(if $(SEED),--seed $(SEED)) $(if $(WAVES),--waves) $(ARGS)

prove: .venv/stamp  ## Prove what the library's parts promise, for all inputs and all time, and print one table
	$(PY) -m sim prove $(ARGS)

gen: .venv/stamp  ## Emit Verilog: DESIGN=vitality PE=16x16 [ARGS="--target ecp5 --out folder"]
	$(PY) -m gen --design $(or $(DESIGN),vitality) $(if $(PE),--pe $(PE)) $(ARGS)

bitstream: .venv/stamp  ## Build for a board: BOARD=ulx3s_85f [DESIGN=vitality PE=8x8 ARGS="--clock 50 --seed 2"]
	$(PY) -m fpga bitstream --board "$(BOARD)" $(if $(DESIGN),--design $(DESIGN)) $(if $(PE),--pe $(PE)) $(ARGS)

boards: .venv/stamp  ## List boards, the presets made for them, and the largest array that should fit
	$(PY) -m fpga boards $(if $(DESIGN),--design $(DESIGN))

lint: .venv/stamp  ## Check the Python with ruff and the emitted Verilog with Verilator
	$(PY) -m ruff check . && $(PY) -m gen lint

report: .venv/stamp  ## Measure cells, clock and cycles of every preset, and print one table
	$(PY) -m fpga report $(ARGS)

clean:  ## Remove all that was built, but not the environment
	rm -rf build

.venv/stamp: pyproject.toml setup.py tests/constraints.txt
	@echo "Setting up .venv with $(PYTHON) (about a minute, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "attnforge needs Python 3.11 or newer, not " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --constraint tests/constraints.txt --editable ".[dev]"
	@touch $@
