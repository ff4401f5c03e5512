"""The lineage of rules as a picture: what each relation reads, left to right, drawn as SVG from the texts themselves."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from hypomag.engine.texts import Rule, rules

WIDE, HIGH, ACROSS, DOWN, EDGE = 142, 20, 44, 7, 10  # a box, the gaps between boxes, the margin
STYLE = """<style>.box{fill:#e0f2f1;stroke:#00796b}.given{fill:none;stroke:#90a4ae;stroke-dasharray:3 2}
.line{fill:none;stroke:#78909c;stroke-width:.8;opacity:.65}text{font:10px sans-serif;fill:#263238}
@media (prefers-color-scheme:dark){text{fill:#eceff1}.box{fill:#004d40}}
[data-md-color-scheme=slate] .lineage text{fill:#eceff1}[data-md-color-scheme=slate] .lineage .box{fill:#004d40}
[data-md-color-scheme=default] .lineage text{fill:#263238}[data-md-color-scheme=default] .lineage .box{fill:#e0f2f1}
</style>"""


def columns(reads: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """How far right each name stands: one beyond the farthest that it reads. `reads` has no circle."""
    found: dict[str, int] = {}

    def place(name: str) -> int:
        if name not in found:
            found[name] = max((place(other) + 1 for other in reads.get(name, ())), default=0)
        return found[name]

    for name in reads:
        place(name)
    return found


def picture(reads: Mapping[str, tuple[str, ...]], links: Mapping[str, str], title: str, is_stair: bool = False) -> str:
    """An SVG of `reads` (name -> what it reads). Names in `links` are boxes to click; the others are given from outside.

    is_stair: each box one step lower, which keeps the lines of a long chain apart.
    """
    across = columns(reads)
    rows: dict[int, list[str]] = {}
    for name in sorted(across, key=lambda n: (across[n], n)):
        rows.setdefault(across[name], []).append(name)
    height: dict[str, float] = {}
    most = max(len(own) for own in rows.values())
    for column in sorted(rows):  # a box stands about where those stand that it reads, which crosses fewer lines
        own = rows[column]
        own.sort(key=lambda n: (sum(height[o] for o in reads.get(n, ())) / max(len(reads.get(n, ())), 1), n))
        first = len(height) if is_stair else (most - len(own)) / 2
        height |= {name: first + n for n, name in enumerate(own)}
    step = WIDE // 2 if is_stair else WIDE + ACROSS
    x = {name: EDGE + across[name] * step for name in across}
    y = {name: EDGE + height[name] * (HIGH + DOWN) for name in across}
    lines = [
        f'<path class="line" d="M{x[b] + WIDE},{y[b] + HIGH / 2:g} C{x[b] + WIDE + ACROSS / 2:g},{y[b] + HIGH / 2:g} '
        f'{x[a] - ACROSS / 2:g},{y[a] + HIGH / 2:g} {x[a]},{y[a] + HIGH / 2:g}"/>'
        for a, those in reads.items()
        for b in those
    ]
    boxes = [_box(name, x[name], y[name], links.get(name)) for name in across]
    wide = max(x.values()) + WIDE + EDGE
    high = max(y.values()) + HIGH + EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img">'
        f"<title>{escape(title)}</title>{STYLE}{''.join(lines)}{''.join(boxes)}</svg>"
    )


def _box(name: str, x: int, y: float, link: str | None) -> str:
    kind = "box" if link else "given"
    drawn = (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="4"/>'
        f'<text x="{x + 6}" y="{y + 14}">{escape(name)}</text>'
    )
    return f'<a href="{escape(link)}">{drawn}</a>' if link else drawn


def of_family(family: str, page: str = "") -> str:
    """The rules of one family, and dashed what they take from other families; tables are left out. Boxes lead to `page`."""
    made = {rule.name: rule for rule in rules()}
    own = [rule for rule in rules() if rule.family == family]
    reads = {rule.name: tuple(name for name in rule.reads if name in made) for rule in own}
    return picture(reads, {rule.name: f"{page}#{rule.name}" for rule in own}, f"What the rules of {family} read")


def of_all() -> str:
    """Families: which reads from which."""
    reads = families(rules())
    return picture(
        reads, {family: f"{family}.html" for family in reads}, "Which family reads from which", is_stair=True
    )


def families(order: tuple[Rule, ...]) -> dict[str, tuple[str, ...]]:
    """Family -> families its rules read from. Where two read from each other the lesser use is left out of the picture."""
    family = {rule.name: rule.family for rule in order}
    uses: dict[str, dict[str, int]] = {name: {} for name in family.values()}
    for rule in order:
        for name in rule.reads:
            if name in family and family[name] != rule.family:
                uses[rule.family][family[name]] = uses[rule.family].get(family[name], 0) + 1
    one_way = {a: {b: n for b, n in those.items() if (n, a) > (uses[b].get(a, 0), b)} for a, those in uses.items()}
    kept: dict[str, tuple[str, ...]] = dict.fromkeys(one_way, ())
    for _, a, b in sorted(((n, a, b) for a, those in one_way.items() for b, n in those.items()), reverse=True):
        if not _reaches(kept, b, a):  # the most used first; what would close a circle stays out
            kept[a] = (*kept[a], b)
    return kept


def _reaches(reads: Mapping[str, tuple[str, ...]], start: str, end: str) -> bool:
    return start == end or any(_reaches(reads, name, end) for name in reads[start])
