"""Training heat maps on aligned faces, with the paper's tricks, each of which can be left out.

A face is placed by its five points, which are first moved about as another model would have them.
``paper`` learns maps by their squared error, as Xiao et al. (Simple Baselines for Human Pose
Estimation and Tracking, ECCV 2018), after whom the network is built; the paper names neither loss
nor width of the Gaussian. On a processor there is time for fifteen passes, not for forty; so
``compact`` takes each map as a distribution (a softmax over its cells), and learns it by its
cross-entropy with the Gaussian and by the distance of its mean, first on smaller images.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from align_eval.errors import UnknownNameError
from align_eval.landmarks import LandmarkScheme
from align_eval.schemes import scheme_named
from align_eval.similarity import Similarity
from landmark_models.box import LAYOUTS
from landmark_models.heatmap import PLACE, SIZE
from landmark_models.nets.heatmap import COMPACT, PAPERS, HeatmapNet, HeatmapSize
from landmark_models.nets.layers import per_span
from landmark_models.nets.peaks import pixels, soft_argmax, taylor
from landmark_models.train.augment import IN_USE, NONE, Augmentation, Floats, Samples, samples_of
from landmark_models.train.colour import components_of, jittered, pca_noise
from landmark_models.train.maps import gaussians, share_loss, square_loss
from landmark_models.train.store import Store
from landmark_models.train.task import Batch, Exported, Stage
from landmark_models.train.tasks._marked import marked

CONFIGS = ("compact", "paper")
TRICKS = ("aligned", "flip", "erase", "rotate", "move", "colour", "degrade")
PAPER_TRICKS = ("aligned", "flip", "erase", "rotate", "colour")
SIDE = 256
"""Side of the stored crops: their faces are as large as in the network's input."""
COARSE = 128
"""Side of the images of the stage ``coarse``."""
SIGMA = {"compact": 1.0, "paper": 1.5}
"""Standard deviation of the Gaussians in cells of the maps."""
OFF = 0.5
"""Weight of the mean's distance in cells beside the cross-entropy."""
_POINTS_OFF, _IN_USE = 0.075, 0.0375
"""Standard deviation of each of the five points in distances of the eyes: at most; and in use."""
_STAGES = {
    # Adam for 40 epochs, from 1e-3, a tenth at epochs 20 and 30, batches of 16.
    "paper": (
        Stage("first", 20, 1e-3, 16, schedule="constant", warmup=0),
        Stage("second", 10, 1e-4, 16, schedule="constant", warmup=0),
        Stage("third", 10, 1e-5, 16, schedule="constant", warmup=0),
    ),
    "compact": (
        Stage("coarse", 11, 4e-3, 32, optimiser="adamw", weight_decay=1e-4),
        Stage("fine", 4, 2e-3, 32, optimiser="adamw", weight_decay=1e-4),
    ),
}


