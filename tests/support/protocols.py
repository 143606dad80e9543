"""Small copies of public pair lists with their images, in exactly the published forms."""

import io
import pickle
from functools import cache

import numpy as np
from PIL import Image
from scipy.io import savemat
from worlds import drawing

FOLDS = 10


@cache
def jpeg(person, shot):
    """The bytes of a 112 × 112 JPEG of a person."""
    file = io.BytesIO()
    Image.fromarray(drawing(person, shot)).save(file, "JPEG", quality=90)
    return file.getvalue()


def put(path, person, shot=0):
    """Write such a JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(person, shot))


def write_lfw(root, images="images", pairs="pairs.txt", folds=FOLDS):
    """A View 2 file: in fold k, people 2k and 2k + 1 with two images each, two pairs of a kind."""
    lines = [f"{folds}\t2"]
    for k in range(folds):
        one, other = f"P{2 * k}", f"P{2 * k + 1}"
        lines += [f"{one}\t1\t2", f"{other}\t1\t2"]
        lines += [f"{one}\t1\t{other}\t1", f"{one}\t2\t{other}\t2"]
    (root / pairs).write_text("\n".join(lines) + "\n")
    for person in range(2 * folds):
        for shot in (1, 2):
            name = f"P{person}"
            put(root / images / name / f"{name}_{shot:04d}.jpg", person, shot)


def write_two_lines(root, name, number, images, form):
    """CALFW's and CPLFW's list: two genuine pairs a fold, then two impostor pairs a fold."""
    lines = []
    for k in range(FOLDS):
        for person in (2 * k, 2 * k + 1):
            lines += [f"{form(person, shot)} {number(k)}" for shot in (1, 2)]
    for k in range(FOLDS):
        for shot in (1, 2):
            lines += [f"{form(person, shot)} 0" for person in (2 * k, 2 * k + 1)]
    (root / name).write_text("\n".join(lines) + "\n")
    for person in range(2 * FOLDS):
        for shot in (1, 2):
            put(root / images / form(person, shot), person, shot)


def write_calfw(root):
    write_two_lines(
        root,
        "pairs_CALFW.txt",
        lambda fold: fold + 1,
        "images&landmarks/images&landmarks/images",
        lambda person, shot: f"A_P{person}_{shot:04d}.jpg",
    )


def write_cplfw(root):
    write_two_lines(
        root,
        "pairs_CPLFW.txt",
        lambda fold: 1,
        "images",
        lambda person, shot: f"A_P{person}_{shot}.jpg",
    )


def write_cfp(root):
    """Twenty people, two frontal images and one profile image each; FP and FF."""
    frontal, profile = [], []
    for person in range(2 * FOLDS):
        for pose, listed, shots in (("frontal", frontal, (1, 2)), ("profile", profile, (1,))):
            for shot in shots:
                path = f"Data/Images/{person + 1:03d}/{pose}/{shot:02d}.jpg"
                listed.append(f"{len(listed) + 1} ../{path}")
                put(root / path, person, shot + (pose == "profile") * 10)
    protocol = root / "Protocol"
    protocol.mkdir()
    (protocol / "Pair_list_F.txt").write_text("\n".join(frontal) + "\n")
    (protocol / "Pair_list_P.txt").write_text("\n".join(profile) + "\n")
    for kind in ("FF", "FP"):
        for k in range(FOLDS):
            folder = protocol / "Split" / kind / f"{k + 1:02d}"
            folder.mkdir(parents=True)
            one, other = 2 * k, 2 * k + 1
            first = [2 * person + 1 for person in (one, other)]  # the first frontal image
            second = [n + 1 for n in first] if kind == "FF" else [one + 1, other + 1]
            same = zip(first, second, strict=True)
            diff = zip(first, second[::-1], strict=True)
            for file, pairs in (("same.txt", same), ("diff.txt", diff)):
                (folder / file).write_text("\n".join(f"{a},{b}" for a, b in pairs))


def agedb_name(person, shot):
    return f"{person}_MariaCallas_{shot}_{30 * shot}_f"


def agedb_folds():
    """(first, second, label) of two pairs of a kind a fold, AgeDB's labels 1 and -1."""
    for k in range(FOLDS):
        one, other = 2 * k, 2 * k + 1
        yield [
            *((agedb_name(p, 1), agedb_name(p, 2), 1) for p in (one, other)),
            *((agedb_name(one, shot), agedb_name(other, shot), -1) for shot in (1, 2)),
        ]


