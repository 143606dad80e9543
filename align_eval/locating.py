"""The first half of a study: where the faces are, and where each aligner puts their points."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import closing
from dataclasses import dataclass

from align_eval.detection import choose
from align_eval.errors import ContractError, ImageError
from align_eval.faces import Box, Face
from align_eval.image import Image, prefetch
from align_eval.interfaces import Detector, LandmarkModel, blaming
from align_eval.landmarks import Landmarks

BATCH = 32
_BATCH_BYTES = 1 << 28
Tick = Callable[[int], None]


@dataclass(frozen=True)
class Located:
    """What one aligner found.

    Parameters
    ----------
    landmarks : mapping
        Face id → landmarks, for the faces that it found.
    reasons : mapping
        Face id → why it failed, for the others.
    """

    landmarks: Mapping[str, Landmarks]
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Boxed:
    """A detector's boxes: face id → box, or → why there is none."""

    boxes: Mapping[str, Box]
    reasons: Mapping[str, str]

    def apply(self, faces: Iterable[Face]) -> list[Face]:
        """The faces with these boxes in place of their own."""
        return [face.with_box(self.boxes.get(face.id)) for face in faces]


def find_boxes(
    detector: Detector, faces: Sequence[Face], pick: str, workers: int, tick: Tick
) -> Boxed:
    """Run a detector over the faces' images and choose one detection each.

    A box that the data set gives selects the detection that overlaps it most; see
    `align_eval.detection.choose`.
    """
    boxes: dict[str, Box] = {}
    reasons: dict[str, str] = {}
    with closing(_images(faces, workers, reasons)) as images:
        for number, (face, image) in enumerate(images, 1):
            if image is not None:
                with blaming(f"detector {detector.name!r}, on face {face.id!r},"):
                    detections = detector.detect(image)
                found = choose(detections, image.shape[:2], pick, face.box)
                if found is None:
                    reasons[face.id] = f"detector {detector.name} found no face"
                else:
                    boxes[face.id] = found.box
            tick(number)
    return Boxed(boxes, reasons)


def locate(
    model: LandmarkModel,
    faces: Sequence[Face],
    boxless: Mapping[str, str],
    workers: int,
    tick: Tick,
) -> Located:
    """Run a landmark model over faces, reading ahead in threads.

    Parameters
    ----------
    model : LandmarkModel
        The model.
    faces : sequence of Face
        With the boxes that the study wants.
    boxless : mapping
        Face id → why it has no box, for the reasons of failures.
    workers : int
        Reading threads.
    tick : callable
        Called with the number of faces done.
    """
    landmarks: dict[str, Landmarks] = {}
    reasons: dict[str, str] = {}
    needs_box = getattr(model, "box_policy", "needed") == "needed"
    done = 0
    with closing(_images(faces, workers, reasons)) as images:
        for batch in _batched(images):
            readable = [face.with_image(image) for face, image in batch if image is not None]
            for face, found in zip(readable, _located(model, readable), strict=True):
                if found is not None:
                    landmarks[face.id] = found
                elif face.box is None and needs_box:
                    reasons[face.id] = boxless.get(face.id, "the data set gives no face box")
                else:
                    reasons[face.id] = f"{model.name} found no landmarks"
            done += len(batch)
            tick(done)
    return Located(landmarks, reasons)


def _located(model: LandmarkModel, faces: Sequence[Face]) -> Sequence[Landmarks | None]:
    """What a model says of some faces, if it has the form that was agreed."""
    if not faces:
        return ()
    with blaming(f"aligner {model.name!r}, among the faces {faces[0].id!r} to {faces[-1].id!r},"):
        results = model.locate(faces)
    if not isinstance(results, Sequence) or len(results) != len(faces):
        count = len(results) if isinstance(results, Sized) else type(results).__name__
        raise ContractError(f"aligner {model.name!r} gave {count} results for {len(faces)} faces")
    for found in results:
        if not isinstance(found, Landmarks | None):
            raise ContractError(
                f"aligner {model.name!r} gave a {type(found).__name__}; wanted Landmarks or None"
            )
    return results


def _images(
    faces: Sequence[Face], workers: int, reasons: dict[str, str]
) -> Generator[tuple[Face, Image | None]]:
    """Faces with their images, in order; an unreadable one is noted and comes without."""
    read = prefetch(faces, lambda face: face.load(), workers, 2 * workers + 2)
    with closing(read):
        for face, image in read:
            if isinstance(image, ImageError):
                reasons[face.id] = str(image)
                yield face, None
            elif isinstance(image, BaseException):
                raise image
            else:
                yield face, image


def _batched(
    items: Iterator[tuple[Face, Image | None]],
) -> Iterator[list[tuple[Face, Image | None]]]:
    """At most `BATCH` faces at a time, and fewer large images, which would fill the memory."""
    batch: list[tuple[Face, Image | None]] = []
    held = 0
    for face, image in items:
        batch.append((face, image))
        held += 0 if image is None else image.nbytes
        if len(batch) == BATCH or held >= _BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
