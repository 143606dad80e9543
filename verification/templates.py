"""Templates: several images of a subject pooled into one row, as IJB's evaluation does it.

A *template* here is a biometric one: the images, from photographs and from frames of videos (each a
*media*), that are enrolled or searched as one. (What crops are aligned to is in
`align_eval.templates`.) Following insightface's evaluation of IJB-B and IJB-C, after Cao et al.,
*VGGFace2*, FG 2018:

1. an image's features are those of its crop, or of its crop and of the mirror image, added or
   concatenated (`Flip`);
2. they keep their norm, which networks make small for bad images, or lose it (`keep_norm`);
3. they are weighted by the score of the detector that found the face (`detector_weight`);
4. within a template, the mean over the images of a media, then the sum over its media, at unit
   length; the score of two templates is the dot product.

The published scripts write this as letters. In ``ijb_11.py`` and ``ijb_1n.py``, N1 is ``keep_norm``
and N0 without; D1 is ``detector_weight`` and D0 without; F0 is ``flip = "none"``. Their switch F1
adds (``"sum"``), as the results printed under N1D1F1 do, while their comments call concatenation F1
and adding F2. In ``ijb_evals.py`` the switch N is turned round: its N1 takes the norm away.

>>> features = np.array([[3, 0], [0, 1], [0, 3], [5, 5]], np.float32)
>>> pooled = pool_templates(features, ["a", "a", "a", "b"], ["photo", "film", "film", "photo"])
>>> pooled.names.tolist(), pooled.rows.round(3).tolist()
(['a', 'b'], [[0.8320000171661377, 0.5550000071525574], [0.7070000171661377, 0.7070000171661377]])
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.alignment import Template
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face
from align_eval.image import Image
from align_eval.interfaces import Embedder, Embeddings
from verification.measures import unit
from verification.visible import EmbeddingPipeline

Flip = Literal["sum", "concat", "none"]
"""What the features of a crop's mirror image do: are added, are put behind, or are not made."""

_BYTES = 1 << 25  # of features in double precision at a time


class Pooled(NamedTuple):
    """Templates with their rows.

    Parameters
    ----------
    names : (G,) array
        The distinct templates, in order of first appearance.
    rows : (G, D) float32
        Of unit length; zero where a template has no features, or they cancel out.
    ok : (G,) bool
        Which templates have the features of at least one image; the others are failures to
        acquire.
    failed : (G,) int
        How many images of each were left out for want of features.
    """

    names: NDArray[Any]
    rows: Embeddings
    ok: NDArray[np.bool_]
    failed: NDArray[np.intp]


def pool_templates(
    features: Embeddings,
    templates: ArrayLike,
    media: ArrayLike,
    *,
    detector_scores: ArrayLike | None = None,
    keep_norm: bool = True,
    acquired: ArrayLike | None = None,
) -> Pooled:
    """One row for each template: the mean of each of its media, summed, at unit length.

    Parameters
    ----------
    features : (N, D) array
        A row for each image.
    templates, media : (N,) array_like
        The template that each image belongs to, and the photograph or video that it is from. Media
        are told apart within a template.
    detector_scores : (N,) array_like, optional
        Weights of the images; 1 by default.
    keep_norm : bool
        Whether features keep their length, or have unit length before they are weighted.
    acquired : (N,) array_like of bool, optional
        Which images have features; those of the others are left out of their template, and of the
        mean of their media. All by default.

    Raises
    ------
    ValueError
        Another number of templates, media, scores or flags than of features.

    Examples
    --------
    >>> one = pool_templates(np.eye(2, dtype=np.float32), [7, 8], [1, 1], acquired=[True, False])
    >>> one.ok.tolist(), one.failed.tolist(), one.rows.tolist()
    ([True, False], [0, 1], [[1.0, 0.0], [0.0, 0.0]])
    """
    count, width = features.shape
    names, template = _numbered(_column(templates, count, "templates"))
    of_media = _numbered(_column(media, count, "media"))
    there = np.ones(count, dtype=bool)
    if acquired is not None:
        there = _column(acquired, count, "flags").astype(bool)
    weights = np.ones(count)
    if detector_scores is not None:
        weights = _column(detector_scores, count, "detector scores").astype(np.float64)
    used = np.flatnonzero(there)
    pairs = template[used] * max(len(of_media[0]), 1) + of_media[1][used]
    _, place, sizes = np.unique(pairs, return_inverse=True, return_counts=True)
    shares = weights[used] / sizes[place]  # of a mean over a media
    order = np.argsort(template[used], kind="stable")
    held = np.bincount(template[used], minlength=len(names))
    sums = np.zeros((len(names), width))
    for rows, starts, where in _blocks(held, width):
        own = order[rows]
        block = features[used[own]].astype(np.float64)
        if not keep_norm:
            length = np.linalg.norm(block, axis=1, keepdims=True)
            block /= np.where(length > 0, length, 1.0)
        block *= shares[own][:, None]
        sums[where] = np.add.reduceat(block, starts, axis=0)
    failed = np.bincount(template[~there], minlength=len(names))
    return Pooled(names, unit(sums), held > 0, failed)


