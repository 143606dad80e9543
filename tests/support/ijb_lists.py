"""A small IJB in the published formats, and the published evaluation of it read loop by loop."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from worlds import POINTS, drawing, written


@dataclass
class Ijb:
    """`subjects` people: one gallery template each, in galleries by turns, and two probe templates.

    A template has a photograph, and a film of two frames; the last probe of each is a photograph.
    """

    root: Path
    subset: str = "IJBC"
    subjects: int = 4
    csv: bool = True
    seed: int = 0
    rows: list = field(default_factory=list)  # name, template, media
    points: list = field(default_factory=list)
    owner: dict = field(default_factory=dict)
    pairs: list = field(default_factory=list)

    def __post_init__(self):
        rng = np.random.default_rng(self.seed)
        self.galleries, self.probes = ([], []), []
        for person in range(self.subjects):
            for kind in range(3):
                template = 1 + len(self.owner)
                self.owner[template] = 100 + person
                (self.probes if kind else self.galleries[person % 2]).append(template)
                for media in [70] if kind == 2 else [70, 71, 71]:
                    self._add(rng, person, template, media + 10 * template)
        for reference in sorted([*self.galleries[0], *self.galleries[1]]):
            for probe in self.probes:
                self.pairs.append((reference, probe, int(self._same(reference, probe))))

    def _same(self, one, other):
        return self.owner[one] == self.owner[other]

    def _add(self, rng, person, template, media):
        name = f"{1 + len(self.rows)}.jpg"
        written(self.folder / "loose_crop" / name, drawing(person, len(self.rows)))
        self.rows.append((name, template, media))
        moved = POINTS + rng.normal(0, 1.5, (5, 2))
        self.points.append((name, *moved.ravel(), rng.uniform(0.2, 1)))

    @property
    def folder(self):
        return self.root / self.subset

    def path(self, name):
        return self.folder / "meta" / f"{self.subset.lower()}_{name}"

    def write(self):
        """Write every list, and return the root."""
        (self.folder / "meta").mkdir(parents=True, exist_ok=True)
        texts = {
            "face_tid_mid.txt": [" ".join(map(str, row)) for row in self.rows],
            "name_5pts_score.txt": [
                " ".join([name, *(f"{value:.3f}" for value in values)])
                for name, *values in self.points
            ],
            "template_pair_label.txt": [" ".join(map(str, pair)) for pair in self.pairs],
        }
        if self.csv:
            first, second = {"IJBB": ("S1", "S2"), "IJBC": ("G1", "G2")}[self.subset]
            for name, templates in (
                (f"1N_gallery_{first}.csv", self.galleries[0]),
                (f"1N_gallery_{second}.csv", self.galleries[1]),
                ("1N_probe_mixed.csv", self.probes),
            ):
                texts[name] = [
                    "TEMPLATE_ID,SUBJECT_ID,FILENAME,SIGHTING_ID,FACE_X",
                    *(
                        f"{template},{self.owner[template]},img/{image},{media},1.5"
                        for image, template, media in self.rows
                        if template in templates
                    ),
                ]
        for name, lines in texts.items():
            self.path(name).write_text("".join(f"{line}\n" for line in lines))
        return str(self.root)


def published_features(one, mirrored, *, n1, d1, flip, detector):
    """What becomes of the features of an image; flip is F0, "add" or "concat"."""
    features = {"F0": one, "add": one + mirrored, "concat": np.concatenate([one, mirrored])}[flip]
    if not n1:
        features = features / np.sqrt(np.sum(features**2))
    return features * detector if d1 else features


def published_templates(features, templates, medias):
    """template → its row, template by template and media by media."""
    rows = {}
    for template in sorted(set(templates)):
        of_media = {}
        for row, own, media in zip(features, templates, medias, strict=True):
            if own == template:
                of_media.setdefault(media, []).append(row)
        total = np.zeros(features.shape[1])
        for frames in of_media.values():
            total = total + np.mean(frames, axis=0)
        rows[template] = total / np.sqrt(np.sum(total**2))
    return rows


def published_scores(rows, pairs):
    """The score of each template pair, one by one."""
    return np.array([np.sum(rows[first] * rows[second]) for first, second, *_ in pairs])


def write(root):
    """A small IJB-C; image → its five points."""
    made = Ijb(root)
    made.write()
    return {name: np.array(values[:10]).reshape(5, 2) for name, *values in made.points}
