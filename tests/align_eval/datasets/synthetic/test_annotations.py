import numpy as np
import pandas as pd
import pytest

from align_eval.datasets.synthetic.annotations import (
    MEASURES,
    compare,
    geometry,
    real_geometry,
    synthetic_geometry,
)
from align_eval.datasets.synthetic.dataset import load
from align_eval.errors import DataError, LandmarkError
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.similarity import Similarity

SIX = scheme_named("visth6")
FACE = np.array([[60.0, 55], [70, 55], [82, 55], [92, 55], [66, 80], [86, 80]])
PARTS = (
    *("righteye_outer", "righteye_inner", "lefteye_inner", "lefteye_outer"),
    *("mouthcorner_right", "mouthcorner_left"),
)


def xml(name="001/TH/TH_001_1_01_NN.bmp", points=FACE, head=""):
    parts = "".join(
        f'<part name="{part}" x="{x:g}" y="{y:g}" />'
        for part, (x, y) in zip(PARTS, points, strict=False)
    )
    box = '<box top="20" left="40" width="70" height="80">'
    return (
        f'{head}<dataset><images><image file="{name}">{box}{parts}</box></image></images></dataset>'
    )


def test_files_name_the_subjects_sides_and_tables_the_images(tmp_path):
    (tmp_path / "001.xml").write_text(xml())
    (row,) = real_geometry(tmp_path).to_dict("records")
    assert (row["subject"], row["variation"], row["spectrum"]) == ("001", "NN", "thermal")
    assert row["eye distance"] == 22
    assert row["roll"] == 0
    assert row["eye to mouth"] == pytest.approx(25 / 22)
    assert row["mouth width"] == pytest.approx(20 / 22)


def test_only_roll_and_eye_distance_follow_a_similarity():
    turned = Similarity.make(1.7, np.radians(8), (5, -3))(FACE)
    before, after = (geometry(Landmarks(points, SIX)) for points in (FACE, turned))
    assert after["roll"] == pytest.approx(before["roll"] + 8)
    assert after["eye distance"] == pytest.approx(1.7 * before["eye distance"])
    for name in ("eye to mouth", "mouth width", "eye width"):
        assert after[name] == pytest.approx(before[name])


def test_eyes_in_one_place_have_no_geometry():
    with pytest.raises(LandmarkError):
        geometry(Landmarks(np.zeros((6, 2)), SIX))


def test_a_point_that_is_not_marked_leaves_its_measures_out_and_is_not_counted(tmp_path):
    (tmp_path / "001.xml").write_text(xml(points=FACE[:5]))
    (tmp_path / "002.xml").write_text(xml("002/TH/TH_002_1_01_NN.bmp"))
    table = real_geometry(tmp_path)
    assert table["mouth width"].isna().tolist() == [True, False]
    assert table["roll"].notna().all()
    counted = compare(table, table).set_index(["variation", "measure"])["real_n"]
    assert counted["all", "mouth width"] == 1
    assert counted["all", "roll"] == 2


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + xml(),
        '<!DOCTYPE d SYSTEM "file:///etc/hostname">' + xml(),
    ],
)
def test_a_document_type_is_refused_before_anything_is_expanded(tmp_path, text):
    (tmp_path / "001.xml").write_text(text)
    with pytest.raises(DataError, match="document type"):
        real_geometry(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["<dataset>", xml().replace('x="60"', 'x="far"'), xml("portrait.jpg"), "<part name='a'/>", ""],
)
def test_damaged_files_are_named(tmp_path, text):
    (tmp_path / "007.xml").write_text(text)
    with pytest.raises(DataError, match=r"007\.xml"):
        real_geometry(tmp_path)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="no XML"):
        real_geometry(tmp_path)


def test_the_scale_of_a_set_is_one_on_average():
    made = load(subjects=3, size=64, variations="NN EH", protocol="none", spectra="thermal")
    table = synthetic_geometry(made)
    assert len(table) == 6
    side_by_side = compare(table, table).set_index(["variation", "measure"])
    assert side_by_side.loc[("all", "scale"), "real_mean"] == pytest.approx(1)
    assert set(side_by_side.index.get_level_values("measure")) == set(MEASURES)
    pd.testing.assert_series_equal(
        side_by_side["real_mean"], side_by_side["synthetic_mean"], check_names=False
    )
    with pytest.raises(DataError, match="share no"):
        compare(table, table.assign(variation="XX"))


def test_the_published_annotations_are_read_whole_and_synthetic_faces_are_like_them(data_root):
    real = real_geometry(data_root / "permissive/visth_carl_annotations/Eurecom_annotations")
    assert len(real) == 50 * 12 * 2
    assert real[real["spectrum"] == "thermal"]["eye distance"].median() == pytest.approx(
        26.1, abs=0.1
    )
    made = load(subjects=12, range="VIS-TH", protocol="none", spectra="thermal", seed=7)
    table = compare(real, synthetic_geometry(made)).set_index(["variation", "measure"])
    every = table.loc["all"]
    assert set(table.index.get_level_values("variation")) >= {"NN", "EH", "AOM", "OH", "LR"}
    for measure in ("eye to mouth", "mouth width", "eye width"):
        row = every.loc[measure]
        assert abs(row["real_mean"] - row["synthetic_mean"]) < 0.2
    assert 0.6 < every.loc["roll", "synthetic_sd"] / every.loc["roll", "real_sd"] < 1.5
