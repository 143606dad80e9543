"""IJB-B and IJB-C, in the layout that insightface's evaluation gives out.

A template is the images of a subject that are compared as one: photographs and frames of videos,
each of which is a media. Verification (1:1) is a list of template pairs. Identification (1:N) is a
search of every probe template in either of two galleries of different subjects; the rates are the
means over the galleries (``"rank-1 over galleries"``, ``"DIR@FPIR=1e-2 over galleries"``).

The five points of each face, and its score, are those of a detector (MTCNN), and serve as truth:
the published results are of faces that are aligned by them. The lists are parallel: line k of each
is about the same image.

The pair list says who is genuine. Its templates' subjects are those of the 1:N lists, where these
are there; else templates that genuine pairs link, directly or through others, are one subject. A
pair that contradicts this is refused.

Sources: Whitelam et al., *IARPA Janus Benchmark-B Face Dataset*, CVPRW 2017; Maze et al., *IARPA
Janus Benchmark – C*, ICB 2018; the lists and their reading, insightface's ``evaluation/IJB``. That
evaluation takes the TAR at the FAR nearest to a target; here it is at most the target.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import image_problems, inside, root_folder
from align_eval.datasets._ijb import (
    Ids,
    Lists,
    Shot,
    find_lists,
    line_of,
    read_pairs,
    read_shots,
    read_subjects,
)
from align_eval.datasets.inventory import Count, Inventory, inventory_of
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT is the folder IJBC or IJBB, or holds it. IJBC (IJBB alike, with ijbb_ and galleries S1, S2):
  loose_crop/1.jpg ...
  meta/ijbc_face_tid_mid.txt         image, template, media:      1.jpg 1 69544
  meta/ijbc_name_5pts_score.txt      image, five x y, score:      1.jpg 46.060 62.026 ... 0.999
  meta/ijbc_template_pair_label.txt  template, template, 1 or 0:  1 11065 1
and for identification, with a header whose first columns are TEMPLATE_ID,SUBJECT_ID:
  meta/ijbc_1N_gallery_G1.csv  meta/ijbc_1N_gallery_G2.csv  meta/ijbc_1N_probe_mixed.csv"""

PROTOCOLS: Mapping[str, tuple[int, ...]] = {
    "1:1": (),
    "1:N": (0, 1),
    "1:N G1": (0,),
    "1:N G2": (1,),
}
"""The protocols, with the galleries that each searches."""

_PUBLISHED: Mapping[str, Mapping[str, int]] = {
    "IJBB": {
        "faces": 227_630,
        "faces with landmarks": 227_630,
        "subjects": 1_845,
        "templates": 12_115,
        "genuine trials": 10_270,
        "impostor trials": 8_000_000,
    },
    "IJBC": {
        "faces": 469_375,
        "faces with landmarks": 469_375,
        "subjects": 3_531,
        "templates": 23_124,
        "genuine trials": 19_557,
        "impostor trials": 15_638_932,
    },
}

_Groups = dict[int, list[str]]
_Sides = tuple[NDArray[np.intp], NDArray[np.intp]]


