"""Where weights are: those that are shipped, and those that somebody has trained."""

from pathlib import Path

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.weights import sha256
from landmark_models.card import Card, read_card
from landmark_models.train import TASKS

PACKAGED = Path(__file__).parent / "weights"
LARGEST, LARGEST_IN_ALL = 6_000_000, 40_000_000
"""Bytes that a packaged ONNX file, and all of them, may have."""


def packaged_cards(folder: Path | None = None) -> dict[str, Path]:
    """The cards of a folder by name: those that are shipped, if none is given."""
    return {path.stem: path for path in sorted((folder or PACKAGED).glob("*.json"))}


def card_path(source: str | Path, needed_by: str) -> Path:
    """Where a card is.

    Parameters
    ----------
    source : str or Path
        A packaged name, a card's file, or a folder that holds one card; the former win.
    needed_by : str
        For messages: ``"landmark model 'dan'"``.

    Raises
    ------
    ConfigError
        None of these; for a model that can be trained it says how.
    """
    packaged = packaged_cards()
    if str(source) in packaged:
        return packaged[str(source)]
    path = Path(source).expanduser()
    if path.suffix == ".json" and path.is_file():
        return path
    if path.is_dir():
        found = sorted(path.glob("*.json"))
        if len(found) == 1:
            return found[0]
        raise ConfigError(
            f"{needed_by}: the folder {str(source)!r} holds {len(found)} cards (.json), one is "
            "wanted"
        )
    if str(source) in TASKS:
        raise ConfigError(
            f"{needed_by}: no weights {str(source)!r} are packaged; train them with `align-eval "
            f"train {source} --out FOLDER`, and set the option weights to FOLDER"
        )
    kind = f"weights of {needed_by} (packaged, a card .json, or its folder)"
    raise UnknownNameError(kind, str(source), packaged)


def checked_file(card: Card, folder: Path, name: str) -> Path:
    """A file of a card, if it is the one that the card means.

    Raises
    ------
    ConfigError
        It is not beside the card, or is another.
    """
    path = folder / name
    if not path.is_file():
        raise ConfigError(f"weight card {card.name!r} names {name}, which is not beside it")
    digest = sha256(path)
    if digest != card.files[name]:
        raise ConfigError(
            f"{name} has sha256 {digest}; weight card {card.name!r} wants {card.files[name]}"
        )
    return path


def faults(folder: Path) -> list[str]:
    """What is wrong with a folder of weights, a line each; empty if nothing is.

    Each ONNX file is named by one card, is what the card means, and is small; so are all together.
    Each card names measured errors.
    """
    found, named = [], []
    for path in packaged_cards(folder).values():
        try:
            card = read_card(path)
            named += [checked_file(card, folder, name).name for name in card.files]
        except ConfigError as error:
            found.append(str(error))
            continue
        if card.name != path.stem:
            found.append(f"{path.name} is the card of {card.name!r}")
        if not card.errors:
            found.append(f"{path.name} names no measured errors")
    sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("*.onnx"))}
    for name, size in sizes.items():
        if named.count(name) != 1:
            found.append(f"{name} is named by {named.count(name)} sound cards, one is wanted")
        if size > LARGEST:
            found.append(f"{name} has {size} bytes, at most {LARGEST} are wanted")
    if sum(sizes.values()) > LARGEST_IN_ALL:
        found.append(
            f"all ONNX files have {sum(sizes.values())} bytes, at most {LARGEST_IN_ALL} are wanted"
        )
    return found
