"""SpeakingFaces: 142 people filmed in thermal and visible light, silent and speaking.

Two trials, each with two sessions, silent (1) and reading commands (2), from nine places. Streams
are 1 thermal, 2 visible, 3 visible warped onto the thermal image. With 28 frames a second there are
millions of images, so that a frame in every `every` is read.

The split by subject is the published one: 1 to 100 train, 101 to 120 valid, 121 to 142 test
(``metadata/subjects.csv`` of the authors' repository). There is no published list of trials. As in
the authors' own test of recognition, people are known from trial 1 and looked for in trial 2: the
visible frames of trial 1 are enrolled and probed with the thermal frames of trial 2. The set has no
landmarks; those of SF-TL54 are a set of its own.

Source: Abdrakhmanova et al., *SpeakingFaces: A Large-Scale Multimodal Dataset of Voice Commands
with Visual and Thermal Video Streams*, Sensors 21(10), 2021, and github.com/IS2AI/SpeakingFaces.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import image_problems, inside, root_folder
from align_eval.datasets._thermal import (
    RANGE,
    UNIT,
    Problems,
    against_gallery,
    divided,
    of_modality,
    radiometric,
)
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.datasets.synthetic.protocols import Fold
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.image import ImageFile

LAYOUT = """\
ROOT/sub_1/trial_1/thr_image/1_1_1_1_1_1.png            subject, trial, session 1, position, frame,
                                                        stream 1: thermal
ROOT/sub_1/trial_1/rgb_image/1_1_1_1_1_2.png            stream 2: visible
ROOT/sub_1/trial_1/rgb_image_aligned/1_1_1_1_1_3.png    stream 3: visible, warped to the thermal one
ROOT/sub_1/trial_1/thr_image_cmd/1_1_2_1_1018_1_1.png   session 2: subject, trial, 2, position,
                                                        command, frame, stream; likewise
                                                        rgb_image_cmd, rgb_image_cmd_aligned
