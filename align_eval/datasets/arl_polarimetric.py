"""ARL's polarimetric thermal faces: visible and thermal at three ranges, baseline and expression.

Volume 1 has 60 people, with 16 images at each range (2.5, 5 and 7.5 m) and state of polarisation:
S0 is the conventional thermal image, S1 and S2 are Stokes images, DP the degree of linear
polarisation. Visible images have an eye distance of 87 pixels. Volume 2 adds 51 people at the
first range; how its files are named is not public, so they come in by a table (option `index`).
No landmarks are part of the set: they come in by that table, too.

Protocols. Each subject's visible baseline images are enrolled together and probed with thermal
ones: all (``overall``), those with expression, or those of a range, as Hu et al. report them.
``protocol1`` and ``protocol2`` train on 30 of 60 and 85 of 111 subjects, in five random folds
(Poster et al.). The folds that the papers drew were not published: these are drawn from the seed.

Sources: Hu et al., *A Polarimetric Thermal Database for Face Recognition Research*, CVPRW 2016.
Poster et al., *An Examination of Deep-Learning Based Landmark Detection Methods on Thermal Face
Imagery*, CVPRW 2019. Names of files and folders: the documentation of bob.db.pola_thermal, Idiap.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from align_eval.dataset import Dataset, Trials
from align_eval.datasets import manifest
from align_eval.datasets._files import IMAGE_SUFFIXES, image_problems, inside, root_folder
from align_eval.datasets._thermal import (
    RANGE,
    UNIT,
    against_gallery,
    chosen_folds,
    divided,
    of_modality,
    radiometric,
)
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.image import ImageFile

LAYOUT = """\
ROOT/Visible/IOD87_B/A01_IOD87_B_VI_f01.png    subject, eye distance, B baseline, visible, frame
ROOT/Visible/IOD87_E/A01_IOD87_E_VI_f01.png    E expression
ROOT/Polarimetric/A01_R1_B_S0_f01.png          subject, range R1 to R3, B or E, S0, S1, S2 or DP
Names count, folders do not. Volume 1: 60 people × 16 visible images of 87 pixels and 48 thermal
ones of a polarisation. Files of other names want a table, index = FILE below ROOT (CSV or
Parquet), with the columns of data set 'manifest' (image, subject, modality, landmarks, box) and
with condition (B or E) and, of thermal images, range (R1, R2, R3) and polarization (S0, S1, S2,
DP)."""

PROTOCOLS = ("protocol1", "protocol2", "thermal_to_visible", "none")
PROBES = ("overall", "expression", "R1", "R2", "R3")
POLARIZATIONS = ("S0", "S1", "S2", "DP")
_VISIBLE = re.compile(r"(?P<subject>[A-Z]\d+)_IOD(?P<eyes>\d+)_(?P<condition>[BE])_VI_f\d+")
_THERMAL = re.compile(
    r"(?P<subject>[A-Z]\d+)_(?P<range>R[123])_(?P<condition>[BE])_(?P<polarization>S[012]|DP)_f\d+"
)


def load(
    root: str,
    index: str = "",
    scheme: str = "",
    protocol: str = "protocol1",
    probes: str = "overall",
    polarization: str = "S0",
    eye_distance: int = 87,
    seed: int = 0,
    unit: UNIT = "",
    range: RANGE = "",  # noqa: A002  the word for it, as studies write it
) -> Dataset:
    """The visible images and the thermal ones of a polarisation, and a protocol's trials.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    index : str, optional
        A table below the root that names the images; without it the files' names do.
    scheme : str, optional
        What the landmarks of the table are.
    protocol : str
        ``protocol1:0`` (a fold), ``protocol1`` (all five, cross-validated), likewise
        ``protocol2``; ``thermal_to_visible`` (everybody is tested) or ``none``.
    probes : {"overall", "expression", "R1", "R2", "R3"}
        Which thermal images the gallery is probed with.
    polarization : {"S0", "S1", "S2", "DP"}
        Which thermal images are loaded.
    eye_distance : int
        Of the visible images that files' names give, in pixels.
    seed : int
        Draws the folds.
    unit, range : str or two numbers
        How thermal frames of 16 bits become 8; see `align_eval.radiometry.Radiometric`.

    Returns
    -------
    Dataset
        Ids are files' names without suffix (with a table: its ids); attributes ``condition``,
        ``range``, ``polarization`` and, for one fold, ``split``. Files of other names are in
        `problems`.

    Raises
    ------
    DataError
        No root, no images, a malformed table, or no faces to compare.
    ConfigError
        A fold that there is not, or an unknown name.
    """
    folder = root_folder(root, "arl_polarimetric")
    _one_of("probes", probes, PROBES)
    _one_of("polarization", polarization, POLARIZATIONS)
    if index:
        named = manifest.load(root, index, scheme, trials="none")
        faces, truth, problems = _checked(named, index), named.truth, named.problems
    else:
        faces, problems, truth = *_by_name(folder, eye_distance), {}
    faces = tuple(
        f for f in faces if f.attributes.get("polarization", polarization) == polarization
    )
    subjects = sorted({face.subject for face in faces})
    folds = chosen_folds("arl_polarimetric", protocol, PROTOCOLS, subjects, seed)
    compare = partial(_trials, protocol=protocol, probes=probes)
    windows = radiometric(faces, unit, range)
    kept = {face.id: truth[face.id] for face in faces if face.id in truth}
    return divided("arl_polarimetric", windows, kept, problems, folds, compare)


def inventory(root: str, **options: Any) -> Inventory:
    """What there is, beside what Volume 1 has; a table may name more.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    **options
        As for `load`; trials are not made.

    Raises
    ------
    DataError
        See `load`.
    """
    found = load(root, **{**options, "protocol": "none"})
    volume1 = {"faces": 60 * (16 + 48), "subjects": 60}
    return inventory_of(found, LAYOUT, {} if options.get("index") else volume1)


def _one_of(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise UnknownNameError(f"{what} of data set 'arl_polarimetric'", given, known)


def _by_name(folder: Path, eyes: int) -> tuple[tuple[Face, ...], tuple[tuple[str, str], ...]]:
    """The faces whose names can be read, and the images whose names cannot."""
    faces: list[Face] = []
    odd: list[tuple[str, str]] = []
    for relative in _images(folder):
        visible, thermal = (form.fullmatch(relative.stem) for form in (_VISIBLE, _THERMAL))
        name = visible or thermal
        if name is None:
            odd.append((relative.as_posix(), "no image's name of this data set; it is left out"))
        elif thermal or int(name["eyes"]) == eyes:
            path = inside(folder, relative, "arl_polarimetric")
            faces.append(_face(relative.stem, path, name, visible=visible is not None))
    if not faces:
        raise DataError(f"data set 'arl_polarimetric' finds no images named as its own in {folder}")
    return tuple(faces), (*odd, *image_problems(tuple(faces)))


def _images(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.is_dir():
            yield path.relative_to(folder)


def _face(face_id: str, path: Path, name: "re.Match[str]", *, visible: bool) -> Face:
    parts = name.groupdict()
    subject, eyes = parts.pop("subject"), parts.pop("eyes", None)
    attributes: dict[str, str | float] = dict(parts)
    if eyes is not None:
        attributes["eye_distance"] = int(eyes)
    modality = Modality.VISIBLE if visible else Modality.THERMAL
    return Face(face_id, subject, modality, ImageFile(path), attributes=attributes)


def _checked(named: Dataset, index: str) -> tuple[Face, ...]:
    """The faces of a table, which must say what the protocols ask for."""
    wanted: Mapping[Modality, Mapping[str, Sequence[str]]] = {
        Modality.VISIBLE: {"condition": ("B", "E")},
        Modality.THERMAL: {
            "condition": ("B", "E"),
            "range": ("R1", "R2", "R3"),
            "polarization": POLARIZATIONS,
        },
    }
    faces = (*named.faces, *named.training)
    for face in faces:
        for column, known in wanted[face.modality].items():
            given = str(face.attributes.get(column, ""))
            if given not in known:
                raise DataError(
                    f"{index}: {face.id!r} wants {column} {', '.join(known)}; got {given!r}"
                )
    return faces


def _trials(faces: Sequence[Face], protocol: str, probes: str) -> Trials | None:
    if protocol == "none":
        return None
    visible, thermal = (of_modality(faces, m) for m in (Modality.VISIBLE, Modality.THERMAL))
    enrolled = [face for face in visible if face.attributes["condition"] == "B"]
    if probes == "expression":
        thermal = [face for face in thermal if face.attributes["condition"] == "E"]
    elif probes != "overall":
        thermal = [face for face in thermal if face.attributes["range"] == probes]
    return against_gallery("arl_polarimetric", enrolled, thermal)
