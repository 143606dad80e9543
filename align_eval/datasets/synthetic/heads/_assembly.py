"""All pieces of the parametric head in one list of vertices, and what each vertex belongs to."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.heads._chart import Chart, build
from align_eval.datasets.synthetic.heads._ear import ear
from align_eval.datasets.synthetic.heads._eye import eyeball, rim
from align_eval.datasets.synthetic.heads._mouth import cavity, teeth, tongue
from align_eval.datasets.synthetic.heads._sphere import Array, Indices
from align_eval.datasets.synthetic.heads._surface import Piece, mean_skin
from align_eval.datasets.synthetic.mesh import Part


class Organ(IntEnum):
    """Which piece a vertex was made in."""

    SKIN = 0
    EAR = 1
    EYEBALL = 2
    LID_RIM = 3
    CAVITY = 4
    UPPER_TEETH = 5
    LOWER_TEETH = 6
    TONGUE = 7


@dataclass(frozen=True, eq=False)
class Assembly:
    """The mean head with its bookkeeping.

    Parameters
    ----------
    places : (V, 3) float64
    triangles : (T, 3) int
    parts : (T,) uint8
    organs : (V,) uint8
        `Organ` of each vertex.
    mirror : (V,) int
        The vertex at the mirrored place.
    landmarks : (68,) int
    chart : Chart
        Of the first vertices, the skin.
    mouth : (N,) int
        The closed seam of the lips: from the midline along the upper lip to the right corner,
        and round; the cavity's rings follow it vertex by vertex.
    """

    places: Array
    triangles: Indices
    parts: NDArray[np.uint8]
    organs: NDArray[np.uint8]
    mirror: Indices
    landmarks: Indices
    chart: Chart
    mouth: Indices


class _Builder:
    """Collects pieces; a piece's first vertices may be ones that are already there."""

    def __init__(self, skin: Array, drawn: Chart) -> None:
        self.places = [skin]
        self.triangles = [drawn.triangles]
        self.parts = [np.full(len(drawn.triangles), Part.SKIN, dtype=np.uint8)]
        self.organs = [np.full(len(skin), Organ.SKIN, dtype=np.uint8)]
        self.mirror = [drawn.mirror]
        self.count = len(skin)

    def _add(self, piece: Piece, organ: Organ, shared: Indices, mirror: Indices) -> None:
        new = np.arange(self.count, self.count + len(piece.places))
        self.places.append(piece.places)
        self.triangles.append(np.concatenate([shared, new])[piece.triangles])
        self.parts.append(piece.parts)
        self.organs.append(np.full(len(new), organ, dtype=np.uint8))
        self.mirror.append(mirror)
        self.count += len(new)

    def pair(
        self, piece: Piece, organ: Organ, shared: tuple[Indices, Indices] | None = None
    ) -> None:
        """Add a piece of the right half and its mirror image."""
        none = np.zeros(0, dtype=np.intp)
        right, left = shared or (none, none)
        size, start = len(piece.places), self.count
        image = Piece(piece.places * [-1, 1, 1], piece.triangles[:, ::-1], piece.parts)
        self._add(piece, organ, right, np.arange(start + size, start + 2 * size))
        self._add(image, organ, left, np.arange(start, start + size))

    def middle(self, piece: Piece, organ: Organ, shared: Indices | None = None) -> None:
        """Add a piece that is its own mirror image."""
        gap = np.abs(piece.places[:, None] * [-1, 1, 1] - piece.places).max(axis=2)
        none = np.zeros(0, dtype=np.intp)
        self._add(piece, organ, none if shared is None else shared, self.count + gap.argmin(axis=1))


def _seam(drawn: Chart) -> Indices:
    upper, lower = drawn.lips[:, 0]
    loop = [upper, lower[-2::-1], drawn.mirror[lower[1:-1]], drawn.mirror[upper[:0:-1]]]
    return np.concatenate(loop)


def assemble() -> Assembly:
    """The mean head."""
    drawn = build()
    skin = mean_skin(drawn)
    builder = _Builder(skin, drawn)
    builder.pair(ear(), Organ.EAR)
    builder.pair(eyeball(), Organ.EYEBALL)
    margin = drawn.lids[0]
    builder.pair(Piece(*rim(skin[margin])), Organ.LID_RIM, (margin, drawn.mirror[margin]))
    mouth = _seam(drawn)
    builder.middle(Piece(*cavity(skin[mouth])), Organ.CAVITY, mouth)
    builder.middle(teeth(upper=True), Organ.UPPER_TEETH)
    builder.middle(teeth(upper=False), Organ.LOWER_TEETH)
    builder.middle(tongue(), Organ.TONGUE)
    return Assembly(
        np.concatenate(builder.places),
        np.concatenate(builder.triangles),
        np.concatenate(builder.parts),
        np.concatenate(builder.organs),
        np.concatenate(builder.mirror),
        drawn.landmarks,
        drawn,
        mouth,
    )
