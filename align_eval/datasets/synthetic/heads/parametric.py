"""A head made from code: no scan, no data file.

The skin is a smooth surface through some 250 named places (`_anatomy`), drawn on a sphere of
directions whose vertices follow the lids and the lips (`_chart`, `_surface`); ears, eyeballs, the
inside of the mouth, teeth and tongue are added. People differ by the measurements of Farkas,
*Anthropometry of the Head and Face* (1994), and by smooth random fields (`_identity`); expressions
carry the names of ARKit's blend shapes (`_expression`).
"""

from functools import lru_cache

import numpy as np

from align_eval.datasets.synthetic.heads._assembly import Assembly, assemble
from align_eval.datasets.synthetic.heads._expression import expressions
from align_eval.datasets.synthetic.heads._identity import identity_modes
from align_eval.datasets.synthetic.mesh import HeadModel


@lru_cache(maxsize=1)
def load() -> HeadModel:
    """The parametric head; the same every time, and built once in a process."""
    head: Assembly = assemble()
    shapes = expressions(head)
    return HeadModel(
        "parametric",
        head.places.astype(np.float32),
        head.triangles.astype(np.int32),
        head.parts,
        head.landmarks,
        identity_modes(head).astype(np.float32),
        np.stack(list(shapes.values())).astype(np.float32),
        tuple(shapes),
    )
