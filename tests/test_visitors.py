"""Several visitors of one page: each has a token, and a folder of its own."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from rag.guard.visitors import Visitors
from rag.settings import Settings
from rag.visitors import COOKIE, FOLDER, KEPT_DAYS, find_own, forget_visitors


async def answer(request: Request) -> Response:
    kind = HTMLResponse if request.url.path == "/" else PlainTextResponse
    return kind("page")


def visit() -> TestClient:
    app = Starlette(routes=[Route("/{path:path}", answer)], middleware=[Middleware(Visitors)])
    return TestClient(app)


def test_a_browser_keeps_its_token() -> None:
    client, other = visit(), visit()
    given = SimpleCookie(client.get("/").headers["set-cookie"])[COOKIE]
    assert given["httponly"] and given["samesite"] == "lax" and not given["secure"]
    assert client.get("/").cookies[COOKIE] == given.value
    assert other.get("/").cookies[COOKIE] != given.value


def test_only_a_page_brings_one() -> None:
    assert "set-cookie" not in visit().get("/static/a.js").headers


def test_a_token_that_was_not_given_is_replaced() -> None:
    client = visit()
    client.cookies = {COOKIE: "moi"}
    assert len(client.get("/").cookies[COOKIE]) == 43


def test_behind_tls_the_cookie_is_secure() -> None:
    answer = visit().get("/", headers={"X-Forwarded-Proto": "https"})
    assert SimpleCookie(answer.headers["set-cookie"])[COOKIE]["secure"]


def test_each_has_a_folder_that_does_not_tell_its_token(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    one, two = find_own(settings, "jeton-1"), find_own(settings, "../../jeton-2")
    assert one == find_own(settings, "jeton-1") != two
    assert replace(one, data=tmp_path) == settings
    for own in (one, two):
        assert own.data.parent == tmp_path / FOLDER and "jeton" not in own.data.name


def test_what_nobody_can_open_any_more_is_erased(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    old, back, new = (find_own(settings, name).data for name in ("old", "back", "new"))
    for own in (old, back, new):
        own.mkdir(parents=True)
    long_ago = time.time() - (KEPT_DAYS + 1) * 24 * 3600
    for own in (old, back):
        os.utime(own, (long_ago, long_ago))
    find_own(settings, "back")
    forget_visitors(settings)
    assert [own.exists() for own in (old, back, new)] == [False, True, True]
    forget_visitors(Settings(data=tmp_path / "nowhere"))
