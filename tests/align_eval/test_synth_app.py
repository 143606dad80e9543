from align_eval.synth_app import synth_quality


def test_photographs_models_find_visible_faces_and_lose_thermal_ones():
    table = synth_quality(subjects=2, seed=3, workers=1)
    values = table.query("variation in ('all', 'clear')").set_index(["spectrum", "measure"])[
        "value"
    ]
    assert values["visible", "detected"] > 0.8
    assert values["visible", "NME"] < 0.08
    assert values["thermal", "detected"] < values["visible", "detected"]
