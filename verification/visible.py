"""The pipeline of an embedding network: visible faces, one vector each, compared directly."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from align_eval.alignment import Template
from align_eval.errors import ConfigError, ContractError
from align_eval.image import Image
from align_eval.interfaces import Embedder, Embeddings
from align_eval.templates import template as template_named
from verification._memo import Memo
from verification.embedders import EMBEDDERS
from verification.measures import checked, compare, pooled, unit


class EmbeddingPipeline:
    """Verifies faces by the embeddings of their crops; it keeps `SymmetricPipeline`.

    Parameters
    ----------
    embedder : str, mapping or Embedder
        A name in `verification.embedders.EMBEDDERS` or a dotted path; a table with ``name`` and
        the embedder's options; or an embedder that is ready for use.
    embedder_options : mapping, optional
        Options of the embedder, beside those in its table.
    template : str, mapping or Template, optional
        What crops are aligned to; the embedder's own by default.
    score : {"cosine", "euclidean"}, optional
        Cosine in [−1, 1], or −‖a − b‖ of the rows as the embedder gives them. The one that the
        embedder is made for by default.
    flip : bool
        A face's row is the average of the rows of its crop and of the crop's mirror image.
    name : str, optional
        As it appears in results; the embedder's name by default.
    workers : int, optional
        For embedders that take it.

    Raises
    ------
    ConfigError
        A template of another size than the embedder's, or an option that nothing takes.
    ContractError
        An embedder that does not keep the protocol.

    Examples
    --------
    >>> class MeanColour:
    ...     name, template, size = "mean-colour", "arcface112", (112, 112)
    ...     def embed(self, crops):
    ...         return np.array([c.mean(axis=(0, 1)) for c in crops], np.float32).reshape(-1, 3)
    >>> red = np.full((112, 112, 3), [255, 0, 0], np.uint8)
    >>> with EmbeddingPipeline(MeanColour()) as pipeline:
    ...     references = pipeline.enroll([red], ["Ann"])
    ...     probes = pipeline.probe([red, red[..., ::-1]])
    >>> (references @ probes.T).tolist()
    [[1.0, 0.0]]
    """

    def __init__(
        self,
        embedder: str | Mapping[str, Any] | Embedder,
        *,
        embedder_options: Mapping[str, Any] | None = None,
        template: str | Mapping[str, Any] | Template | None = None,
        score: str | None = None,
        flip: bool = False,
        name: str | None = None,
        workers: int | None = None,
    ) -> None:
        context = {} if workers is None else {"workers": workers}
        self.embedder = _built(embedder, dict(embedder_options or {}), context)
        self.template = _fitting(template, self.embedder)
        self.measure = checked(str(score or getattr(self.embedder, "score", "cosine")))
        self.flip = flip
        self.name = name or self.embedder.name
        self._memo = Memo(self.embedder)

    def embed(self, crops: Iterable[Image]) -> Embeddings:
        """(N, D) float32, a row for each crop: of unit length for the cosine, else raw.

        What the embedder gives for a crop is remembered while the pipeline is open.

        Raises
        ------
        ContractError
            The embedder gives something else than one finite row for each crop.
        """
        rows = self._memo.embed(_with_mirror(crops) if self.flip else crops)
        bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        if bad.size:
            raise ContractError(
                f"embedder {self.embedder.name!r} gave a row that is not finite, number {bad[0]}"
            )
        if self.flip:
            rows = (rows[::2] + rows[1::2]) * np.float32(0.5)
        return unit(rows) if self.measure == "cosine" else rows.astype(np.float32, copy=False)

    def pool(self, embeddings: Embeddings, references: Sequence[str]) -> Embeddings:
        """(G, D): the mean of each reference's rows (for the cosine, its direction).

        In order of first appearance; a reference of one face keeps its row to the bit.
        """
        return pooled(embeddings, references, self.measure)

    def enroll(self, crops: Iterable[Image], references: Sequence[str]) -> Embeddings:
        """(G, D): `embed`, then `pool`."""
        return self.pool(self.embed(crops), references)

    def probe(self, crops: Iterable[Image]) -> Embeddings:
        """(P, D): the same as `embed`."""
        return self.embed(crops)

    def score(self, references: Embeddings, probes: Embeddings) -> NDArray[np.float64]:
        """The score of each pair of rows, (T,); see `verification.measures.compare`.

        For the cosine it is the dot product, so that ``references @ probes.T`` serves as well.
        """
        return compare(references, probes, self.measure)

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """The embedder's provenance, and how its rows are used."""
        return {
            "embedder": self.embedder.name,
            "template": self.template.name,
            "score": self.measure,
            "flip": int(self.flip),
            **getattr(self.embedder, "provenance", {}),
        }

    def close(self) -> None:
        """Let go of what the embedder holds, such as worker processes."""
        close = getattr(self.embedder, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


def _built(
    embedder: str | Mapping[str, Any] | Embedder, options: dict[str, Any], context: dict[str, int]
) -> Embedder:
    if isinstance(embedder, Embedder):
        if options:
            raise ConfigError(f"embedder {embedder.name!r} is built already: it takes no options")
        return embedder
    if not isinstance(embedder, str | Mapping):
        raise ConfigError(f"an embedder is a name or a table with a name, got {embedder!r}")
    table = {"name": embedder} if isinstance(embedder, str) else dict(embedder)
    name = table.pop("name", None)
    if not isinstance(name, str):
        raise ConfigError(f"an embedder's table wants a name, got {', '.join(table) or 'nothing'}")
    twice = sorted(set(table) & set(options))
    if twice:
        raise ConfigError(f"embedder {name!r}: option {twice[0]!r} is given twice")
    made = EMBEDDERS.build(name, {**table, **options}, **context)
    if not isinstance(made, Embedder):
        raise ContractError(f"embedder {name!r} lacks one of: name, template, size, embed")
    return made


def _fitting(template: str | Mapping[str, Any] | Template | None, embedder: Embedder) -> Template:
    wanted = embedder.template if template is None else template
    found = wanted if isinstance(wanted, Template) else template_named(wanted)
    if tuple(found.size) != tuple(embedder.size):
        raise ConfigError(
            f"template {found.name!r} makes crops of {found.size[0]} × {found.size[1]}, and "
            f"embedder {embedder.name!r} wants {embedder.size[0]} × {embedder.size[1]}"
        )
    return found


def _with_mirror(crops: Iterable[Image]) -> Iterator[Image]:
    for crop in crops:
        yield crop
        yield crop[:, ::-1]
