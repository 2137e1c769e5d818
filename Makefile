# The front door. Every target installs what it needs (scripts/setup.sh), builds, and does its job.
JOBS ?= $(shell nproc)
# More arguments for CMake's configure step, such as CONFIGURE=-DCNCLIP_WERROR=ON.
CONFIGURE ?=
PYTHON = "$$(scripts/deps_dir.sh)/parity/bin/python"

.PHONY: build demo test test-all bench bench-gate lint clean setup setup-parity

build: setup
	cmake --preset release $(CONFIGURE) >/dev/null
	cmake --build --preset release -j $(JOBS)

setup:
	scripts/setup.sh

setup-parity:
	scripts/setup.sh parity

demo: build
	build/bin/cnclip demo -o build/demo

test: setup-parity build
	python3 scripts/check_includes.py
	ctest --preset release -j $(JOBS)
	scripts/test_install.sh
	$(PYTHON) -m pytest tests

test-all: test
	$(PYTHON) -m pytest tests --slow -m slow
	cmake --preset asan $(CONFIGURE) >/dev/null
	cmake --build --preset asan -j $(JOBS)
	ctest --preset asan
	scripts/fuzz.sh 20

# All comparisons, or SUBJECTS="features startup"; the report is build/bench/report.md.
bench: setup-parity build
	$(PYTHON) benchmarks/run.py $(SUBJECTS)

# Is HEAD slower than revision BASE?
bench-gate: setup
	python3 benchmarks/gate.py $(BASE)

lint: build
	scripts/lint.sh $(JOBS)

clean:
	rm -rf build build-*
