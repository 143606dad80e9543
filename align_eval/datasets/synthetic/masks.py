"""Where hair and lips are on a person's skin, for both spectra."""

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic import chart
from align_eval.datasets.synthetic.complexion import complexion
from align_eval.datasets.synthetic.mesh import HeadModel
from align_eval.datasets.synthetic.person import Person

Values = NDArray[np.float32]


def brow_mask(head: HeadModel, person: Person, canonical: Values) -> Values:
    """(M,) 0 to 1: how much of the skin at (M, 3) canonical places the brows cover."""
    return _channel(head, person, canonical, 0)


def beard_mask(head: HeadModel, person: Person, canonical: Values) -> Values:
    """(M,) 0 to 1: how much of the skin beard or stubble covers."""
    return _channel(head, person, canonical, 1)


def lip_mask(head: HeadModel, person: Person, canonical: Values) -> Values:
    """(M,) 0 to 1: where the red of the lips is."""
    return _channel(head, person, canonical, 2)


def scalp_mask(head: HeadModel, person: Person, canonical: Values) -> Values:
    """(M,) 0 to 1: how densely hair grows on the scalp, whether or not a mesh covers it."""
    return _channel(head, person, canonical, 3)


def _channel(head: HeadModel, person: Person, canonical: Values, which: int) -> Values:
    return chart.sample(complexion(head, person).cover, canonical)[:, which]
