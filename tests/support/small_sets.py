"""Small copies of public landmark sets, written in exactly the formats that their owners use.

Each function writes a set below a folder and gives back what it wrote, in the files' own numbers
(which count from 1 where the owner's do). `WRITERS` names them with the options of their loaders,
for the contracts that every data set is held to.
"""

import json

import ijb_lists
import numpy as np
import protocols
import thermal_sets
from scipy.io import savemat

from align_eval.image import write_png


def picture(path, width=60, height=80):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, np.full((height, width, 3), 90, np.uint8))


def places(count, seed=0):
    """Points inside a picture of 60 × 80 pixels, with fractions that text and floats keep."""
    rng = np.random.default_rng(seed)
    return rng.integers(8, 200, (count, 2)) / 4


def pts(path, points):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "\n".join(f"{x:g} {y:g}" for x, y in points)
    path.write_text(f"version: 1\nn_points:  {len(points)}\n{{\n{rows}\n}}\n")


def w300(root):
    """One face in each folder, and two in HELEN's test part; the organisers' boxes of those."""
    written = {}
    folders = {
        "helen/testset": ("30427236_1.jpg", "30844800_1.jpg"),
        "helen/trainset": ("100032540_1.jpg",),
        "lfpw/testset": ("image_0001.png",),
        "lfpw/trainset": ("image_0003.png",),
        "afw": ("1051618982_1.jpg",),
        "ibug": ("image_092 _01.jpg",),
        "300W/01_Indoor": ("indoor_001.png",),
        "300W/02_Outdoor": ("outdoor_001.png",),
    }
    for folder, names in folders.items():
        cells = np.empty((1, len(names)), object)
        for number, name in enumerate(names):
            stem = f"{folder}/{name.rsplit('.', 1)[0]}"
            written[stem] = places(68, len(written))
            picture(root / folder / name)
            pts(root / f"{stem}.pts", written[stem])
            # The list leaves out the space in one of iBUG's names.
            cells[0, number] = {
                "imgName": name.replace(" ", ""),
                "bb_detector": np.array([[11.5, 12.0, 41.5, 52.0]]),
                "bb_ground_truth": np.array([[10.0, 9.0, 50.0, 59.0]]),
            }
        if not folder.startswith("300W"):
            (root / "Bounding_Boxes").mkdir(exist_ok=True)
            name = f"bounding_boxes_{folder.replace('/', '_')}.mat"
            savemat(root / "Bounding_Boxes" / name, {"bounding_boxes": cells})
    return written


def wflw_line(points, rectangle=(5, 6, 45, 66), flags=(0, 0, 0, 0, 0, 0), image="0--Parade/a.jpg"):
    coordinates = " ".join(f"{value:.6f}" for value in np.ravel(points))
    return " ".join([coordinates, *map(str, rectangle), *map(str, flags), image])


def wflw(root):
    """Three test faces, two of them in one picture, and a training face."""
    picture(root / "WFLW_images" / "0--Parade" / "a.jpg")
    picture(root / "WFLW_images" / "1--Handshaking" / "b.jpg")
    folder = root / "WFLW_annotations" / "list_98pt_rect_attr_train_test"
    folder.mkdir(parents=True)
    written = [places(98, seed) for seed in range(4)]
    test = [
        wflw_line(written[0]),
        wflw_line(written[1], flags=(1, 0, 0, 1, 0, 1)),
        wflw_line(written[2], flags=(0, 1, 1, 0, 1, 1), image="1--Handshaking/b.jpg"),
    ]
    (folder / "list_98pt_rect_attr_test.txt").write_text("\n".join(test) + "\n")
    (folder / "list_98pt_rect_attr_train.txt").write_text(wflw_line(written[3]) + "\n")
    return written


def aflw(root, rows=5, **changed):
    """Five faces, of which ra puts the last two first."""
    points = np.stack([places(19, seed) for seed in range(rows)])
    seen = np.ones((rows, 19), np.uint8)
    seen[1, 3:5] = 0
    names = np.empty((rows, 1), object)
    names[:, 0] = [f"{(0, 2, 3)[i % 3]}/image{i // 2:05d}.jpg" for i in range(rows)]
    for name in names[:, 0]:
        picture(root / "flickr" / name)
    variables = {
        "nameList": names,
        "bbox": np.tile([6.0, 46.0, 7.0, 67.0], (rows, 1)),
        "data": points.transpose(0, 2, 1).reshape(rows, 38),
        "mask_new": seen,
        "ra": np.roll(np.arange(1, rows + 1), 2)[None],
    }
    savemat(root / "AFLWinfo_release.mat", {**variables, **changed})
    return points, seen


