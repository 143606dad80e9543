"""insightface's ``.bin`` files: lfw, cfp_fp, agedb_30, calfw, cplfw, … as pairs of aligned crops.

A file is a pickle of two lists: 2N encoded images and N booleans; images 2i and 2i + 1 are a pair,
and the i-th boolean says whether it shows one person. Images are bytes, or the arrays of bytes
that ``cv2.imencode`` gives. It is read without running anything
(`align_eval.datasets._restricted_pickle`). Source: ``src/data/lfw2pack.py``, ``cfp2pack.py``,
``agedb2pack2.py``, ``recognition/common/build_eval_pack.py`` and ``eval/verification.py`` of
github.com/deepinsight/insightface.

**The images are aligned already**: they are crops in ArcFace's layout, 112 × 112, and nothing of
the photograph around them is left. Their true landmarks are therefore the template's own points,
the same for every image: `ground_truth` takes the crops as they are, and what moves it
(`perturbed`, a sensitivity study) is measured exactly. Any other aligner finds its points in a crop
that was turned, scaled and cut to another aligner's points before; it may be run, and what it does
to that crop is measured, but the figure is not what it would do to a photograph. Every face says so
in its attribute ``aligned``, and the data set's `problems`, which every report prints, say it in
words.

**Whose the faces are is not in the file.** The two images of a genuine pair are of one person, and
images that are equal byte by byte are one image; people are joined as far as these two facts lead.
All other images count as different people, which they need not be: one person's pairs are several
people's here. Intervals resample these people, that is, mostly pairs, and are narrower than those
over the true people would be.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

from align_eval.alignment import Template
from align_eval.dataset import Dataset, Trials
from align_eval.datasets._encoded import EncodedImage
from align_eval.datasets._files import inside, root_folder
from align_eval.datasets._linked import Linked
from align_eval.datasets._pairs import Published, protocol_inventory
from align_eval.datasets._restricted_pickle import Array, read_pickle
from align_eval.datasets.inventory import Inventory
from align_eval.errors import ConfigError, DataError, ImageError
from align_eval.faces import Face, Modality
from align_eval.templates import template as template_named

LAYOUT = """\
ROOT/NAME.bin   a pickle of [2N encoded images] and [N booleans], as insightface gives out:
                lfw.bin, cfp_fp.bin, cfp_ff.bin, agedb_30.bin, calfw.bin, cplfw.bin, vgg2_fp.bin
Several files want the option file. The images are aligned crops (ArcFace, 112 x 112): only
ground_truth and perturbations of it are measured as they would be on a photograph. Whose the
faces are is not in the file: intervals cluster by pairs and by what equal images join."""

_PAIRS = {
    "lfw.bin": 6000,
    "cfp_fp.bin": 7000,
    "cfp_ff.bin": 7000,
    "agedb_30.bin": 6000,
    "calfw.bin": 6000,
    "cplfw.bin": 6000,
    "vgg2_fp.bin": 5000,
}
_MOST_BYTES = 1 << 32


class _Crop(NamedTuple):
    """A distinct image: its face's id, and its bytes."""

    id: str
    data: bytes


