"""What every loader does with files: stay inside the root, and say what is wrong with one."""

import stat
from collections.abc import Iterator
from pathlib import Path

from align_eval.errors import DataError
from align_eval.faces import Face, Modality
from align_eval.image import ImageFile

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


def root_folder(root: str, name: str) -> Path:
    """The resolved root folder of the data set `name`.

    Raises
    ------
    DataError
        No root, or one that is missing, no folder, or empty.
    """
    if not root:
        raise DataError(f"data set {name!r} wants a root folder (--data {name}=FOLDER)")
    folder = Path(root).expanduser()
    if not folder.is_dir():
        state = "is no folder" if folder.exists() else "does not exist"
        raise DataError(f"data set {name!r}: its root folder {root} {state}")
    if not any(folder.iterdir()):
        raise DataError(f"data set {name!r}: its root folder {root} is empty")
    return folder.resolve()


def inside(root: Path, relative: str | Path, where: str) -> Path:
    """A path below a resolved root.

    Parameters
    ----------
    root : Path
        From `root_folder`.
    relative : str or Path
        As a list or manifest gives it.
    where : str
        What gives it, for the message: ``"pairs.txt, line 3"``.

    Raises
    ------
    DataError
        An absolute path, or one that leaves the root by ``..`` or by a symbolic link.
    """
    path = root / relative
    try:
        escapes = Path(relative).is_absolute() or not path.resolve().is_relative_to(root)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"{where}: {str(relative)!r} is no path: {error}") from error
    if escapes or ".." in Path(relative).parts:
        raise DataError(f"{where}: the path {str(relative)!r} leads out of the root folder")
    return path


def lines_of(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of a UTF-8 text file that are not blank, each with ``"name, line 3"``.

    Raises
    ------
    DataError
        A file that is missing or is no UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no UTF-8 text (byte {error.start})") from error
    # Not splitlines: names may hold characters that it takes for line ends.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.strip():
            yield f"{path.name}, line {number}", line


def image_problems(faces: tuple[Face, ...]) -> tuple[tuple[str, str], ...]:
    """(face id, reason) for each face whose file is missing or empty; nothing is decoded."""
    found: list[tuple[str, str]] = []
    for face in faces:
        if not isinstance(face.load, ImageFile):
            continue
        path = face.load.path
        try:
            status = path.stat()
        except OSError:
            found.append((face.id, f"the image is missing: {path.name}"))
            continue
        if not stat.S_ISREG(status.st_mode):
            found.append((face.id, f"no file, and so no image: {path.name}"))
        elif status.st_size == 0:
            found.append((face.id, f"the image is empty (0 bytes): {path.name}"))
    return tuple(found)


def visible_face(face_id: str, subject: str, path: Path) -> Face:
    """A visible face in a file, of which nothing else is known."""
    return Face(face_id, subject, Modality.VISIBLE, ImageFile(path))