class HeatmapTask:
    """See `landmark_models.train.task.Task`.

    Parameters
    ----------
    config : {"compact", "paper"}
        Tricks, loss, schedule and the sizes that the other parameters do not set.
    backbone : str, optional
        One of `landmark_models.nets.heatmap.BACKBONES`.
    width : float, optional
        Multiplier of MobileNetV2's channels.
    stack : str, optional
        Upscaling layers, such as ``"SDD"``.
    filters : int, optional
        Of each upscaling layer.
    scheme : str
        The points; a data set must have them.
    without : list of str
        Which of the configuration's tricks are left out, of `TRICKS`: ``aligned`` (without it, a
        face is placed by its box; the trained model then wants ``placed_by = "box"``), ``flip``,
        ``erase``, ``rotate``, ``move`` (scale and shift, with which the paper did worse and which
        its configuration has not), ``colour``, and ``degrade`` (resolution, blur, noise and black
        hot, which only ``compact`` has).

    Raises
    ------
    UnknownNameError
        An unknown configuration, scheme or trick, or a trick that the configuration has not.
    """

    name = "heatmap"
    side = SIDE

    def __init__(
        self,
        config: str = "compact",
        *,
        backbone: str | None = None,
        width: float | None = None,
        stack: str | None = None,
        filters: int | None = None,
        scheme: str = "ibug68",
        without: Collection[str] = (),
    ) -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of heatmap", config, CONFIGS)
        self.config = config
        self._scheme = scheme_named(scheme)
        given = {"backbone": backbone, "width": width, "stack": stack, "filters": filters}
        self.sizes = _sizes(config, self._scheme, given)
        self.stages: Sequence[Stage] = _STAGES[config]
        self.tricks = _tricks(TRICKS if config == "compact" else PAPER_TRICKS, without)
        self._how = _augmentation(self.tricks, config)

    def network(self, store: Store) -> nn.Module:
        """A new network."""
        return HeatmapNet(self.sizes)

    def sample(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """Images, points, and the distance of the outer eye corners."""
        seen = self._seen(store, chosen, self._how, stage, rng)
        if self.config == "paper" and "colour" in self.tricks:
            seen = _coloured(seen, rng)
        return marked(seen, store.scheme, self._scheme)

    def check(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """The same, placed as in use."""
        how = NONE if "aligned" in self.tricks else IN_USE
        return marked(self._seen(store, chosen, how, stage, rng), store.scheme, self._scheme)

    def _seen(
        self,
        store: Store,
        chosen: NDArray[np.intp],
        how: Augmentation,
        stage: str,
        rng: Generator,
    ) -> Samples:
        size = COARSE if stage == "coarse" else self.sizes.size
        _, weights = store.scheme.conversion(PLACE.landmarks.scheme)

        def place(marks: Floats, rng: Generator) -> NDArray[np.float64]:
            if "aligned" in self.tricks:
                most = _IN_USE if how is NONE else rng.uniform(0, _POINTS_OFF)
                five = _moved_points(weights @ marks.astype(np.float64), most, rng)
            else:
                five = _boxed_points(marks, how.jitter, rng)
            return _shrunk(Similarity.fit(five, PLACE.landmarks.points).matrix, size)

        return samples_of(store, chosen, size, 1.0, how, rng, place)

    def loss(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) squared error of the maps; or their cross-entropy, and their means' distance."""
        maps: Tensor = network(batch["images"]).float()
        wanted = _in_cells(batch["points"], _stride(batch["images"], maps))
        axes = gaussians(wanted, maps.shape[3], SIGMA[self.config])
        if self.config == "paper":
            return square_loss(maps, axes).mean(dim=1)
        off = torch.linalg.vector_norm(soft_argmax(maps, sharpness=1.0) - wanted, dim=2)
        both: Tensor = share_loss(maps, axes).mean(dim=1) + OFF * off.mean(dim=1)
        return both

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) mean error of the points over the distance of the outer eye corners."""
        maps: Tensor = network(batch["images"]).float()
        found = taylor(maps) if self.config == "paper" else soft_argmax(maps, sharpness=1.0)
        placed = pixels(found, _stride(batch["images"], maps))
        return per_span(placed, batch["points"], batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """One file: from an aligned face to its maps."""
        about = {
            "scheme": self._scheme.name,
            "input_size": SIZE,
            "colour": "gray",
            "output": "maps",
            "decode": "gaussian",
            "batch_size": 32,
        }
        made = _Maps(cast(HeatmapNet, network), spread=self.config == "compact")
        return [Exported(self.name, made, (SIZE, SIZE), ("maps",), about)]


class _Maps(nn.Module):
    """The maps of a network, of which ``compact`` gives logarithms."""

    def __init__(self, network: HeatmapNet, *, spread: bool) -> None:
        super().__init__()
        self.network = network
        self.spread = spread

    def forward(self, images: Tensor) -> Tensor:
        maps = cast(Tensor, self.network(images))
        return maps.flatten(2).softmax(dim=2).view_as(maps) if self.spread else maps


def _sizes(config: str, scheme: LandmarkScheme, given: Mapping[str, object]) -> HeatmapSize:
    base = COMPACT if config == "compact" else replace(PAPERS["mobilenetv2"], inputs=1)
    chosen = {key: value for key, value in given.items() if value is not None}
    if str(chosen.get("backbone", "")).startswith("resnet"):
        chosen = {"last": False, "width": 1.0, **chosen}
    return replace(base, points=len(scheme), **chosen)  # type: ignore[arg-type]


def _tricks(known: Sequence[str], without: Collection[str]) -> tuple[str, ...]:
    for trick in without:
        if trick not in known:
            raise UnknownNameError("trick of heatmap", trick, known)
    return tuple(trick for trick in known if trick not in without)


def _augmentation(tricks: Sequence[str], config: str) -> Augmentation:
    how = Augmentation(rotation=15.0, scale=0.06, shift=0.02, gain=0.3, gamma=0.4, invert=0.1)
    off: dict[str, dict[str, float | bool]] = {
        "flip": {"flip": False},
        "erase": {"erase": 0.0},
        "rotate": {"rotation": 0.0},
        "move": {"scale": 0.0, "shift": 0.0},
        "colour": {"gain": 0.0, "offset": 0.0, "gamma": 0.0},
        "degrade": {"resolution": 0.0, "blur": 0.0, "noise": 0.0, "invert": 0.0},
    }
    kept = [trick for trick in tricks if config == "compact" or trick != "colour"]
    for trick, fields in off.items():
        if trick not in kept:
            how = replace(how, **fields)  # type: ignore[arg-type]
    return how


def _moved_points(five: NDArray[np.float64], most: float, rng: Generator) -> NDArray[np.float64]:
    """Five points, each off by a normal number of so many distances of the eyes."""
    span = float(np.linalg.norm(five[1] - five[0]))
    return five + rng.normal(0, most * span, five.shape)


def _boxed_points(marks: Floats, jitter: float, rng: Generator) -> NDArray[np.float64]:
    """Where the five points lie on average in the points' box, off by up to `jitter` of it."""
    low, high = marks.min(axis=0).astype(np.float64), marks.max(axis=0).astype(np.float64)
    off = rng.uniform(-jitter, jitter, 4)
    extent = (high - low) * (1 + off[:2])
    corner = (low + high) / 2 + off[2:] * (high - low) - extent / 2
    five: NDArray[np.float64] = corner + np.array(LAYOUTS["landmarks"]) * extent
    return five


def _shrunk(matrix: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """A placement for the network's input as one for smaller images."""
    factor = size / SIZE
    made: NDArray[np.float64] = factor * matrix
    made[:, 2] += (factor - 1) / 2
    return made


def _coloured(seen: Samples, rng: Generator) -> Samples:
    """PCA noise of the batch's own component, and Gluon's jitter."""
    components = components_of(seen.images)
    images = [jittered(pca_noise(image, components, rng), rng) for image in seen.images]
    return seen._replace(images=np.clip(np.stack(images), 0, 255))


def _stride(images: Tensor, maps: Tensor) -> float:
    return images.shape[3] / maps.shape[3]


def _in_cells(points: Tensor, stride: float) -> Tensor:
    return (points + 0.5) / stride - 0.5