def load(root: str, file: str = "", template: str = "", folds: int = 10) -> Dataset:
    """The crops of a ``.bin`` file, and its pairs.

    Parameters
    ----------
    root : str
        The folder that holds the file.
    file : str, optional
        Its name; may be left out where there is one ``.bin`` file only.
    template : str, optional
        The template that the crops are aligned to; by default ArcFace's layout in their size,
        which must then be a multiple of 112 or 128.
    folds : int
        Into how many equal runs of pairs the list is divided, as insightface does; 0 for none.

    Returns
    -------
    Dataset
        Face ids are the numbers of the images in the file, from 0; equal images are one face.
        The truth is the template's points. What `problems` say holds of the whole file, but for
        pairs whose label contradicts others'.

    Raises
    ------
    DataError
        No root or file, a file that is no such pickle or holds anything else, or images of a size
        that is not the template's.
    ConfigError
        A number of folds that the pairs do not fill.
    """
    path = _bin_file(root_folder(root, "insightface_bin"), file)
    images, same = _read(path)
    known = _template_of(path, images, template)
    crops, first, second, odd = _crops(images, same)
    people = _people(crops, first, second, same)
    faces = tuple(
        Face(
            crop.id,
            people[crop.id],
            Modality.VISIBLE,
            EncodedImage(crop.data, f"{path.name}, image {crop.id}", known.size),
            # The digest lets a resumed run notice another image of the same number.
            attributes={"aligned": known.name, "sha256": sha256(crop.data).hexdigest()[:16]},
        )
        for crop in crops
    )
    trials = Trials.pairs(
        [crops[i].id for i in first],
        [crops[i].id for i in second],
        people,
        _folds(len(same), folds),
    )
    truth = {face.id: known.landmarks for face in faces}
    problems = (*_notes(path.name, known.name), *((path.name, why) for why in odd))
    return Dataset("insightface_bin", faces, trials, truth, problems=problems)