def cofw(root, subset="test", rows=3, **changed):
    """Three faces; the second picture is gray, and two of its points are occluded."""
    import h5py

    ending = {"test": "T", "train": "Tr"}[subset]
    points = np.stack([places(29, seed) for seed in range(rows)])
    occluded = np.zeros((rows, 29))
    occluded[1:2, :2] = 1
    phis = np.hstack([points.transpose(0, 2, 1).reshape(rows, 58), occluded])
    boxes = np.tile([6.0, 7.0, 40.0, 60.0], (rows, 1))
    shades = np.arange(80 * 60 * 3, dtype=np.uint32).reshape(80, 60, 3) % 251
    pictures = [shades.astype(np.uint8) for _ in range(rows)]
    if rows > 1:
        pictures[1] = pictures[1][..., 0]
    with h5py.File(root / f"COFW_{subset}_color.mat", "w", userblock_size=512) as file:
        references = np.empty((1, rows), h5py.ref_dtype)
        for number, image in enumerate(pictures):
            # MATLAB stores columns first, and cells under names of its own.
            cell = file.create_dataset(f"#refs#/{number}", data=image.T)
            references[0, number] = cell.ref
        variables = {f"Is{ending}": references, f"phis{ending}": phis.T, f"bboxes{ending}": boxes.T}
        for name, value in {**variables, **changed}.items():
            if value is not None:
                dtype = h5py.ref_dtype if name.startswith("Is") else None
                file.create_dataset(name, data=value, dtype=dtype)
    return points, occluded, pictures


def cofw68(root, count):
    """The 68 points of COFW68 beside the test faces."""
    (root / "test_annotations").mkdir()
    written = [places(68, 100 + number) for number in range(count)]
    for number, points in enumerate(written, start=1):
        occluded = np.zeros((68, 1))
        occluded[:number] = 1
        path = root / "test_annotations" / f"{number}_points.mat"
        savemat(path, {"Points": points, "Occ": occluded})
    return written


def counted_points(path, points):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "\n".join(f"{x:.6f} {y:.6f}" for x, y in points)
    path.write_text(f"{len(points)}\n{rows}\n")


def jd106(root):
    """Two training faces, one of them with corrected points, and a test face; all boxed."""
    written = {}
    for seed, (folder, name) in enumerate(
        [
            ("Training_data/AFW", "AFW_134212_1_0.jpg"),
            ("Training_data/HELEN", "HELEN_100032540_1_0.jpg"),
            ("Test_data1", "36.jpg"),
        ]
    ):
        picture(root / folder / "picture" / name)
        points = written[f"{folder}/{name[:-4]}"] = places(106, seed)
        counted_points(root / folder / "landmark" / f"{name}.txt", points)
        boxes = "rect" if folder == "Test_data1" else "../training_face_detection_bounding_box"
        (root / folder / boxes).resolve().mkdir(exist_ok=True)
        (root / folder / boxes / f"{name}.rect").resolve().write_text("5 6 45 66\n")
    corrected = written["Training_data/AFW/AFW_134212_1_0"] = places(106, 9)
    counted_points(root / "Corrected_landmark" / "AFW_134212_1_0.jpg.txt", corrected)
    return written


def labelme(path, points, face=((5.5, 6.25), (45.5, 66.25))):
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = {"chin": 17, "left_eyebrow": 5, "right_eyebrow": 5, "nose_bridge": 4, "nose_tip": 5,
              "left_eye": 6, "right_eye": 6, "lips": 6}  # fmt: skip
    shapes, start = [], 0
    for label, count in blocks.items():
        shapes.append({"label": label, "points": points[start : start + count].tolist()})
        start += count
    if face is not None:
        shapes.insert(3, {"label": "face", "points": [list(corner) for corner in face]})
    path.write_text(json.dumps({"version": "4.5.6", "shapes": shapes, "imagePath": "x.png"}))


def sftl54(root):
    """A face in each split, two in the test one; gray only."""
    written = {}
    for split, name in [
        ("train", "1_1_2_1_5_7_1"),
        ("val", "101_2_2_3_5_7_1"),
        ("test", "119_1_2_8_144_102_1"),
        ("test", "119_2_2_1_115_32_1"),
    ]:
        points = written[f"{split}/{name}"] = places(54, len(written))
        picture(root / "gray" / split / "images" / f"{name}.png")
        labelme(root / "gray" / split / "json" / f"{name}.json", points)
    return written


def merl_rav(root):
    """A test face with a point of every kind, and a training face that is seen whole."""
    written = {}
    for name in ("frontal/testset/image00019", "left/trainset/image20991_1"):
        points = written[name] = places(68, len(written))
        picture(root / "merl_rav_organized" / f"{name}.jpg")
        if "testset" in name:
            points[:3], points[3] = -1, -points[3]
        pts(root / "merl_rav_organized" / f"{name}.pts", points)
    return written


# Loader → what writes a small copy, and the options to load it with.
WRITERS = {
    "w300": (w300, {"box": "bb_detector"}),
    "wflw": (wflw, {}),
    "aflw": (aflw, {"subset": "all"}),
    "cofw": (cofw, {}),
    "jd106": (jd106, {}),
    "sftl54": (sftl54, {"subset": "all"}),
    "merl_rav": (merl_rav, {"subset": "all"}),
    "ijb": (ijb_lists.write, {}),
    **protocols.WRITERS,
    **thermal_sets.WRITERS,
}
