"""Makes the component of a project: `python -m redwasp_sdk.build [DIR]` writes NAME.wasm, as `redwasp plugin build` does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

_WORLDS = ("pure", "active", "sweeping")
_GET = "python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt"


class Unbuilt(Exception):
    """Why there is no component."""


def build(project: Path) -> Path:
    """The component of a project, where it was written. Raises `Unbuilt`."""
    project = project.resolve()
    manifest = _manifest(project)
    component = project / f"{manifest['name']}.wasm"
    words = [_componentize_py(project), "-q", "-d", str(_contract()), "-w", f"{manifest['world']}-collector"]
    words += ["componentize", "redwasp_entry", "--stub-wasi", "-p", "."]
    package = Path(__file__).resolve().parent.parent
    if (project / ".venv").resolve() not in package.parents:
        # componentize-py looks into the project's own environment by itself.
        words += ["-p", str(package)]
    # Only packages of the project's own environment; else those of the machine would be put in too.
    environment = {**os.environ, "VIRTUAL_ENV": ".venv"}
    ran = subprocess.run([*words, "-o", str(component)], cwd=project, env=environment, capture_output=True, text=True)
    if ran.returncode != 0:
        raise Unbuilt(f"componentize-py: {_told(ran.stdout + ran.stderr)}")
    return component


def _manifest(project: Path) -> dict[str, Any]:
    try:
        manifest = tomllib.loads((project / "plugin.toml").read_text(encoding="utf-8"))
    except OSError as error:
        raise Unbuilt(f"{project} is no project: {error}") from None
    except ValueError as error:
        raise Unbuilt(f"plugin.toml: {error}") from None
    if not isinstance(manifest.get("name"), str):
        raise Unbuilt('plugin.toml has no name: write name = "…", in lower case letters, digits and dashes')
    if manifest.get("world") not in _WORLDS:
        raise Unbuilt('plugin.toml has no world: write world = "pure", "active" or "sweeping"')
    return manifest


def _contract() -> Path:
    """The folder of the contract: of this package, or beside it in a project that has its own copy of the SDK."""
    package = Path(__file__).resolve().parent
    for folder in (package / "wit", package.parent / "wit"):
        if (folder / "worlds.wit").is_file():
            return folder
    raise Unbuilt("the SDK has no contract beside it: there is no wit/worlds.wit")


def _componentize_py(project: Path) -> str:
    path = os.pathsep.join([str(project / ".venv" / "bin"), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("componentize-py", path=path)
    if found is None:
        raise Unbuilt(f"there is no componentize-py: get it with {_GET}")
    return found


def _told(text: str) -> str:
    """What matters of a traceback through the toolchain: the last place in the project, and the reason."""
    _, is_there, reason = text.partition("Caused by:")
    if not is_there:
        return text.strip()
    places = [line.strip().replace("/0/", "") for line in text.splitlines() if line.strip().startswith('File "/0/')]
    return "\n  ".join([reason.strip(), *places[-1:]])


def main(arguments: list[str]) -> int:
    """The exit code."""
    if len(arguments) > 1:
        print("usage: python -m redwasp_sdk.build [DIR]", file=sys.stderr)
        return 2
    try:
        component = build(Path(*arguments))
    except Unbuilt as unbuilt:
        print(unbuilt, file=sys.stderr)
        return 1
    print(f"{component.name}: {component.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
