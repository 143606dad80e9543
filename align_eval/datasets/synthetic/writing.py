"""A synthetic set as files that anyone can use: images, masks, landmarks, a manifest.

::

    visible/s003_0_NN.png        RGB
    thermal/s003_0_NN.png        16-bit gray: centikelvin
    thermal_8bit/s003_0_NN.png   the same between its own 0.5th and 99.7th percentiles
    masks/s003_0_NN_vis.png      the part that each pixel shows (`mesh.Part`), 255 for none
    landmarks/s003_0_NN_vis.pts  300-W's form, counted from 1
    manifest.csv                 what `align_eval.datasets.manifest` reads, counted from 0
    parameters.jsonl             for each image, every parameter and the whole truth
    recipe.json                  the parameters of the set, and the generator's version
"""

import csv
from pathlib import Path

from align_eval.datasets.synthetic._shelf import Progress, Record, records_of, shelve
from align_eval.datasets.synthetic.recipe import Recipe
from align_eval.errors import DataError

_COLUMNS = (
    *("image", "subject", "id", "modality", "box", "landmarks", "variation", "session", "pair"),
    *("range", "yaw", "pitch", "roll", "occluded"),
)


def write(
    out: str | Path, recipe: Recipe, *, workers: int = 1, progress: Progress | None = None
) -> Path:
    """Write a set into a new folder, which appears when it is complete.

    Parameters
    ----------
    out : str or Path
        The folder; it must not exist, or be empty.
    recipe : Recipe
        The set; see `recipe.recipe_of`.
    workers : int
        Processes. Their number changes no byte. Memory does not grow with the number of subjects.
    progress : callable, optional
        Called with subjects done, and in all.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DataError
        The folder is not empty, or cannot be written.
    """
    target = Path(out).expanduser()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataError(f"{out}: synthetic faces want a new or empty folder")

    def finish(folder: Path) -> None:
        _describe(recipe, folder)

    shelve(recipe, target, workers, eight_bit=True, finish=finish, progress=progress)
    return target


def _describe(recipe: Recipe, folder: Path) -> None:
    (folder / "landmarks").mkdir()
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _COLUMNS)
        table.writeheader()
        for record in records_of(folder):
            points = [(float(x), float(y)) for x, y in record.truth["landmarks"]]
            (folder / "landmarks" / f"{record.id}.pts").write_text(_pts(points), encoding="ascii")
            table.writerow(_row(recipe, record, points))


def _row(recipe: Recipe, record: Record, points: list[tuple[float, float]]) -> dict[str, object]:
    shot = record.truth["shot"]
    return {
        "image": record.image,
        "subject": f"s{shot['subject']:03d}",
        "id": record.id,
        "modality": record.spectrum,
        "box": " ".join(map(repr, record.truth["box"])),
        "landmarks": " ".join(repr(value) for point in points for value in point),
        "pair": record.pair,
        "range": recipe.range_name,
        "occluded": record.truth["occluded"],
        **{name: shot[name] for name in ("variation", "session", "yaw", "pitch", "roll")},
    }


def _pts(points: list[tuple[float, float]]) -> str:
    """300-W's form, whose first pixel's centre is at 1.

    >>> print(_pts([(0.0, 0.5)]), end="")
    version: 1
    n_points: 1
    {
    1.0 1.5
    }
    """
    lines = "".join(f"{x + 1!r} {y + 1!r}\n" for x, y in points)
    return f"version: 1\nn_points: {len(points)}\n{{\n{lines}}}\n"
