"""A contact sheet: people below each other, variations side by side, both spectra."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.recipe import Recipe
from align_eval.datasets.synthetic.thermal_camera import to_8bit
from align_eval.datasets.synthetic.truth import Truth
from align_eval.image import to_rgb

Picture = NDArray[np.uint8]

_MARGIN, _INK, _PAPER = 22, (40, 40, 40), 255
_SEEN, _HIDDEN = (60, 255, 60), (255, 70, 70)


def contact_sheet(
    recipe: Recipe,
    subjects: Sequence[int] | None = None,
    *,
    tile: int = 160,
    landmarks: bool = False,
    spectra: Sequence[str] | None = None,
) -> Picture:
    """Render people and lay their images out.

    Parameters
    ----------
    recipe : Recipe
        What to render; the first image of each variation in the first session.
    subjects : sequence of int, optional
        Which people; all of the recipe's by default.
    tile : int
        Side of each image on the sheet in pixels.
    landmarks : bool
        Mark the 68 points: green where they are seen, red where something hides them.
    spectra : sequence of str, optional
        The recipe's by default.

    Returns
    -------
    (H, W, 3) uint8 RGB
        A row for each person and spectrum.
    """
    chosen = recipe.members if subjects is None else subjects
    shown = recipe.spectra if spectra is None else tuple(spectra)
    rows = [_header(recipe.variations, tile)]
    for subject in chosen:
        tiles = list(_tiles(recipe, subject, tile, landmarks))
        for spectrum in shown:
            label = _label(f"{subject} {spectrum}", tile)
            rows.append(np.hstack([label, *(images[spectrum] for images in tiles)]))
    return np.vstack(rows)


def _tiles(recipe: Recipe, subject: int, tile: int, marked: bool) -> Iterator[dict[str, Picture]]:
    for shot in recipe.shots(subject):
        if shot.session or shot.repeat:
            continue
        pair = recipe.render(shot)
        images: dict[str, Picture] = {}
        if pair.visible is not None:
            images["visible"] = _tile(pair.visible, pair.visible_truth, tile, marked)
        if pair.thermal is not None:
            gray = to_rgb(to_8bit(pair.thermal))
            images["thermal"] = _tile(gray, pair.thermal_truth, tile, marked)
        yield images


def _tile(image: Picture, truth: Truth, tile: int, marked: bool) -> Picture:
    scale = tile / image.shape[0]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, (tile, tile), interpolation=method)
    if marked:
        places = np.rint(((truth.points + 0.5) * scale - 0.5) * 16).astype(int).tolist()
        for place, seen in zip(places, truth.visible.tolist(), strict=True):
            colour = _SEEN if seen else _HIDDEN
            cv2.circle(small, place, round(0.006 * tile * 16), colour, -1, cv2.LINE_AA, 4)
    return np.asarray(small, dtype=np.uint8)


def _header(variations: Sequence[str], tile: int) -> Picture:
    strip = np.full((_MARGIN, _MARGIN + tile * len(variations), 3), _PAPER, dtype=np.uint8)
    for i, name in enumerate(variations):
        _write(strip, name, (_MARGIN + i * tile + tile // 2 - 5 * len(name), _MARGIN - 7))
    return strip


def _label(text: str, tile: int) -> Picture:
    strip = np.full((_MARGIN, tile, 3), _PAPER, dtype=np.uint8)
    _write(strip, text, (6, _MARGIN - 7))
    return np.ascontiguousarray(np.rot90(strip))


def _write(strip: Picture, text: str, at: tuple[int, int]) -> None:
    cv2.putText(strip, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1, cv2.LINE_AA)
