"""A small manifest data set on disk with its study, for tests that run whole studies."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from align_eval import app
from align_eval.cli import main
from align_eval.result import Key
from align_eval.study import Study
from align_eval.templates import template

POINTS = template("arcface112").landmarks.points
BOX = "10 20 90 90"


def drawing(subject, shot):
    """112 × 112 RGB: coloured blocks that are the subject's, with the shot's noise."""
    blocks = np.random.default_rng([subject, 1]).integers(40, 200, (7, 7, 3))
    noise = np.random.default_rng([subject, shot]).normal(0, 6, (112, 112, 3))
    image = np.kron(blocks, np.ones((16, 16, 1))) + noise
    return np.clip(image, 0, 255).astype(np.uint8)


def written(path, rgb, *options):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), rgb[..., ::-1] if rgb.ndim == 3 else rgb, list(options))
    return path


@dataclass
class World:
    """A manifest of 4 people × 3 shots (12 genuine and 54 impostor trials) and its study."""

    root: Path
    network: str
    subjects: int = 4
    shots: int = 3
    rows: list = field(default_factory=list)

    def __post_init__(self):
        for i in range(self.subjects):
            for j in range(self.shots):
                path = written(self.root / "data" / f"{i}_{j}.png", drawing(i, j))
                marks = " ".join(map(str, POINTS.ravel()))
                self.rows.append(
                    {"image": path.name, "subject": f"p{i}", "box": BOX, "landmarks": marks}
                )

    def row(self, image):
        return next(row for row in self.rows if row["image"] == image)

    def config(self, **changes):
        with (self.root / "data" / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(self.rows[0]))
            table.writeheader()
            table.writerows(self.rows)
        data = {
            "name": "faces",
            "model": "manifest",
            "root": str(self.root / "data"),
            "scheme": "five",
        }
        network = {"name": "onnx", "path": self.network}
        return {
            "name": "bad",
            "baseline": "ground_truth",
            "metrics": ["EER", "TAR@FAR=1e-1"],
            "resamples": 20,
            "samples": 2,
            "datasets": [data],
            "aligners": ["ground_truth", "box"],
            "pipelines": [{"name": "blocks", "model": "embedding", "embedder": network}],
            **changes,
        }

    def run(self, *, out="run", formats=(), **changes):
        study = Study.from_config(self.config(**changes))
        return app.run(study, self.root / out, workers=1, formats=formats)

    def refused(self, capsys, *arguments, **changes):
        """The one line that the command line says, having ended with 2."""
        import tomli_w

        path = self.root / "study.toml"
        path.write_text(tomli_w.dumps(self.config(**changes)), encoding="utf-8")
        given = ["run", str(path), "--out", str(self.root / "refused"), "--format", ""]
        return said(capsys, *given, *arguments)


def said(capsys, *arguments):
    assert main(arguments) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "faces: " not in line]
    assert len(told) == 1, told
    return told[0]


def cell(result, aligner, column, metric="EER", policy="reject"):
    rows = result.rows
    chosen = (rows["aligner"] == aligner) & (rows["metric"] == metric) & (rows["policy"] == policy)
    return rows.loc[chosen, column].item()


def failed_trials(result, aligner):
    return int(result.scores[Key("faces", "blocks", aligner)].failed.sum())


def all_counted(result, aligners=("ground_truth", "box")):
    """The denominators: nothing left out, whatever failed."""
    counts = result.rows[["n_genuine", "n_impostor", "n_subjects", "n_faces"]].drop_duplicates()
    assert counts.to_numpy().tolist() == [[12, 54, 4, 12]]
    for aligner in aligners:
        fta = cell(result, aligner, "fta")
        # k failed faces of 12 leave (12 − k)(11 − k)/2 of 66 pairs.
        assert failed_trials(result, aligner) == 66 - (12 - fta) * (11 - fta) // 2
