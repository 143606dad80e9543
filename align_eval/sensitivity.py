"""What a sensitivity study moves: kinds, levels and repeats, and whose errors it replays.

Everything starts from the baseline's landmarks: exact ones where the data set has them. A *sweep*
is one way, level and repeat; it is scored as an aligner is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite, nan
from typing import Any, NamedTuple

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.perturbation import KINDS, PARTS, POINTS, kind_named

REPLAY = "replay"
BASIC = ("jitter", "shift_x", "shift_y", "rotation", "scale")
GROUPS: Mapping[str, tuple[str, ...]] = {"points": POINTS, "all": tuple(KINDS)}
"""Words that stand for several kinds."""
_REFERENCE = 0.1


class Sweep(NamedTuple):
    """One way of moving the baseline's landmarks.

    Parameters
    ----------
    kind : str
        One of `align_eval.perturbation.KINDS`; or `REPLAY`: the residuals that a model has on
        other faces; or one of `align_eval.perturbation.PARTS`: that part of the model's own
        residuals, face by face.
    aligner : str
        Whose residuals; "" for a kind.
    level : float
        In eye distances; a residual is multiplied by it.
    repeat : int
        From 0.
    """

    kind: str
    aligner: str
    level: float
    repeat: int

    @property
    def name(self) -> str:
        """As files are called after it; no aligner's name begins so.

        >>> Sweep("replay", "dan", 1.0, 2).name, Sweep("jitter", "", 0.05, 0).name
        ('_replay_dan_1.0_2', '_jitter_0.05_0')
        """
        words = [self.kind, *([self.aligner] if self.aligner else []), repr(self.level)]
        return "_" + "_".join([*words, str(self.repeat)])


@dataclass(frozen=True)
class Sensitivity:
    """What is moved, how far, and what loss the alignment budget is for.

    Parameters
    ----------
    kinds : tuple of str
        Of `align_eval.perturbation.KINDS`; ``"points"`` stands for each of the five points,
        ``"all"`` for everything.
    levels : tuple of float
        In eye distances, above 0; 0 is the baseline itself.
    repeats : int
        How often every draw is repeated.
    replay : tuple of str
        The aligners whose residuals are replayed, whole and in parts.
    stretch : tuple of float
        By which factors a replayed residual is multiplied.
    within : tuple of str
        Attributes of faces: a residual is replayed on a face of the same values only, and of the
        same modality.
    by : tuple of str
        Attributes of the probes by whose values the costs of `jitter` are given, too, where a
        data set has them; numbers by ranges (`align_eval.parts.divided`).
    loss : float
        What may be lost, as a fraction of TAR, or gained of an error rate: the alignment budget
        is the level at which it is.

    Raises
    ------
    ConfigError
        An unknown kind (UnknownNameError), numbers out of range, something twice, or nothing to
        do.
    """

    kinds: tuple[str, ...] = (*BASIC, "points")
    levels: tuple[float, ...] = (0.01, 0.02, 0.03, 0.05, 0.1)
    repeats: int = 3
    replay: tuple[str, ...] = ()
    stretch: tuple[float, ...] = (1.0,)
    within: tuple[str, ...] = ("variation",)
    by: tuple[str, ...] = ("variation",)
    loss: float = 0.01

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in GROUPS:
                kind_named(kind)
        for key in ("levels", "stretch"):
            for value in getattr(self, key):
                if not (isfinite(value) and value > 0):
                    raise ConfigError(f"{key} want finite numbers above 0, got {value!r}")
        for key in ("kinds", "levels", "replay", "stretch", "within", "by"):
            values = getattr(self, key)
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise ConfigError(f"{key} want each value once, got {twice!r} twice")
        if isinstance(self.repeats, bool) or self.repeats < 1:
            raise ConfigError(f"repeats want at least 1, got {self.repeats!r}")
        if not 0 < self.loss < 1:
            raise ConfigError(f"loss wants a number in (0, 1), got {self.loss!r}")
        if not (self.kinds and self.levels) and not (self.replay and self.stretch):
            raise ConfigError("a sensitivity study wants kinds with levels, or aligners to replay")

    @property
    def each_kind(self) -> tuple[str, ...]:
        """The kinds, words for several replaced by these.

        >>> Sensitivity(kinds=("points", "nose_tip")).each_kind
        ('left_eye', 'right_eye', 'nose_tip', 'left_mouth', 'right_mouth')
        """
        named = (name for kind in self.kinds for name in GROUPS.get(kind, (kind,)))
        return tuple(dict.fromkeys(named))

    @property
    def reference(self) -> float:
        """The level at which kinds are ranked: the largest up to 0.1, else the smallest.

        >>> Sensitivity(levels=(0.02, 0.05, 0.2)).reference
        0.05
        """
        near = [level for level in self.levels if level <= _REFERENCE]
        return max(near) if near else min(self.levels, default=nan)

    def sweeps(self) -> tuple[Sweep, ...]:
        """Everything to be scored, in the order of kinds, levels and repeats.

        >>> len(Sensitivity(kinds=("jitter", "bias_x"), levels=(0.01, 0.02)).sweeps())
        8
        """
        moved = [
            Sweep(kind, "", level, repeat)
            for kind in self.each_kind
            for level in self.levels
            for repeat in range(self.repeats if KINDS[kind].drawn else 1)
        ]
        replayed = [
            Sweep(REPLAY, aligner, factor, repeat)
            for aligner in self.replay
            for factor in self.stretch
            for repeat in range(self.repeats)
        ]
        parts = [Sweep(part, aligner, 1.0, 0) for aligner in self.replay for part in PARTS]
        return (*moved, *replayed, *parts)

    def check(self, aligners: Sequence[str], baseline: str) -> None:
        """Refuse to replay an aligner that a study does not have.

        Raises
        ------
        UnknownNameError
            No such aligner.
        ConfigError
            The baseline, which is not off.
        """
        for name in self.replay:
            if name == baseline:
                raise ConfigError(f"{name!r} is the baseline, which has no residuals to replay")
            if name not in aligners:
                raise UnknownNameError("aligner to replay", name, aligners)

    def to_config(self) -> dict[str, Any]:
        """As a TOML table."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }

    @classmethod
    def from_config(cls, table: Any) -> "Sensitivity":
        """From a TOML table.

        Raises
        ------
        ConfigError
            No table, an unknown key (UnknownNameError), or a value of another type.
        """
        if isinstance(table, cls):
            return table
        if not isinstance(table, Mapping):
            raise ConfigError(f"sensitivity wants a table, got {table!r}")
        for key in table:
            if key not in cls.__dataclass_fields__:
                raise UnknownNameError("key of sensitivity", key, cls.__dataclass_fields__)
        return cls(**{key: _converted(key, value) for key, value in table.items()})


def _converted(key: str, value: Any) -> Any:
    if key in ("repeats", "loss"):
        wanted = int if key == "repeats" else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise ConfigError(f"sensitivity's {key} wants a number, got {value!r}")
        return value
    if not isinstance(value, list | tuple):
        raise ConfigError(f"sensitivity's {key} want a list, got {value!r}")
    numbers = key in ("levels", "stretch")
    for item in value:
        if isinstance(item, bool) or not isinstance(item, (int | float) if numbers else str):
            kind = "numbers" if numbers else "texts"
            raise ConfigError(f"sensitivity's {key} want {kind}, got {item!r}")
    return tuple(map(float, value)) if numbers else tuple(value)
