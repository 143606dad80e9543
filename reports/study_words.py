"""What the study says of itself, in words; every key may be missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

from reports.formatting import count, percent

_TEXTS = {
    "reject": "a trial with a face that was not acquired counts as rejected: it stays in both "
    "denominators",
    "exclude": "only trials on which every compared aligner succeeded are counted",
}
_NAMING = ("name", "model")
PERTURBED = "perturbed"
_ROLES = {"training": "training faces", "gallery": "gallery", "probes": "probes"}
_AUTO = {
    "where trials compare two modalities": "probes",
    "where they compare one": "same",
}


@dataclass(frozen=True)
class StudyWords:
    """A view of `align_eval.result.Result.study`.

    Parameters
    ----------
    study : mapping
        The study as it was run.
    """

    study: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A key's value as text, or ""."""
        value = self.study.get(key)
        return "" if value is None else str(value).strip()

    @property
    def title(self) -> str:
        """The title, else the name."""
        return self.text("title") or self.text("name") or "Aligners compared"

    @property
    def baseline(self) -> str:
        """The baseline's name, or ""."""
        return self.text("baseline")

    @property
    def confidence(self) -> float:
        """Of the intervals; 0.95 unless the study says otherwise."""
        return float(self.study.get("confidence", 0.95))

    @property
    def error_limit(self) -> float:
        """The limit t of AUC_t and the failure rate; 0.08 unless the study says otherwise."""
        return float(self.study.get("error_limit", 0.08))

    @property
    def jitter(self) -> float:
        """By which fraction the data set's boxes are moved at most; 0 for other boxes."""
        boxes = next(iter(self.tables("boxes")), {})
        own = boxes.get("model", boxes.get("name")) == "dataset"
        return float(boxes.get("jitter", 0)) if own else 0.0

    @property
    def perturbed(self) -> dict[str, float]:
        """Aligners that are the truth moved at random: by which fraction of the eye distance.

        >>> moved = {"name": "jitter5", "model": "perturbed", "sigma": 0.05}
        >>> StudyWords({"aligners": ["box", moved]}).perturbed
        {'jitter5': 0.05}
        """
        return {
            str(table.get("name", PERTURBED)): float(table.get("sigma", nan))
            for table in self.tables("aligners")
            if table.get("model", table.get("name")) == PERTURBED
        }

    @property
    def roles(self) -> list[str]:
        """Who aligned the training faces, the gallery and the probes: one line each.

        A result without the key comes from a time when every aligner aligned all three.
        """
        given = self.study.get("roles", "same")
        if not self.tables("pipelines"):
            return []
        if isinstance(given, Mapping):
            return [f"{_ROLES.get(key, key)}: {self._who(who)}" for key, who in given.items()]
        if given == "auto":
            either = [f"{when}, {self._share(how)}" for when, how in _AUTO.items()]
            return [text[0].upper() + text[1:] for text in either]
        return [self._share(str(given))]

    def _share(self, how: str) -> str:
        if how == "same":
            return "training faces, gallery and probes all by the aligner under test"
        if how == "probes":
            fixed = self._who("baseline")
            return f"training faces and gallery by {fixed}, probes by the aligner under test"
        return how

    def _who(self, name: object) -> str:
        known = {"tested": "the aligner under test", "baseline": f"{self.baseline}, the baseline"}
        return known.get(str(name), str(name))

    def tables(self, key: str) -> list[Mapping[str, Any]]:
        """The tables of a key such as ``aligners``; a bare name is a table with that name.

        >>> StudyWords({"aligners": ["box", {"name": "a", "model": "onnx"}]}).tables("aligners")
        [{'name': 'box'}, {'name': 'a', 'model': 'onnx'}]
        """
        value = self.study.get(key)
        items = value if isinstance(value, list | tuple) else [] if value is None else [value]
        return [item if isinstance(item, Mapping) else {"name": str(item)} for item in items]

    def score_name(self, pipeline: str) -> str:
        """What a pipeline's score is called.

        >>> StudyWords({"pipelines": [{"name": "p", "score": "cosine"}]}).score_name("p")
        'cosine score'
        """
        for table in self.tables("pipelines"):
            if table.get("name") == pipeline and table.get("score"):
                return f"{table['score']} score"
        return "score"

    def compared(self) -> list[tuple[str, list[str]]]:
        """Aligners, pipelines, the source of boxes, and roles: (term, one line each)."""
        named = (("Aligners", "aligners"), ("Pipelines", "pipelines"), ("Boxes", "boxes"))
        found = [(term, [describe(t) for t in self.tables(key)]) for term, key in named]
        detector = [describe(table) for table in self.tables("detector")]
        found += [("Detector", detector), ("Who aligned what", self.roles)]
        return [(term, lines) for term, lines in found if lines]

    def rules(self, policies: Iterable[str]) -> list[tuple[str, list[str]]]:
        """The rules of the comparison: (term, one line each); without policies, of alignment."""
        found = [("Baseline", [self.baseline])] if self.baseline else []
        if fit := self.text("estimator"):
            end = {"target": "template", "source": "image"}.get(self.text("minimise"), "")
            squares = not any(word in fit for word in ("huber", "trimmed"))
            words = f"{fit}, least squares in {end} pixels" if end and squares else fit
            found.append(("Alignment", [words]))
        if jitter := self.jitter:
            moved = f"the data set's, moved by up to {percent(jitter)}"
            how = "width, height and centre of each, at random, in fractions of width and height"
            found.append(("Face boxes", [f"{moved}: {how}"]))
        seed = [("Seed", [self.text("seed")])] if self.text("seed") else []
        names = list(policies)
        if not names:
            return found + (seed if jitter else [])
        lines = [f"{name}: {_TEXTS[name]}" if name in _TEXTS else name for name in names]
        found.append(("Failures to acquire", lines))
        found.append(("Intervals", [self._bootstrap()]))
        return found + seed

    def _bootstrap(self) -> str:
        resamples = self.study.get("resamples")
        times = f"{count(resamples)} resamples" if resamples else "resamples"
        return (
            f"{percent(self.confidence)}, bootstrap over subjects ({times}; an impostor trial "
            "carries the weights of both of its subjects), paired across aligners; p is "
            "two-sided, after Holm over the aligners of one table"
        )


def describe(table: Mapping[str, Any]) -> str:
    """One part of a study in a line: its name, what it is made from, its options.

    >>> describe({"name": "ghost", "model": "onnx", "flip": True, "size": [112, 112]})
    'ghost: onnx, flip = true, size = 112, 112'
    """
    name, model = str(table.get("name", "")), str(table.get("model", ""))
    parts = [model] if model and model != name else []
    parts += [f"{key} = {plain(v)}" for key, v in table.items() if key not in _NAMING]
    return ": ".join(part for part in (name, ", ".join(parts)) if part)


def plain(value: Any) -> str:
    """A study's or provenance's value in one line.

    >>> plain({"a": [1, 2], "b": None, "c": False})
    'a = 1, 2; b = none; c = false'
    """
    if isinstance(value, Mapping):
        return "; ".join(f"{key} = {plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value)
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return f"{value:.6g}" if isinstance(value, float) else str(value)
