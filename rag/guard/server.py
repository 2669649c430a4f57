"""The server of the pages: what ``python -m rag serve`` runs, ``app.py`` behind its guard.

In a folder of its own: Streamlit puts the folder of what it runs before all others to import from.
"""

from __future__ import annotations

from pathlib import Path

from starlette.middleware import Middleware
from streamlit.file_util import get_static_dir
from streamlit.starlette import App

from rag.guard.entrance import Entrance
from rag.guard.hosts import Guard, make_policy
from rag.guard.visitors import Visitors
from rag.settings import APP, load_settings
from rag.visitors import forget_visitors

_DOCUMENT = Path(get_static_dir(), "index.html").read_text(encoding="utf-8")

settings = load_settings()
middleware = [Middleware(Guard, hosts=settings.hosts, policy=make_policy(_DOCUMENT))]
if settings.password:
    middleware.append(Middleware(Entrance, hashed=settings.password))
if settings.shared:
    forget_visitors(settings)
    middleware.append(Middleware(Visitors))

app = App(APP, middleware=middleware)
