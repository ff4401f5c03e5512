"""Hooks of MkDocs: the generated reference, the pages at the root of the project, and the order of everything.

A page put into a folder of docs/ appears by itself; its title is its first heading.
"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools import reference

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"start": "Start", "how-to": "How to", "reference": "Reference", "why": "Why", "trust": "Trust"}
FIRST = ("ward", "laboratory", "informatics", "researcher", "modeller", "patient")  # of start/, in this order
AT_ROOT = {name: f"project/{name.lower()}" for name in ("GLOSSARY.md", "CONTRIBUTING.md", "CHANGELOG.md")}
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is generated, and set the order: first what a newcomer reads."""
    pages = reference.pages() | {target: (ROOT / name).read_text("utf-8") for name, target in AT_ROOT.items()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    config.nav = _nav(files)
    return files


def _nav(files: Files) -> list[Any]:
    paths = [file.src_path for file in files.documentation_pages()]
    top = [path for path in ("README.md", "tutorial.md", "validation.md") if path in paths]
    rooms: list[Any] = [{name: _room(room, paths)} for room, name in ROOMS.items() if _room(room, paths)]
    project = sorted(path for path in paths if path.startswith("project/"))
    first = {"Home": [path for path in top if path != "validation.md"]}
    trust = next(room["Trust"] for room in rooms if "Trust" in room)
    trust[:0] = [path for path in top if path == "validation.md"]
    return [first, *rooms, {"Project": project}]


def _room(room: str, paths: list[str]) -> list[Any]:
    """The pages of a folder, then its folders."""
    places = {f"start/{name}.md": n for n, name in enumerate(FIRST)}
    inside = sorted(
        (path for path in paths if path.startswith(f"{room}/")), key=lambda p: (places.get(p, len(FIRST)), p)
    )
    own: list[Any] = [path for path in inside if path.count("/") == room.count("/") + 1]
    deeper = sorted({path.split("/")[room.count("/") + 1] for path in inside if path not in own})
    return own + [{folder.capitalize(): _room(f"{room}/{folder}", paths)} for folder in deeper]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links out of docs/: to a page of the project where there is one, otherwise only the name."""

    def turned(match: re.Match[str]) -> str:
        text, target, anchor = match.group(1), match.group(2), match.group(3) or ""
        if "://" in target or target.startswith(("mailto:", "/")):
            return match.group()
        path = normpath(join("docs", dirname(page.file.src_path), target))
        if path in AT_ROOT:
            up = "../" * page.file.src_path.count("/")
            return f"[{text}]({up}{AT_ROOT[path]}{anchor})"
        if path == "README.md":
            return f"[{text}]({'../' * page.file.src_path.count('/')}README.md)"
        if path.startswith("docs/"):
            return match.group()
        return f"`{path}`" if text.strip("`") in path else f"{text} (`{path}`)"

    if page.file.src_path.startswith("project/"):  # written at the root: its links start there
        return LINK.sub(lambda match: _from_root(match, "../"), markdown)
    return LINK.sub(turned, markdown)


def _from_root(match: re.Match[str], up: str) -> str:
    text, target, anchor = match.group(1), match.group(2), match.group(3) or ""
    if "://" in target:
        return match.group()
    path = normpath(target)
    if path in AT_ROOT:
        return f"[{text}]({up}{AT_ROOT[path]}{anchor})"
    if path.startswith("docs/"):
        return f"[{text}]({up}{path.removeprefix('docs/')}{anchor})"
    return f"`{path}`" if text.strip("`") in path else f"{text} (`{path}`)"
