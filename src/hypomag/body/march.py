"""March every lane through the segments between dose edges. The mesh is shared; amounts are each lane's own.

The loops themselves stand at the end of the generated kernel: numba's disk cache watches only the file of the
function it keeps, so loops that lived here would go on running an old step after the model had changed.
"""

import numpy as np

from hypomag.body import kernel
from hypomag.body.lanes import FAST


def march_blocks(y, c, hours, segment, bolus, rate, keep, kept, out, worst):  # type: ignore[no-untyped-def]
    """March y (blocks, pools, lanes) in place through the steps `hours` with constants c (blocks, rows, lanes).

    segment (steps): dose row that starts with the step, or -1; bolus (blocks or 1, rows, pools, lanes or 1) and rate
    (blocks or 1, rows, lanes or 1): what each dose row gives; keep (steps): output row after the step, or -1; kept (k):
    pools to keep in out (blocks, outputs, k, lanes); worst (blocks, lanes): sum of relative error estimates.
    """
    if FAST:
        kernel.march_fast(y, c, hours, segment, bolus, rate, keep, kept, out, worst)
    else:
        kernel.march_one(
            y[0], c[0].copy(), hours, segment, bolus[0], rate[0], keep, kept, out[0], worst[0], (slice(None),)
        )


def mesh(
    edges: np.ndarray, fresh: np.ndarray, first: float, growth: float, longest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Graded steps that land on every edge: short after a fresh edge (a dose), growing while nothing happens.

    The longest step is `longest`, or an eighth of the time since the last dose, at most a day. Returns the step lengths
    (h) and, for each span between edges, the index of the step that ends it.
    """
    lengths: list[float] = []
    ends, h, since = [], first, 0.0
    for span, new in zip(np.diff(edges), fresh[:-1], strict=True):
        if new:
            h, since = first, 0.0
        at, steps = 0.0, []
        while at < span * (1 - 1e-9):
            steps.append(h)
            at, since = at + h, since + h
            h = min(h * growth, max(longest, min(since / 8 * longest / 0.7, 24.0)))
        lengths += [step * span / at for step in steps]
        since -= at - span
        h = min(h, max(steps[-1] * span / at * growth, first))
        ends.append(len(lengths) - 1)
    return np.array(lengths), np.array(ends)
