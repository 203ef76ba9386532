"""The build backend: when the inspector's page is made, and what is said when it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
import backend


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "inspector").mkdir()
    (tmp_path / "inspector" / "build.mjs").write_text("")
    return tmp_path


@pytest.fixture(autouse=True)
def no_page_is_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WSPROOF_INSPECTOR", raising=False)


def program(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")
def test_where_node_is_the_page_is_made(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE", program(clone, "node", ""))
    monkeypatch.setenv("CARGO", program(clone, "cargo", 'echo "$@" > arguments'))
    assert backend.make_page(clone)
    assert (clone / "arguments").read_text() == "xtask devtools\n"


@pytest.mark.parametrize("what", ["no Node", "no cargo", "it fails"])
def test_otherwise_it_is_told_how_to_get_it(
    what: str, clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NODE", str(clone / "no-such-node") if what == "no Node" else sys.executable)
    # Python, called as cargo is, fails: it has no file named xtask to run.
    monkeypatch.setenv("CARGO", sys.executable if what == "it fails" else str(clone / "no-such-cargo"))
    assert not backend.make_page(clone)
    said = capsys.readouterr().err
    assert said.startswith("wsproof: the inspector's page was not built (")
    assert said.endswith(f"until `cargo xtask devtools` is run in {clone}\n")


def test_elsewhere_nothing_is_made_or_said(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not backend.make_page(tmp_path / "sources")
    monkeypatch.setenv("WSPROOF_INSPECTOR", "page.html")
    assert not backend.make_page(clone)
    assert capsys.readouterr().err == ""
