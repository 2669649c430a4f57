"""PPTX: slides in their order, points, tables and notes; what is left out is told."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import read_corpus

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    f'xmlns:r="{_OFFICE}"'
)


def shape(place: str, *lines: str) -> str:
    runs = (
        "".join(f'<a:r><a:rPr lang="fr"/><a:t>{run}</a:t></a:r>' for run in line.split("|"))
        for line in lines
    )
    text = "".join(f'<a:p><a:pPr lvl="1"/>{run}<a:endParaRPr/></a:p>' for run in runs)
    return f"<p:sp><p:nvSpPr><p:nvPr>{place}</p:nvPr></p:nvSpPr><p:txBody>{text}</p:txBody></p:sp>"


def table(*rows: str) -> str:
    cells = ("".join(f"<a:tc>{shape('', cell)}</a:tc>" for cell in row.split(";")) for row in rows)
    written = "".join(f"<a:tr>{row}</a:tr>" for row in cells)
    inner = f'<a:tbl><a:tblPr firstRow="1"/>{written}</a:tbl>'
    return f"<p:graphicFrame><a:graphic>{inner}</a:graphic></p:graphicFrame>"


def relations(**targets: str) -> str:
    found = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{target.split(":")[0]}" '
        f'Target="{target.split(":")[1]}"/>'
        for key, target in targets.items()
    )
    return f'<Relationships xmlns="{_OFFICE}">{found}</Relationships>'


def write_slides(path: Path, slides: dict[str, str], parts: dict[str, str]) -> None:
    """Write slides; the parts come in another order than they are shown."""
    order = "".join(f'<p:sldId r:id="{name}"/>' for name in slides)
    targets = {name: f"slide:slides/{name}.xml" for name in sorted(slides)}
    with zipfile.ZipFile(path, "w") as archive:
        main = f"<p:presentation {_SPACES}>{order}</p:presentation>"
        archive.writestr("ppt/presentation.xml", main)
        archive.writestr("ppt/_rels/presentation.xml.rels", relations(**targets))
        for name, inner in slides.items():
            show = ' show="0"' if name.startswith("hidden") else ""
            archive.writestr(f"ppt/slides/{name}.xml", f"<p:sld {_SPACES}{show}>{inner}</p:sld>")
        for name, data in parts.items():
            archive.writestr(name, data)


def test_slides(tmp_path: Path) -> None:
    slides = {
        "s2": shape('<p:ph type="ctrTitle"/>', "Le |Rex")
        + shape('<p:ph idx="1"/>', "rouvre le |4 mai", "sauf grève")
        + shape('<p:ph type="sldNum"/>', "1")
        + shape("", "Texte libre."),
        "s1": shape('<p:ph type="title"/>', "Effectifs") + table("Ville;Agents", "Nevers;87"),
        "hidden": shape("", "Caché."),
    }
    told = shape('<p:ph type="body"/>', "Le dire.")
    parts = {
        "ppt/slides/_rels/s2.xml.rels": relations(r1="notesSlide:../notesSlides/n1.xml"),
        "ppt/notesSlides/n1.xml": f"<p:notes {_SPACES}>{told}</p:notes>",
    }
    write_slides(tmp_path / "a.pptx", slides, parts)
    reading = read_corpus(tmp_path)
    assert reading.articles[0].title == "Le Rex"
    assert reading.articles[0].text == (
        "## Le Rex\n\n- rouvre le 4 mai\n- sauf grève\n\nTexte libre.\n\n### Notes\n\nLe dire.\n\n"
        "## Effectifs\n\nVille : Nevers ; Agents : 87."
    )
    assert [remark.text for remark in reading.remarks] == ["diapositives masquées, non lues : 1"]


def test_charts_are_told(tmp_path: Path) -> None:
    chart = "<p:graphicFrame><a:graphic><a:graphicData/></a:graphic></p:graphicFrame>"
    write_slides(tmp_path / "a.pptx", {"s1": shape("", "Le Rex.") + chart}, {})
    assert [r.text for r in read_corpus(tmp_path).remarks] == ["graphiques et schémas, non lus : 1"]


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    write_slides(tmp_path / "a.pptx", {"s1": ""}, {})
    with pytest.raises(EmptyCorpus, match="aucun texte"):
        read_corpus(tmp_path)
    (tmp_path / "a.pptx").write_bytes(b"PK\x03\x04")
    with pytest.raises(EmptyCorpus, match="endommagé"):
        read_corpus(tmp_path)


def test_struck_text_is_left_out(tmp_path: Path) -> None:
    struck = shape("", "Loyer : |850| 920 euros.").replace(
        'lang="fr"/><a:t>850', 'strike="sngStrike"/><a:t>850'
    )
    write_slides(tmp_path / "a.pptx", {"a": struck}, {})
    reading = read_corpus(tmp_path)
    assert reading.articles[0].text == "Loyer : 920 euros."
    assert [r.text for r in reading.remarks] == ["passages barrés, laissés de côté : 1"]