sub_1 may be sub_1_io or sub_1_ia, and may lie one or two folders deeper (train_data, valid_data,
test_data, image_only, …). 142 people × 2 trials × 9 positions; session 1 has up to 900 frames."""

# The last subject of each part, in the order of their numbers.
SPLITS = {"train": 100, "valid": 120, "test": 142}
PROTOCOLS = ("thermal_to_visible", "visible_to_visible", "none")
_STREAM = {"aligned": 3, "raw": 2}
_FOLDERS = {
    1: {1: "thr_image", 2: "rgb_image", 3: "rgb_image_aligned"},
    2: {1: "thr_image_cmd", 2: "rgb_image_cmd", 3: "rgb_image_cmd_aligned"},
}
_SUBJECT = re.compile(r"sub_(\d+)(?:_i[oa])?")
_NAME = re.compile(
    r"(?P<subject>\d+)_(?P<trial>[12])_(?P<session>[12])_(?P<position>[1-9])_"
    r"(?:(?P<command>\d+)_)?(?P<frame>\d+)_(?P<stream>[123])\.png"
)


def load(
    root: str,
    session: int = 1,
    every: int = 100,
    positions: Sequence[int] = (1, 2, 3, 4, 5, 6, 7, 8, 9),
    visible: str = "aligned",
    split: str = "test",
    protocol: str = "thermal_to_visible",
    unit: UNIT = "",
    range: RANGE = "",  # noqa: A002  the word for it, as studies write it
) -> Dataset:
    """Frames of one session, and trials between the two trials of each person.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    session : {1, 2}
        Silent or speaking.
    every : int
        Frame 1 and every so many after it are read.
    positions : sequence of int
        Camera positions, from 1 to 9.
    visible : {"aligned", "raw"}
        Visible frames as warped onto the thermal ones, or as filmed.
    split : {"test", "valid", "all"}
        Who is tested; train subjects that are there are then training faces. ``all``: everybody is
        tested.
    protocol : {"thermal_to_visible", "visible_to_visible", "none"}
        What the gallery, the visible frames of trial 1, is probed with in trial 2.
    unit, range : str or two numbers
        How thermal frames of 16 bits become 8; see `align_eval.radiometry.Radiometric`.

    Returns
    -------
    Dataset
        Ids are the names of files without suffix; attributes ``trial``, ``session``, ``position``,
        ``command`` (of session 2), ``frame`` and ``split``. Files of other names, and streams whose
        folder is not there, are in `problems`.

    Raises
    ------
    DataError
        No root, no frames, two of one name, or no faces to compare.
    ConfigError
        A session, frame step or position that is none.
    UnknownNameError
        An unknown word.
    """
    folder = root_folder(root, "speakingfaces")
    _check_options(session, every, positions, visible, split, protocol)
    faces: dict[str, Face] = {}
    odd: list[tuple[str, str]] = []
    for place in _places(folder, session, (1, _STREAM[visible]), odd):
        for face in _frames(folder, place, session, every, frozenset(positions), odd):
            if face.id in faces:
                raise DataError(f"data set 'speakingfaces' holds the frame {face.id!r} twice")
            faces[face.id] = face
    kept = [face for face in faces.values() if split == "all" or _part(face) in (split, "train")]
    if not any(split in ("all", _part(face)) for face in kept):
        raise DataError(f"data set 'speakingfaces' finds no frames of split {split!r} in {folder}")
    found = tuple(kept)
    compare = partial(_trials, protocol=protocol)
    problems: Problems = (*odd, *image_problems(found))
    shown = radiometric(found, unit, range)
    return divided("speakingfaces", shown, {}, problems, (_fold(found, split),), compare)


def inventory(root: str, **options: Any) -> Inventory:
    """The first frames of everybody, beside what was published.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    **options
        As for `load`; one frame of each recording is counted, and trials are not made.

    Raises
    ------
    DataError
        See `load`.
    """
    first = {"every": 10**9, "split": "all", "protocol": "none"}
    found = load(root, **{**options, **first})
    expected = {"subjects": 142}
    if options.get("session", 1) == 1 and "positions" not in options:
        expected["faces"] = 142 * 2 * 9 * 2
    return inventory_of(found, LAYOUT, expected)


def _check_options(
    session: int, every: int, positions: Sequence[int], visible: str, split: str, protocol: str
) -> None:
    if session not in _FOLDERS or type(session) is not int:
        raise ConfigError(f"data set 'speakingfaces': session wants 1 or 2, got {session!r}")
    if type(every) is not int or every < 1:
        raise ConfigError(f"data set 'speakingfaces': every wants a number from 1, got {every!r}")
    if not positions or any(type(p) is not int or not 1 <= p <= 9 for p in positions):
        raise ConfigError(f"data set 'speakingfaces': positions want 1 to 9, got {positions!r}")
    for what, given, known in (
        ("kind of visible frames", visible, tuple(_STREAM)),
        ("split of data set 'speakingfaces'", split, ("test", "valid", "all")),
        ("protocol of data set 'speakingfaces'", protocol, PROTOCOLS),
    ):
        if given not in known:
            raise UnknownNameError(what, given, known)


def _places(
    folder: Path, session: int, streams: Sequence[int], odd: list[tuple[str, str]]
) -> Iterator[tuple[Path, str, int]]:
    """The folders of frames, each with its subject and stream; trials that lack one are noted."""
    found = [path for form in ("sub_*", "*/sub_*", "*/*/sub_*") for path in folder.glob(form)]
    for person in sorted(found):
        name = _SUBJECT.fullmatch(person.name)
        for trial in sorted(person.glob("trial_[12]")) if name else ():
            present = [s for s in streams if (trial / _FOLDERS[session][s]).is_dir()]
            for stream in present:
                yield trial / _FOLDERS[session][stream], name[1] if name else "", stream
            for stream in set(streams) - set(present) if present else ():
                where = (trial / _FOLDERS[session][stream]).relative_to(folder)
                odd.append((where.as_posix(), "the folder of this stream is not there"))


def _frames(
    folder: Path,
    place: tuple[Path, str, int],
    session: int,
    every: int,
    positions: frozenset[int],
    odd: list[tuple[str, str]],
) -> Iterator[Face]:
    path, subject, stream = place
    for file in sorted(path.iterdir(), key=lambda file: _in_time(file.name)):
        name = _NAME.fullmatch(file.name)
        wanted = (subject, str(session), str(stream), session == 2)
        if name is None or wanted != (*name.group("subject", "session", "stream"), bool(name[5])):
            relative = file.relative_to(folder).as_posix()
            odd.append((relative, "no name of a frame of its folder; it is left out"))
        elif int(name["position"]) in positions and (int(name["frame"]) - 1) % every == 0:
            yield _face(inside(folder, file.relative_to(folder), "speakingfaces"), name)


def _in_time(name: str) -> tuple[tuple[int, ...], str]:
    """A key that puts frame 2 before frame 10."""
    return tuple(map(int, re.findall(r"\d+", name))), name


def _face(path: Path, name: "re.Match[str]") -> Face:
    attributes: dict[str, str | float] = {
        key: int(name[key]) for key in ("trial", "session", "position", "frame")
    }
    if name["command"]:
        attributes["command"] = int(name["command"])
    modality = Modality.THERMAL if name["stream"] == "1" else Modality.VISIBLE
    return Face(path.stem, name["subject"], modality, ImageFile(path), attributes=attributes)


def _part(face: Face) -> str:
    """The part that a subject belongs to; beyond the published ones, test."""
    number = int(face.subject)
    return next((part for part, last in SPLITS.items() if number <= last), "test")


def _fold(faces: Sequence[Face], split: str) -> Fold:
    parts = {face.subject: _part(face) for face in faces}
    tested = [i for i, who in enumerate(sorted(parts)) if split in ("all", parts[who])]
    trained = [i for i, who in enumerate(sorted(parts)) if split not in ("all", parts[who])]
    return Fold(tuple(tested), (), tuple(trained))


def _trials(faces: Sequence[Face], protocol: str) -> Trials | None:
    if protocol == "none":
        return None
    modality = Modality.THERMAL if protocol == "thermal_to_visible" else Modality.VISIBLE
    enrolled = [f for f in of_modality(faces, Modality.VISIBLE) if f.attributes["trial"] == 1]
    probes = [face for face in of_modality(faces, modality) if face.attributes["trial"] == 2]
    return against_gallery("speakingfaces", enrolled, probes)