def _column(values: ArrayLike, count: int, kind: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.shape != (count,):
        raise ValueError(f"{count} features want as many {kind}, got shape {array.shape}")
    return array


def _numbered(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The distinct values in order of first appearance, and the place of each value there."""
    distinct, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    return distinct[order], place[inverse]


def _blocks(
    held: NDArray[np.intp], width: int
) -> Iterator[tuple[slice, NDArray[np.intp], NDArray[np.intp]]]:
    """Images that are sorted by template, some whole templates at a time.

    Yields
    ------
    rows, starts, where
        The images, where each template starts among them, and which templates these are. `held`
        says how many images each has; those without any are passed over.
    """
    where = np.flatnonzero(held)
    ends = np.cumsum(held[where])
    most = max(1, _BYTES // (8 * max(width, 1)))
    first = 0
    while first < len(where):
        begin = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, begin + most, side="right")))
        starts = ends[first:last] - held[where[first:last]] - begin
        yield slice(begin, int(ends[last - 1])), starts, where[first:last]
        first = last


class TemplatePipeline:
    """Verifies templates by the pooled features of their images; see the module.

    It keeps `align_eval.verifying.TemplatePooling`: a face's attribute ``media`` says what it is
    from (without one, a face is a media of its own), and ``detector_score`` how sure the detector
    was. The score is the dot product of rows of unit length. A reference or probe of one face is a
    template of one image, so that any data set can be verified with it.

    Parameters
    ----------
    embedder, embedder_options, template, workers
        See `verification.visible.EmbeddingPipeline`.
    flip : {"sum", "concat", "none"}
        What is made of a crop's mirror image.
    detector_weight : bool
        Whether images are weighted by ``detector_score``, which every face then must have.
    keep_norm : bool
        Whether an image's features keep their length.
    name : str, optional
        As it appears in results; the embedder's name and ``-templates`` by default.

    Raises
    ------
    UnknownNameError
        Another `flip`.
    ConfigError, ContractError
        See `verification.visible.EmbeddingPipeline`.
    """

    def __init__(
        self,
        embedder: str | Mapping[str, Any] | Embedder,
        *,
        embedder_options: Mapping[str, Any] | None = None,
        template: str | Mapping[str, Any] | Template | None = None,
        flip: Flip = "sum",
        detector_weight: bool = True,
        keep_norm: bool = True,
        name: str | None = None,
        workers: int | None = None,
    ) -> None:
        if flip not in get_args(Flip):
            raise UnknownNameError("flip", str(flip), get_args(Flip))
        self._plain = EmbeddingPipeline(
            embedder,
            embedder_options=embedder_options,
            template=template,
            score="euclidean",  # rows as the network gives them, with their norm
            workers=workers,
        )
        self.template = self._plain.template
        self.name = name or f"{self._plain.name}-templates"
        self.flip, self.detector_weight, self.keep_norm = flip, detector_weight, keep_norm

    def features(self, crops: Iterable[Image]) -> Embeddings:
        """(N, D) float32, or (N, 2 D): the features of each crop, not of unit length."""
        if self.flip == "none":
            return self._plain.embed(crops)
        rows = self._plain.embed(_with_mirror(crops))
        if self.flip == "sum":
            return rows[::2] + rows[1::2]
        return np.hstack([rows[::2], rows[1::2]])

    def pool_faces(
        self, features: Embeddings, names: Sequence[str], faces: Sequence[Face]
    ) -> Embeddings:
        """(G, D): the templates of the features' faces, in order of first appearance.

        Raises
        ------
        ConfigError
            A face without detector score, where images are weighted by it.
        """
        media = [str(face.attributes.get("media", f"{face.id}, alone")) for face in faces]
        scores = [self._score(face) for face in faces] if self.detector_weight else None
        return self._pooled(features, names, media, scores)

    def enroll(self, crops: Iterable[Image], references: Sequence[str]) -> Embeddings:
        """(G, D): templates of crops of which nothing is known: each a media, of equal weight."""
        return self._pooled(self.features(crops), references, np.arange(len(references)))

    def probe(self, crops: Iterable[Image]) -> Embeddings:
        """(P, D): a template for each crop."""
        features = self.features(crops)
        alone = np.arange(len(features))
        return self._pooled(features, alone, alone)

    def _pooled(
        self,
        features: Embeddings,
        names: ArrayLike,
        media: ArrayLike,
        scores: Sequence[float] | None = None,
    ) -> Embeddings:
        return pool_templates(
            features, names, media, detector_scores=scores, keep_norm=self.keep_norm
        ).rows

    def _score(self, face: Face) -> float:
        score = face.attributes.get("detector_score")
        if not isinstance(score, int | float):
            raise ConfigError(
                f"pipeline {self.name!r} weights images by their detector score: face "
                f"{face.id!r} has none (detector_weight = false goes without)"
            )
        return float(score)

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """The embedder's provenance, and how images become templates."""
        return {
            **self._plain.provenance,
            "score": "cosine",
            "flip": self.flip,
            "detector_weight": int(self.detector_weight),
            "keep_norm": int(self.keep_norm),
        }

    def close(self) -> None:
        """Let go of what the embedder holds, such as worker processes."""
        self._plain.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


def _with_mirror(crops: Iterable[Image]) -> Iterator[Image]:
    for crop in crops:
        yield crop
        yield crop[:, ::-1]
