"""Sourcier: French answers about a set of articles, every sentence with its source."""

__version__ = "0.1.0"