def load(root: str, subset: str = "", protocol: str = "1:1") -> Dataset:
    """The faces of IJB-B or IJB-C, and the trials of one of its protocols.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    subset : {"IJBB", "IJBC"}, optional
        The one that is there by default.
    protocol : {"1:1", "1:N", "1:N G1", "1:N G2"}
        ``"1:1"`` is the list of template pairs. ``"1:N"`` is every probe against the references of
        both galleries, each a fold; G1 and G2 (S1 and S2 of IJB-B) are one gallery alone. IJB-C
        has 35 million trials a gallery, IJB-B 10 million.

    Returns
    -------
    Dataset
        Face ids are the images' names; references and probes are templates, by their numbers.
        Faces have the attributes ``template``, ``media`` and ``detector_score``. A missing image
        is listed in `problems`; so is how many templates there are whose subject nothing tells.

    Raises
    ------
    DataError
        No root, a list that is missing or malformed, or lists that contradict each other; the
        line is named.
    UnknownNameError
        Another subset or protocol.
    """
    if protocol not in PROTOCOLS:
        raise UnknownNameError("protocol of IJB", protocol, PROTOCOLS)
    lists = find_lists(root_folder(root, "ijb"), subset)
    shots = read_shots(lists)
    groups: _Groups = {}
    for shot in shots:
        groups.setdefault(shot.template, []).append(shot.name)
    if protocol == "1:1":
        trials, subjects, notes = _verification(lists, groups)
    else:
        trials, subjects = _identification(lists, groups, PROTOCOLS[protocol])
        notes = ()
    needed = set(trials.faces)
    used = [shot for shot in shots if shot.name in needed]
    folder = inside(lists.folder, "loose_crop", "data set 'ijb'")
    faces = tuple(_face(folder, shot, subjects[shot.template]) for shot in used)
    scheme = scheme_named("five")
    truth = {shot.name: Landmarks(shot.points, scheme) for shot in used}
    return Dataset("ijb", faces, trials, truth, problems=(*image_problems(faces), *notes))


def inventory(root: str, subset: str = "", protocol: str = "1:1") -> Inventory:
    """What is there; for the 1:1 protocol against the published counts."""
    dataset = load(root, subset, protocol)
    name = find_lists(root_folder(root, "ijb"), subset).subset
    expected = dict(_PUBLISHED[name]) if protocol == "1:1" else {}
    templates = len({face.attributes["template"] for face in dataset.faces})
    count = Count("templates", templates, expected.pop("templates", None))
    found = inventory_of(dataset, LAYOUT, expected)
    return Inventory(LAYOUT, (count, *found.counts), found.problems)


def _face(folder: Path, shot: Shot, subject: str) -> Face:
    known: dict[str, str | float] = {
        "template": str(shot.template),
        "media": shot.media,
        "detector_score": shot.score,
    }
    load = ImageFile(folder / shot.name)
    return Face(shot.name, subject, Modality.VISIBLE, load, attributes=known)


def _verification(
    lists: Lists, groups: _Groups
) -> tuple[Trials, dict[int, str], tuple[tuple[str, str], ...]]:
    """The template pairs, the subject of each template, and how many nothing tells."""
    pairs = read_pairs(lists.pairs)
    known = np.array(sorted(groups), dtype=np.int64)
    sides = (
        _places(lists.pairs, pairs[:, 0], known),
        _places(lists.pairs, pairs[:, 1], known),
    )
    genuine = pairs[:, 2] == 1
    del pairs
    csv = (path for path in (*lists.galleries, lists.probes) if path.is_file())
    told = read_subjects(*csv)
    subjects = _subjects(lists.pairs, known, sides, genuine, told)
    (first, rows), (second, columns) = (_listed(side, known) for side in sides)
    trials = Trials(
        tuple(map(str, first)),
        tuple(map(str, second)),
        tuple(subjects[template] for template in first),
        tuple(subjects[template] for template in second),
        rows,
        columns,
        None,
        {str(template): tuple(groups[template]) for template in first},
        {str(template): tuple(groups[template]) for template in second},
    )
    linked = {int(t) for side in sides for t in known[np.unique(side[genuine])]}
    alone = len({*first, *second} - linked - told.keys())
    note = (
        f"{alone} templates have no genuine pair, and no subject in the 1:N lists: each is taken "
        "for a subject of its own"
    )
    return trials, subjects, ((lists.pairs.name, note),) if alone else ()


def _listed(side: NDArray[np.intp], known: Ids) -> tuple[list[int], NDArray[np.intp]]:
    """The templates that one side of the pairs names, and each pair's among them."""
    named = np.zeros(len(known), dtype=bool)
    named[side] = True
    return known[named].tolist(), (np.cumsum(named) - 1)[side]


def _places(path: Path, templates: Ids, known: Ids) -> NDArray[np.intp]:
    """Where each template is in the sorted list of those that have images."""
    places = np.minimum(np.searchsorted(known, templates), len(known) - 1)
    strange = np.flatnonzero(known[places] != templates)
    if strange.size:
        template = templates[strange[0]]
        raise DataError(f"{line_of(path, strange[0])}: template {template} has no image")
    return places


