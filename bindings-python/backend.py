"""The build backend: maturin's, which first has the web inspector's page made, where Node is there to make it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import maturin  # type: ignore[import-untyped]
from maturin import (
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

ROOT = Path(__file__).parent.parent


def build_wheel(*arguments: Any, **named: Any) -> str:
    make_page(ROOT)
    return str(maturin.build_wheel(*arguments, **named))


def build_editable(*arguments: Any, **named: Any) -> str:
    make_page(ROOT)
    return str(maturin.build_editable(*arguments, **named))


def make_page(root: Path) -> bool:
    """Builds the page if Node is there; returns whether it did. Without it, `decode --web` says how to get it."""
    # In the archive of the sources there is nothing to make it from; a release hands it in.
    if not (root / "inspector" / "build.mjs").is_file() or os.environ.get("WSPROOF_INSPECTOR"):
        return False
    why = "Node is not here"
    if shutil.which(os.environ.get("NODE") or "node"):
        try:
            subprocess.run([os.environ.get("CARGO") or "cargo", "xtask", "devtools"], cwd=root, check=True)
            return True
        except (OSError, subprocess.CalledProcessError) as error:
            why = str(error)
    print(
        f"wsproof: the inspector's page was not built ({why}): all works but `wsproof decode --web`, until "
        f"`cargo xtask devtools` is run in {root}",
        file=sys.stderr,
    )
    return False
