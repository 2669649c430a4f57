"""Every error a user can meet, one tree.

Each error says in French what happened, what was kept, and what to do. ``str(error)`` is the
whole message; the page and the command line print it as it is, never a traceback.

::

    RagError
    ├── UsageError            a command or a setting that can't be understood
    ├── ModelError            a model file is missing, damaged or could not be fetched
    │   ├── ModelMissing
    │   ├── ModelCorrupt
    │   └── DownloadFailed
    ├── NoSpace               the disk is full or would be
    ├── CorpusError           no article could be read
    │   ├── EmptyCorpus
    │   ├── UnreadableFolder
    │   ├── UnreadableFile
    │   └── AddressError
    ├── IndexProblem
    │   ├── IndexMissing
    │   ├── IndexCorrupt
    │   ├── IndexIncompatible
    │   └── IndexLocked
    ├── HistoryError          conversations can't be kept or read again
    │   └── RecordUnreadable  one of them, or an export, is not what this version writes
    └── EngineError           the language model failed or is not installed
        ├── EngineMissing
        └── Busy              too many questions are already waiting
"""

from __future__ import annotations


class RagError(Exception):
    """Root of the tree.

    Parameters
    ----------
    what
        What happened, a full French sentence.
    kept
        What was kept or is still in force, a full sentence, or empty.
    todo
        What to do, a full sentence, or empty.
    """

    def __init__(self, what: str, *, kept: str = "", todo: str = "") -> None:
        self.what = what
        self.kept = kept
        self.todo = todo
        super().__init__(" ".join(part for part in (what, kept, todo) if part))


class UsageError(RagError):
    """A command, a setting or an input line that can't be understood."""


class ModelError(RagError):
    """A model can't be used."""


class ModelMissing(ModelError):
    """A model file is not on this machine."""


class ModelCorrupt(ModelError):
    """A model file is not the one expected: its SHA-256 differs."""


class DownloadFailed(ModelError):
    """A model file could not be fetched."""


class NoSpace(RagError):
    """The disk is full, or would be."""


class CorpusError(RagError):
    """The articles can't be read."""


class EmptyCorpus(CorpusError):
    """No article was found where articles were expected."""


class UnreadableFolder(CorpusError):
    """The system refuses a whole folder of articles: nothing can be said of what it holds."""


class UnreadableFile(CorpusError):
    """One file can't be read; the others go on."""


class AddressError(CorpusError):
    """The page at an address can't be had."""


class IndexProblem(RagError):
    """The index can't be used."""


class IndexMissing(IndexProblem):
    """There is no index at this path."""


class IndexCorrupt(IndexProblem):
    """A file of the index is not what was written."""


class IndexIncompatible(IndexProblem):
    """The index was made with another format or another embedding model."""


class IndexLocked(IndexProblem):
    """Another process is writing this index."""


class HistoryError(RagError):
    """Conversations can't be kept, or read again."""


class RecordUnreadable(HistoryError):
    """A kept or exported conversation is damaged or was written by another version."""


class EngineError(RagError):
    """The language model failed."""


class EngineMissing(EngineError):
    """The language model or the package that runs it is not installed."""


class Busy(EngineError):
    """Too many questions are already waiting."""
