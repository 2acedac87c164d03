# The commands of this project. VENV may point elsewhere, TARGET at a real NAS; ARGS are more
# options of `lagg-tool accept`, as in ARGS='--host-key SHA256:... --tags @failover'.
VENV ?= .venv
PYTHON ?= python3
# Empty: both simulations, for a verdict on every claim.
TARGET ?=
ARGS ?=
RUN = PYTHONPATH=. $(VENV)/bin/python
PYTEST = $(RUN) $(COVER) -m pytest -q -n auto
STAMP = $(VENV)/.requirements.lock
# What `make test` runs: the features on the simulated NAS, and every test that is quick.
QUICK = features tests/unit tests/replay
# `make check` measures coverage, of the tests of `make test`: the others start programs, take a
# third longer when measured, and would add five percent.
ifneq ($(filter check,$(MAKECMDGOALS)),)
COVER = -m coverage run
endif

# Tests start many processes: without bytecode each of them would compile the package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: environment accept test check lint integration linux reach mutation mutants man docs bench chaos lock clean
.NOTPARALLEL:

# .venv with everything, and .venv/bin/lagg-tool
environment: $(STAMP)

# The whole path: features against TARGET, results, site, verdicts.
accept: $(STAMP)
	$(RUN) -m lagg_tool accept $(if $(TARGET),--target '$(TARGET)') --results build/results.json --site build/site $(ARGS)

# Before a commit, in a minute and a half.
test: lint
	$(if $(COVER),rm -rf build/coverage)
	$(PYTEST) $(QUICK)

# Everything, in about half an hour. `make test check` runs no test twice.
check: test integration
	$(VENV)/bin/coverage combine -q
	$(VENV)/bin/coverage report
	$(MAKE) --no-print-directory linux reach mutation

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	PYTHONPATH=. $(VENV)/bin/lint-imports --no-logo

# Every test that `make test` leaves out: whole runs, real programs, a browser.
integration: COVER =
integration: $(STAMP)
	$(PYTEST) tests $(QUICK:%=--ignore=%)

# The features about Linux on a real kernel, in minutes. Debian's packages come by apt, once;
# where they cannot, the reason is said and nothing is run.
linux: $(STAMP)
	@if $(RUN) -m lagg_tool vm fetch qemu:linux; then \
	$(RUN) -m lagg_tool accept --target qemu:linux --results build/linux-results.json $(ARGS); \
	else [ $$? = 3 ] && echo "make: skipped: nothing is run on a Linux kernel" >&2; fi

# No program, function or line of the simulated NAS is there without a use.
reach: $(STAMP)
	$(RUN) -m pytest -q -m slow tests/integration/test_reach.py

# Do the unit tests notice a change of the code? For the files changed since the base ...
mutation: $(STAMP)
	$(RUN) -m tests.mutation --seconds 300

# ... and for everything that [tool.lagg_tool.mutation] names; hours.
mutants: $(STAMP)
	$(RUN) -m tests.mutation --all

# The manual page; `man -l build/lagg-tool.1` shows it. A wheel brings its own.
man: $(STAMP)
	mkdir -p build
	$(RUN) -m lagg_tool manual > build/lagg-tool.1

docs: $(STAMP)
	$(RUN) -m lagg_tool docs build

# What the tests do briefly, at length: a million fuzzed inputs of each kind, a thousand examples
# of each property, interruptions at many moments, a thousand commands, garbage on the wires, a
# link that loses packets. Writes the counts into docs/explanation/chaos.md.
chaos: $(STAMP)
	$(RUN) -m tests.fuzz
	$(PYTEST) --hypothesis-profile=long tests/unit
	$(RUN) -m pytest -q -m "slow or hypothesis" --hypothesis-profile=long tests/integration tests/cases

# This tool and its peers on this machine; writes docs/explanation/measurements.md. Minutes.
bench: $(STAMP)
	$(RUN) -m tests.benchmarks

$(STAMP): requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is missing; install Python 3.11 or newer" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; set PYTHON=python3.11 or newer" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: Python's venv module is missing; on Debian install python3-venv" >&2; exit 2; }
	@cmp -s requirements.lock $@ || { \
	echo "Building $(VENV): about a minute, once" >&2; \
	$(PYTHON) -m venv $(VENV) && \
	$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock && \
	$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e . ; }
	@cp requirements.lock $@

# Resolve what pyproject.toml asks for, once for all Pythons and systems, with hashes. Versions
# stay unless UPGRADE=--upgrade or UPGRADE='--upgrade-package NAME' says otherwise.
lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install -qq --disable-pip-version-check uv
	build/lock/bin/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --extra test $(UPGRADE) -o requirements.lock pyproject.toml

clean:
	rm -rf build $(VENV)
