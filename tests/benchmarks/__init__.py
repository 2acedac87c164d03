"""Ours and its peers, measured side by side on one machine: ``python -m tests.benchmarks``."""
