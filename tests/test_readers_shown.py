"""What a page shows: hidden text, banners and templates."""

from __future__ import annotations

import pytest
from lxml import html

from rag.readers.shown import keep_shown

HIDDEN = ["1 passage qu’un navigateur n’affiche pas : laissé de côté"]


def show(content: str) -> tuple[str, list[str]]:
    body = html.document_fromstring(f"<body><p>Avant.</p>{content}</body>").body
    remarks = keep_shown(body)
    return body.text_content().removeprefix("Avant."), remarks


@pytest.mark.parametrize(
    "content",
    [
        "<p hidden>Caché</p>",
        "<p style='DISPLAY: none !important'>Caché</p>",
        "<p style='visibility:hidden'>Caché</p>",
        "<p style='font-size:0'>Caché</p>",
        "<p style='font-size:1px'>Caché</p>",
        "<p style='opacity:0.0'>Caché</p>",
        "<p style='position:absolute;left:-9999px'>Caché</p>",
        "<p style='text-indent:-9999px'>Caché</p>",
        "<p style='transform:translateX(-9999px)'>Caché</p>",
        "<p style='clip:rect(0,0,0,0)'>Caché</p>",
        "<p style='height:0;overflow:hidden'>Caché</p>",
        "<p style='color:#fff;background:white'>Caché</p>",
        "<div style='background-color:rgb(255,255,255)'><p style='color:#fefefe'>Caché</p></div>",
        "<table bgcolor=white><tr><td><font color='#FFFFFF'>Caché</font></table>",
        "<p style='color:transparent'>Caché</p>",
        "<noscript><p>Caché</p></noscript>",
        "<template><p>Caché</p></template>",
        "<dialog>Caché</dialog>",
        "<p aria-hidden='true' style='display:none'>Caché</p>",
    ],
)
def test_what_a_browser_hides_is_left_out_and_told(content: str) -> None:
    assert show(content) == ("", HIDDEN)


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        (".c3{color:#000}.c4{color:#000;text-decoration:line-through}", True),
        ("/* .c4{} */ @media screen {p, span.c4 { TEXT-DECORATION-LINE: line-through }}", True),
        ("#prix.c4{text-decoration:line-through}", False),
        ("a.c4{text-decoration:line-through}", False),
        (".c4:hover, .menu .c4{text-decoration:line-through}", False),
        ("/* .c4{text-decoration:line-through}", False),
    ],
)
def test_what_the_style_sheet_of_a_page_strikes_is_left_out(rule: str, struck: bool) -> None:
    shown = show(f"<style>{rule}</style><p>Loyer : <span class='c3 c4'>850</span> 920.</p>")
    left = ["1 passage barré : laissé de côté"]
    assert (shown[0].removeprefix(rule), shown[1]) == (
        ("Loyer :  920.", left) if struck else ("Loyer : 850 920.", [])
    )


@pytest.mark.parametrize(
    "content",
    [
        "<p aria-hidden='true'>Montré</p>",
        "<p style='opacity:0.9;font-size:1em;left:-9px'>Montré</p>",
        "<p style='color:#fff'>Montré</p>",
        "<p style='color:#fff;background:#000'>Montré</p>",
        "<p style='color:#fff;background:white url(nuit.png)'>Montré</p>",
        "<p style='color:transparent;background-clip:text'>Montré</p>",
        "<p hidden='until-found'>Montré</p>",
        "<pre>{{ Montré }}</pre>",
        "<div class='recette-cookies'>Nos cookies au chocolat.</div>",
    ],
)
def test_what_a_browser_shows_stays(content: str) -> None:
    shown = html.fromstring(content).text_content()
    assert show(content) == (shown, [])


def test_what_holds_no_word_is_not_told() -> None:
    assert show("<noscript><img src=x></noscript><p hidden> — </p>") == ("", [])


def test_what_no_program_filled_is_left_out_with_its_line() -> None:
    text, remarks = show("<p>Le prix est de <b>{{ prix }}</b> euros.</p><p>Un fait.</p>")
    assert text == "Un fait."
    assert remarks == ["1 passage à compléter par le site ({{ … }}) : laissé de côté"]


@pytest.mark.parametrize(
    "banner",
    [
        "<div id='cookie-banner'><p>Nous utilisons des cookies.</p><button>Accepter</button></div>",
        "<div role='dialog'><p>Ce site dépose des traceurs.</p><p>Tout refuser</p></div>",
    ],
)
def test_banners_about_cookies_are_left_out(banner: str) -> None:
    assert show(banner) == ("", [])
