"""Small copies of the thermal sets, in the layouts of their owners."""

from pathlib import Path

import numpy as np

from align_eval.image import write_png

SIX = {
    "righteye_outer": (60, 55),
    "righteye_inner": (70, 55),
    "lefteye_inner": (82, 55),
    "lefteye_outer": (92, 55),
    "mouthcorner_right": (66, 80),
    "mouthcorner_left": (86, 80),
}


def picture(path: Path, thermal: bool = False) -> None:
    """A dark image; a thermal one has 16 bits, of 30 °C in centikelvins, with a warmer corner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((100, 120), 30315, np.uint16) if thermal else np.zeros((100, 120), np.uint8)
    if thermal:
        pixels[0, 0] = 31315
    write_png(path, pixels)


def part_lines(points=SIX) -> list[str]:
    """Parts as dlib's tools write them."""
    given = points.items() if isinstance(points, dict) else points
    return [f'<part name="{name}" x="{x}" y="{y}" />' for name, (x, y) in given]


def image_lines(file: str, points=SIX) -> str:
    """One image with one box."""
    box = '<box height="70.5" left="50.25" top="30.125" width="60"><label>unlabelled</label>'
    return f'<image file="{file}">{box}{"".join(part_lines(points))}</box></image>'


def document(*images: str, head: str = "") -> str:
    """A whole XML file."""
    return f"{head}<dataset><name>made</name><images>{''.join(images)}</images></dataset>"


def vis_th(root: Path, variations=("NN", "EH"), subjects=3) -> None:
    """People of VIS-TH, with annotations in their published folder."""
    for number in range(1, subjects + 1):
        who = f"{number:03d}"
        files = [
            f"{who}/{spectrum}/{spectrum}_{who}_1_{i:02d}_{variation}.bmp"
            for i, variation in enumerate(variations, start=1)
            for spectrum in ("TH", "VIS")
        ]
        for file in files:
            picture(root / file, thermal="/TH/" in file)
        annotated(root / "Eurecom_annotations" / f"{who}.xml", files)


def carl(root: Path, sessions=(1, 2), shots=(1, 2), subjects=2) -> None:
    """People of Carl, with annotations in their published folder."""
    for number in range(1, subjects + 1):
        who = f"{number:02d}"
        files = [
            f"{who}/session_{session}/{folder}/{who}S{session}{sensor}{illumination}{shot}.bmp"
            for session in sessions
            for folder, sensor in (("thermal_bmp", "B"), ("classic", "C"))
            for illumination in ("NA", "IR", "AR")
            for shot in shots
        ]
        for file in files:
            picture(root / file, thermal="thermal" in file)
        annotated(root / "Carl_annotations" / f"{who}.xml", files)


def annotated(path: Path, files: list[str]) -> None:
    """An XML file in which every image has the same six points."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(document(*(image_lines(file) for file in files)))


def arl_polarimetric(root: Path, subjects=6) -> None:
    """People of ARL's Volume 1, each with fewer frames than there are."""
    for number in range(1, subjects + 1):
        who = f"A{number:02d}"
        for condition in "BE":
            picture(root / f"Visible/IOD87_{condition}" / f"{who}_IOD87_{condition}_VI_f01.png")
            for distance in ("R1", "R2", "R3"):
                for kind in ("S0", "DP"):
                    name = f"{who}_{distance}_{condition}_{kind}_f01.png"
                    picture(root / "Polarimetric" / name, thermal=True)


VTF_HEADER = ",filepath,subid,camera,condition,eyewear,landmarks"


def arl_vtf(root: Path, subjects=("s1", "s2", "s3")) -> None:
    """ARL-VTF's table; the first subject wears glasses in some sequences, the others own none."""
    lines = [VTF_HEADER]
    for who in subjects:
        for condition in ("baseline", "expression", "pose"):
            for eyewear in ("removed", "worn") if who == subjects[0] else ("none",):
                for camera in ("FLIR_USB", "BAS_RGB2", "BAS_MONO"):
                    file = f"dev/{who}/{condition}_{eyewear}/{camera}_1.png"
                    picture(root / file, thermal=camera == "FLIR_USB")
                    points = "60 55 92 55 76 66 66 80 nan nan" if condition == "baseline" else ""
                    lines.append(
                        f"{len(lines)},{file},{who},{camera},{condition},{eyewear},{points}"
                    )
    (root / "metadata.csv").write_text("\n".join(lines))


def tufts(root: Path, subjects=3) -> None:
    """Both series of the Tufts database, and its published boxes."""
    lines = ["Set,Participant,File,Left,Top,Width,Height"]
    for number in range(1, subjects + 1):
        for series, numbers in (("E", range(1, 6)), ("A", range(9))):
            for i in numbers:
                for spectrum in ("IR", "RGB"):
                    name = f"TD_{spectrum}_{series}_{i}.jpg"
                    folder = root / f"TD_{spectrum}_{series}_Set1" / str(number)
                    picture(folder / name, thermal=spectrum == "IR")
                lines.append(f"TD_IR_{series}_Set1,{number},TD_IR_{series}_{i}.jpg,20,10,60,80")
    (root / "bounding-boxes.csv").write_text("\n".join(lines))


def speakingfaces(root: Path, subjects=(1, 121, 122), frames=(1, 2, 101)) -> None:
    """People of SpeakingFaces, silent, at two positions."""
    for subject in subjects:
        for trial in (1, 2):
            for stream, folder in ((1, "thr_image"), (2, "rgb_image"), (3, "rgb_image_aligned")):
                for position in (1, 9):
                    for frame in frames:
                        name = f"{subject}_{trial}_1_{position}_{frame}_{stream}.png"
                        place = root / f"sub_{subject}" / f"trial_{trial}" / folder
                        picture(place / name, thermal=stream == 1)


# Loader → what writes a small copy, and the options to load it with.
WRITERS = {
    "vis_th": (vis_th, {}),
    "carl": (carl, {}),
    "arl_polarimetric": (arl_polarimetric, {}),
    "arl_vtf": (arl_vtf, {"scheme": "five"}),
    "tufts": (tufts, {"series": "both", "boxes": "bounding-boxes.csv"}),
    "speakingfaces": (speakingfaces, {"split": "all", "every": 1000}),
}
