"""How fast the pages are: `python -m bench.page`. The fan's redraw as the reader feels it, first paint, and the CPU behind.

Wall-clock figures are those of a real Chromium on this machine and of whatever else it does; CPU figures are ours alone.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from playwright.sync_api import sync_playwright
from tests.page.site import ARGUMENTS, CHROMIUM, application, served

from hypomag.serve.page import fan
from hypomag.serve.page.asked import Asked

REDRAWS = 100
REDRAW = """async () => {
  const form = document.querySelector('[data-fan]'), slider = document.getElementById('s-grams');
  const before = Number(form.dataset.drawn), began = performance.now();
  slider.value = String((Number(slider.value) + 0.5) % Number(slider.max));
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  while (Number(form.dataset.drawn) === before) await new Promise((done) => setTimeout(done, 1));
  return performance.now() - began;
}"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def main() -> None:
    _cpu()
    with served(application()) as at, sync_playwright() as started:
        tab = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS).new_page(base_url=at)
        paints = [_paint(tab) for _ in range(10)]
        print(f"first paint of /cases/ppi_severe, ms: median {statistics.median(paints):.0f}, worst {max(paints):.0f}")
        tab.wait_for_function("() => document.querySelector('[data-fan]').dataset.drawn > 0", timeout=60_000)
        took = sorted(tab.evaluate(REDRAW) for _ in range(REDRAWS))
        p95 = took[int(0.95 * REDRAWS)]
        print(
            f"fan redraw, slider to picture, {fan.DRAWS} draws, ms: median {statistics.median(took):.0f}, p95 {p95:.0f}"
        )


def _paint(tab: Any) -> float:
    tab.goto("/cases/ppi_severe")
    tab.wait_for_selector("h1")
    tab.wait_for_timeout(300)
    return float(tab.evaluate(PAINT) or 0)


def _cpu() -> None:
    """CPU of the server for one redraw, the draws being there."""
    given, took = Asked({"case": "ppi_severe"}), []
    for n in range(41):
        began = time.process_time()
        told = fan.told(given, fan.wish({"route": "iv", "grams": str(1 + n / 8), "over": "2", "days": "3"}), "mg/dL")
        fan.plain(told)
        took.append(1000 * (time.process_time() - began))
    warm = sorted(took[1:])
    print(f"server CPU of one redraw, ms: median {statistics.median(warm):.0f}, p95 {warm[int(0.95 * len(warm))]:.0f}")


if __name__ == "__main__":
    main()
