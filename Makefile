# The commands of this project. VENV may point elsewhere, TARGET at a real NAS.
VENV ?= .venv
PYTHON ?= python3
# Nothing: both simulations, for a verdict on every claim.
TARGET ?=
MARKS ?= not slow
RUN = PYTHONPATH=. $(VENV)/bin/python
STAMP = $(VENV)/.requirements.lock

.PHONY: accept test lint docs bench chaos environment clean

# The whole path: features against TARGET, results, site, verdicts.
accept: $(STAMP)
	$(RUN) -m lagg_tool accept $(if $(TARGET),--target '$(TARGET)') --results build/results.json --site build/site

# Everything that must hold before a commit.
test: lint
	$(RUN) -m pytest -q -n auto -m "$(MARKS)"

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	PYTHONPATH=. $(VENV)/bin/lint-imports --no-logo

docs: $(STAMP)
	$(RUN) -m lagg_tool docs build

# What the tests do briefly, at length: a million fuzzed inputs of each kind, interruptions at
# many moments, a thousand commands, garbage on the wires, a link that loses packets. Writes
# the counts into docs/explanation/chaos.md.
chaos: $(STAMP)
	$(RUN) -m tests.fuzz
	$(RUN) -m pytest -q -m slow tests/integration

# Ours and its peers on this machine; writes docs/explanation/measurements.md. Minutes.
bench: $(STAMP)
	$(RUN) -m tests.benchmarks

$(STAMP): requirements.lock
	@cmp -s requirements.lock $@ && touch $@ || $(MAKE) --no-print-directory environment

environment:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is missing; install Python 3.11 or newer" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; set PYTHON=python3.11 or newer" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: Python's venv module is missing; on Debian install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@cp requirements.lock $(STAMP)

clean:
	rm -rf build $(VENV)