def write_agedb(root, points=True):
    """The .mat file as AgeDB has it: cells of structures, nested as MATLAB nests them."""
    splits = np.empty((FOLDS, 1), dtype=object)
    for k, pairs in enumerate(agedb_folds()):
        images = np.empty((2, len(pairs)), dtype=object)
        for i, pair in enumerate(pairs):
            for row in (0, 1):
                images[row, i] = {"name": pair[row], "age": float(30 * (row + 1))}
        labels = np.array([[label for _, _, label in pairs]], dtype=np.int16)
        splits[k, 0] = {"indices": images, "labels": labels}
    savemat(root / "04_FINAL_protocol_30_years.mat", {"splits": splits})
    for person in range(2 * FOLDS):
        for shot in (1, 2):
            path = root / "03_Protocol_Images" / f"{agedb_name(person, shot)}.jpg"
            put(path, person, shot)
            if points:
                grid = [f"{20 + i}.5 {30 + i % 40}.25" for i in range(68)]
                text = "\n".join(["version: 1", "n_points: 68", "{", *grid, "}"])
                path.with_suffix(".pts").write_text(text + "\n")


def write_xqlfw(root):
    """Each person's first image is good (0.8 to 0.9), the second poor (0.2 to 0.4)."""
    images = "lfw_original_imgs_min_qual0.85variant11"
    write_lfw(root, images, "xqlfw_pairs.txt")
    scores = ["ID Num Score"]
    for person in range(2 * FOLDS):
        scores += [f"P{person} 1 {0.8 + person / 200}", f"P{person} 2 {0.2 + person / 100}"]
    (root / "xqlfw_scores.txt").write_text("\n".join(scores) + "\n")


def bin_lists(folds=FOLDS, pairs=2):
    """2N JPEGs and N labels: in each fold, `pairs` of a kind, all of other people."""
    images, same = [], []
    person = 0
    for _ in range(folds):
        for genuine in [True] * pairs + [False] * pairs:
            other = person if genuine else person + 1
            images += [jpeg(person, 1), jpeg(other, 2)]
            same.append(genuine)
            person = other + 1
    return images, same


def write_bin(root):
    (root / "lfw.bin").write_bytes(pickle.dumps(bin_lists(), pickle.HIGHEST_PROTOCOL))


def write_pairs_table(root):
    """Two people with two images each: a genuine pair of each, and two of both."""
    for person in range(2):
        for shot in range(2):
            put(root / f"p{person}" / f"{shot}.jpg", person, shot)
    pairs = [(0, 0, 0, 1), (1, 0, 1, 1), (0, 0, 1, 0), (0, 1, 1, 1)]
    lines = [f"p{a}/{i}.jpg,p{b}/{j}.jpg,{int(a == b)}" for a, i, b, j in pairs]
    (root / "pairs.csv").write_text("\n".join(["first,second,same", *lines]) + "\n")


WRITERS = {
    "pairs_table": (write_pairs_table, {}),
    "calfw": (write_calfw, {}),
    "cplfw": (write_cplfw, {}),
    "cfp": (write_cfp, {}),
    "agedb": (write_agedb, {}),
    "xqlfw": (write_xqlfw, {}),
    "insightface_bin": (write_bin, {}),
}
"""Each writes into a folder; with the options that a loader needs for what it wrote."""
