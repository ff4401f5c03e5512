"""March every lane through the segments between dose edges. The mesh is shared; amounts are each lane's own.

The loops themselves stand at the end of the generated kernel: numba's disk cache watches only the file of the
function it keeps, so loops that lived here would go on running an old step after the model had changed.
"""

import numpy as np

from hypomag.body import kernel
from hypomag.body.lanes import FAST


def march_blocks(z, hours, segment, bolus, rate, keep, kept, out):  # type: ignore[no-untyped-def]
    """March z (blocks, rows, lanes) in place through the steps `hours`; rows are pools, error estimate, constants.

    segment (steps): dose row that starts with the step, or -1; bolus (blocks or 1, rows, pools, lanes or 1) and rate
    (blocks or 1, rows, lanes or 1): what each dose row gives; keep (steps): output row after the step, or -1; kept (k):
    pools to keep in out (blocks, outputs, k, lanes).
    """
    if FAST:
        kernel.march_fast(z, hours, segment, bolus, rate, keep, kept, out)
    else:
        march_plain(z[0], hours, segment, bolus[0], rate[0], keep, kept, out[0])


def march_plain(z, hours, segment, bolus, rate, keep, kept, out):  # type: ignore[no-untyped-def]
    """The same without numba: one block with every lane, each row a whole array, the step's text unchanged."""
    rows = list(z)
    for h, s, row in zip(hours, segment, keep, strict=True):
        if s >= 0:
            rows[: kernel.WORST] = [pool + given for pool, given in zip(rows, bolus[s], strict=False)]
            rows[kernel.INFUSION] = np.broadcast_to(rate[s], rows[0].shape)
        if h > 0.0:
            kernel.step(h, rows)
        if row >= 0:
            out[row] = [rows[k] for k in kept]
    z[:] = rows


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
