"""Streamlit's own command line, for as long as the program that started it lives.

That program holds the other end of the standard input and never writes to it: the system closes
it however the program ends, a SIGKILL included, and the page then gives its port back at once.
"""

from __future__ import annotations

import os
import threading

from streamlit.web.cli import main


def _end_with_parent() -> None:
    os.read(0, 1)
    # What is on the disk is written whole or not at all: there is nothing to put in order.
    os._exit(1)


threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
main(prog_name="streamlit")
