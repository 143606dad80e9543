import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from landmark_models.nets.layers import parameter_count
from landmark_models.nets.mtcnn import (
    COMPACT,
    PAPER,
    SIZES,
    Mtcnn,
    MtcnnPoints,
    MtcnnProposals,
    MtcnnRefined,
    pixels,
)


def made_net():
    torch.manual_seed(0)
    return Mtcnn().eval()


NET = made_net()


def images(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 255


def test_the_paper_has_387_648_parameters_in_stage_3_and_494_924_in_all():
    net = Mtcnn(PAPER)
    assert parameter_count(net.stage3) == 387_648
    assert parameter_count(net) == 494_924


def test_the_compact_form_has_the_papers_layers():
    assert COMPACT == PAPER


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_stage_says_one_thing_of_one_window(k):
    size = SIZES[k - 1]
    answer = NET.get_submodule(f"stage{k}")(images(3, 1, size, size))
    assert [part.reshape(3, -1).shape[1] for part in answer] == [1, 4, 10]


@given(st.integers(0, 14), st.integers(0, 9), st.integers(0, 1000))
def test_a_cell_of_stage_1_sees_the_12_pixels_from_twice_its_position(i, j, seed):
    image = images(1, 1, 40, 30, seed=seed)
    window = image[:, :, 2 * i : 2 * i + 12, 2 * j : 2 * j + 12]
    with torch.no_grad():
        for every, one in zip(NET.stage1(image), NET.stage1(window), strict=True):
            assert torch.allclose(every[..., i, j], one[..., 0, 0], atol=1e-4)


@given(st.integers(12, 60), st.integers(12, 60))
def test_stage_1_has_a_cell_for_every_window_that_lies_in_the_image(height, width):
    with torch.no_grad():
        face = NET.stage1(images(1, 1, height, width)).face
    # An odd side has one more, which lacks a pixel.
    assert face.shape == (1, (height - 12 + 1) // 2 + 1, (width - 12 + 1) // 2 + 1)


@given(st.floats(0.5, 1.0), st.floats(0, 20))
def test_stage_3_does_not_mind_gain_and_offset(gain, offset):
    image = images(1, 1, 48, 48) * 0.9
    with torch.no_grad():
        assert torch.allclose(NET(image), NET(gain * image + offset), atol=0.05)


def test_points_of_nothing_are_the_centre_of_the_window():
    assert pixels(torch.zeros(1, 10)).unique().tolist() == [23.5]


def test_what_is_served_are_chances_between_0_and_1_and_the_stages_answers():
    with torch.no_grad():
        for served, k in ((MtcnnProposals, 1), (MtcnnRefined, 2), (MtcnnPoints, 3)):
            image = images(2, 1, SIZES[k - 1], SIZES[k - 1])
            face, box = served(NET).eval()(image)[-2:]
            answer = NET.get_submodule(f"stage{k}")(image)
            assert torch.allclose(torch.logit(face), answer.face, atol=1e-4)
            assert torch.equal(box, answer.box)


def test_the_served_points_are_those_of_the_whole_network():
    image = images(2, 1, 48, 48)
    with torch.no_grad():
        assert torch.equal(MtcnnPoints(NET)(image)[0], NET(image))
