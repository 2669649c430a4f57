"""Sourcier: French answers about a set of articles, every sentence with its source."""

import os

__version__ = "0.1.0"

# Threads that wait must sleep: torch and llama.cpp share few cores, and by default the waiting
# threads of one spin on the core that the other needs. OpenMP reads this once, when the first
# library that uses it is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