def inventory(root: str, file: str = "", template: str = "", folds: int = 10) -> Inventory:
    """What a ``.bin`` file holds; see `load`.

    What holds of every such file is in the layout and is no problem here.
    """
    path = _bin_file(root_folder(root, "insightface_bin"), file)
    dataset = load(root, file, template, folds)
    pairs = _PAIRS.get(path.name)
    published = None if pairs is None else Published(10, pairs // 20)
    found = protocol_inventory(dataset, LAYOUT, published)
    general = _notes(path.name, str(dataset.faces[0].attributes["aligned"]))
    problems = tuple(problem for problem in found.problems if problem not in general)
    return Inventory(found.layout, found.counts, problems)


def _bin_file(folder: Path, file: str) -> Path:
    if file:
        path = inside(folder, file, "option file")
        if not path.is_file():
            raise DataError(f"data set 'insightface_bin': the file {file!r} is not in {folder}")
        return path
    there = sorted(folder.glob("*.bin"))
    if len(there) != 1:
        found = ", ".join(path.name for path in there) or "none"
        raise DataError(
            f"data set 'insightface_bin' wants one .bin file in {folder}, found {found}: name it "
            "with the option file"
        )
    return inside(folder, there[0].name, "data set 'insightface_bin'")


def _read(path: Path) -> tuple[list[bytes], list[bool]]:
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise DataError(f"{path.name}: {size:,} bytes; at most {_MOST_BYTES:,} are read")
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    made = read_pickle(data, path.name)
    if not isinstance(made, list | tuple) or len(made) != 2:
        raise DataError(f"{path.name}: wants two lists, images and labels; got {_kind(made)}")
    images, labels = made
    if not isinstance(images, list | tuple) or not isinstance(labels, list | tuple | Array):
        raise DataError(
            f"{path.name}: wants two lists, images and labels; got {_kind(images)} and "
            f"{_kind(labels)}"
        )
    if isinstance(labels, Array):
        labels = list(labels.data) if labels.kind == "b1" else [None]
    if not labels or len(images) != 2 * len(labels):
        raise DataError(
            f"{path.name}: wants two images for each label, and at least one; got {len(images)} "
            f"images and {len(labels)} labels"
        )
    return (
        [_image(path.name, i, image) for i, image in enumerate(images)],
        [_label(path.name, i, label) for i, label in enumerate(labels)],
    )


def _image(name: str, number: int, image: object) -> bytes:
    if isinstance(image, Array) and image.kind == "u1":
        image = image.data
    if not isinstance(image, bytes):
        raise DataError(f"{name}, image {number}: wants the bytes of an image, got {_kind(image)}")
    return image


def _label(name: str, number: int, label: object) -> bool:
    if not isinstance(label, int) or label not in (0, 1):
        raise DataError(f"{name}, label {number}: wants True or False, got {_kind(label)}")
    return bool(label)


def _kind(value: object) -> str:
    kinds = {list: "a list", tuple: "a tuple", bytes: "bytes", str: "text", Array: "an array"}
    if isinstance(value, int) and not isinstance(value, bool):
        return f"the number {value}"
    return kinds.get(type(value), "something else")


def _crops(
    images: Sequence[bytes], same: Sequence[bool]
) -> tuple[list[_Crop], list[int], list[int], list[str]]:
    """The distinct images, each pair as two of them, and what is odd about pairs.

    A label is kept as it stands. Where equal images make it impossible (two people's pair that
    other pairs, or its own two images, make one person's), its images are taken as others than
    those that they equal.
    """
    seen: dict[bytes, int] = {}
    for slot, image in enumerate(images):
        seen.setdefault(image, slot)
    place = {slot: number for number, slot in enumerate(seen.values())}
    index = [place[seen[image]] for image in images]
    digits = len(str(len(images) - 1))
    crops = [_Crop(f"{slot:0{digits}d}", image) for image, slot in seen.items()]
    first, second, odd = index[::2], index[1::2], list[str]()
    people = Linked(
        len(crops), (p for p, one in zip(zip(first, second, strict=True), same, strict=True) if one)
    )
    for i, one in enumerate(same):
        if one == people.joined(first[i], second[i]) and first[i] != second[i]:
            continue
        slots = (2 * i + 1,) if one else (2 * i, 2 * i + 1)
        for slot in slots:
            crops.append(_Crop(f"{slot:0{digits}d}-apart", images[slot]))
        if one:
            second[i] = len(crops) - 1
            odd.append(f"pair {i}: its two images are equal")
        else:
            first[i], second[i] = len(crops) - 2, len(crops) - 1
            odd.append(
                f"pair {i} is labelled as two people, but equal images make it one person's: the "
                "label is kept"
            )
    return crops, first, second, odd


def _people(
    crops: Sequence[_Crop], first: Sequence[int], second: Sequence[int], same: Sequence[bool]
) -> dict[str, str]:
    """Face id → person, who is named after the first of the images."""
    joined = [pair for *pair, one in zip(first, second, same, strict=True) if one]
    people = Linked(len(crops), ((a, b) for a, b in joined))
    return {crop.id: f"person of {crops[people.first_of(i)].id}" for i, crop in enumerate(crops)}


def _template_of(path: Path, images: Sequence[bytes], name: str) -> Template:
    """The template that the crops are aligned to, by the size of the first that can be read."""
    for image in images:
        try:
            height, width = EncodedImage(image, path.name)().shape[:2]
        except ImageError:
            continue
        break
    else:
        raise DataError(f"{path.name}: none of its {len(images)} images can be read")
    if not name and (width != height or (width % 112 and width % 128)):
        raise DataError(
            f"{path.name}: images of {width} × {height} pixels are in no layout of ArcFace's: name "
            "their template with the option template"
        )
    known = template_named(name or f"arcface{width}")
    if known.size != (width, height):
        raise DataError(
            f"{path.name}: images of {width} × {height} pixels; the template {known.name!r} is "
            f"{known.size[0]} × {known.size[1]}"
        )
    return known


def _folds(pairs: int, folds: int) -> list[int] | None:
    """Runs of pairs that differ by one at most, the longer ones first."""
    if not folds:
        return None
    if not 2 <= folds <= pairs:
        raise ConfigError(
            f"data set 'insightface_bin': {pairs} pairs cannot be divided into {folds} folds: the "
            "option folds wants 0, or 2 to their number"
        )
    runs = np.array_split(np.arange(pairs), folds)
    return [number for number, run in enumerate(runs) for _ in run]


def _notes(file: str, aligned: str) -> tuple[tuple[str, str], ...]:
    """What holds of every such file, and a reader of figures must know."""
    return (
        (
            file,
            f"the images are crops aligned to {aligned} already: ground_truth and what moves it "
            "are measured as on photographs; any other aligner sees a crop of a crop",
        ),
        (
            file,
            "whose the faces are is not in the file: intervals cluster by pairs and by what equal "
            "images join, and are too narrow where one person has several pairs",
        ),
    )