def _subjects(
    path: Path, known: Ids, sides: _Sides, genuine: NDArray[np.bool_], told: Mapping[int, str]
) -> dict[int, str]:
    """The subject of each template: what 1:N lists tell, and what genuine pairs link to it."""
    owners = sorted(set(told.values()))
    number = {owner: k for k, owner in enumerate(owners)}
    owner = np.array([number.get(told.get(t, ""), -1) for t in known.tolist()], dtype=np.intp)
    first, second = (owner[side] for side in sides)
    split = np.flatnonzero(genuine & (first >= 0) & (second >= 0) & (first != second))
    if split.size:
        one, other = (owners[side[split[0]]] for side in (first, second))
        where = line_of(path, split[0])
        raise DataError(f"{where}: a genuine pair, of subjects {one} and {other} of the 1:N lists")
    group, held = _linked(owner, len(owners), sides, genuine)
    if np.any(np.bincount(held) > 1):
        raise DataError(f"{path.name}: genuine pairs link templates of two subjects of the lists")
    same = np.flatnonzero(~genuine & (group[sides[0]] == group[sides[1]]))
    if same.size:
        raise DataError(
            f"{line_of(path, same[0])}: an impostor pair, of templates that other lines or the "
            "1:N lists give to one subject"
        )
    names = dict(zip(held.tolist(), owners, strict=True))
    for template, of in zip(known.tolist(), group.tolist(), strict=True):
        names.setdefault(of, f"of template {template}")
    return {t: names[of] for t, of in zip(known.tolist(), group.tolist(), strict=True)}


def _linked(
    owner: NDArray[np.intp], count: int, sides: _Sides, genuine: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Which templates, and which subjects of the lists, belong together: a number for each."""
    told = np.flatnonzero(owner >= 0)
    ends = (
        np.concatenate([told, sides[0][genuine]]),
        np.concatenate([len(owner) + owner[told], sides[1][genuine]]),
    )
    size = len(owner) + count
    graph = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(size, size))
    group = connected_components(graph, directed=False)[1]
    return group[: len(owner)], group[len(owner) :]


def _identification(
    lists: Lists, groups: _Groups, chosen: Sequence[int]
) -> tuple[Trials, dict[int, str]]:
    """Every probe against every reference of a gallery, or of both, each a fold."""
    paths = [lists.galleries[k] for k in chosen]
    galleries, probes = [read_subjects(path) for path in paths], read_subjects(lists.probes)
    for path, templates in zip((*paths, lists.probes), (*galleries, probes), strict=True):
        strange = next((template for template in templates if template not in groups), None)
        if strange is not None:
            raise DataError(f"{path.name}: template {strange} has no image")
        if not templates:
            raise DataError(f"{path.name}: lists no template")
    _require_apart(paths, galleries)
    references = {t: subject for gallery in galleries for t, subject in gallery.items()}
    sizes = [len(gallery) * len(probes) for gallery in galleries]
    trials = Trials(
        tuple(map(str, references)),
        tuple(map(str, probes)),
        tuple(references.values()),
        tuple(probes.values()),
        np.repeat(np.arange(len(references)), len(probes)),
        np.tile(np.arange(len(probes)), len(references)),
        np.repeat(np.arange(len(galleries)), sizes) if len(galleries) > 1 else None,
        {str(template): tuple(groups[template]) for template in references},
        {str(template): tuple(groups[template]) for template in probes},
    )
    return trials, read_subjects(*paths, lists.probes)


def _require_apart(paths: Sequence[Path], galleries: Sequence[Mapping[int, str]]) -> None:
    """Refuse a subject who is in both galleries: every probe has a mate in one alone."""
    people: dict[str, Path] = {}
    for path, gallery in zip(paths, galleries, strict=True):
        for subject in sorted(set(gallery.values())):
            if people.setdefault(subject, path) is not path:
                name = people[subject].name
                raise DataError(f"{path.name}: subject {subject} is in {name}, too")
