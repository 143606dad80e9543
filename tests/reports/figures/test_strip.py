from matplotlib.figure import Figure

from reports.figures.strip import StripDisplay
from reports.figures.style import looks
from reports.strips import strips


def test_a_picture_for_every_crop_and_a_reason_for_every_failure(result):
    grid = strips(result.samples)[0]
    names = [aligner for aligner, _ in grid.rows]
    ax = StripDisplay(grid, looks(names, "yunet")).plot(Figure().subplots())
    crops = [sample for _, samples in grid.rows for sample in samples if sample.crop is not None]
    assert len(ax.images) == len(crops) == 30
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("no face\nfound") == 2
    assert set(names) <= set(texts)
