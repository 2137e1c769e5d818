# The front door. Every target installs what it needs (scripts/setup.sh), builds, and does its job.
JOBS ?= $(shell nproc)
PYTHON = $$(scripts/deps_dir.sh)/parity/bin/python

.PHONY: build demo test test-all bench lint clean setup setup-parity

build: setup
	cmake --preset release >/dev/null
	cmake --build --preset release -j $(JOBS)

setup:
	scripts/setup.sh

setup-parity:
	scripts/setup.sh parity

demo: build
	scripts/demo.sh

test: setup-parity build
	python3 scripts/check_includes.py
	ctest --preset release -j $(JOBS)
	scripts/test_install.sh
	$(PYTHON) -m pytest -q tests

test-all: test
	$(PYTHON) -m pytest -q tests --slow -m slow
	cmake --preset asan >/dev/null
	cmake --build --preset asan -j $(JOBS)
	ctest --preset asan
	scripts/fuzz.sh 60

bench: setup-parity build
	for script in benchmarks/compare/*/run.py; do $(PYTHON) $$script || exit 1; done

lint: setup
	python3 scripts/check_includes.py
	git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run -Werror

clean:
	rm -rf build build-*
