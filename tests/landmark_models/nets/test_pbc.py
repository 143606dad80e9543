import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from landmark_models.nets.layers import parameter_count, standardised
from landmark_models.nets.pbc import COMPACT, EDGE, PAPER, Pbc, PbcSize, cells, patches

SMALL = PbcSize((4, 6, 6, 8, 8, 8))


def made_net():
    torch.manual_seed(0)
    return Pbc(SMALL).eval()


NET = made_net()


def images(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 255


def test_the_paper_has_1_016_390_parameters():
    assert parameter_count(Pbc(PAPER)) == 1_016_390


def test_the_compact_form_is_less_than_6_megabytes_in_half_precision():
    assert 2 * parameter_count(Pbc(COMPACT)) < 6e6


def test_a_patch_becomes_6_by_6_cells_and_one_vector():
    patch = images(2, 1, 60, 60)
    assert NET.layers(patch).shape == (2, 6, 6, 6)
    assert NET.scores(patch).shape == (2, 6, 1, 1)


@settings(max_examples=30)
@given(st.integers(60, 140), st.integers(60, 140))
def test_a_map_has_as_many_cells_as_it_says(height, width):
    with torch.no_grad():
        assert NET.scores(images(1, 1, height, width)).shape[2:] == (cells(height), cells(width))


def test_cells_far_from_the_border_move_by_one_when_the_image_moves_by_8_pixels():
    image = images(1, 1, 240, 240) - 127.5
    with torch.no_grad():
        every, moved = NET.scores(image), NET.scores(image[:, :, 8:, 16:])
    inner = slice(4, -8)  # three cells of zero padding on each side, and what was cut off
    assert torch.allclose(
        every[:, :, 1:, 2:][:, :, inner, inner], moved[:, :, inner, inner], atol=1e-3
    )


def test_a_patch_alone_and_in_an_image_differ_by_the_padding_only():
    # A 3×3 kernel that is zero but for its centre needs no padding.
    net = made_net()
    for layer in net.layers:
        if isinstance(layer, torch.nn.Conv2d) and layer.padding != (0, 0):
            layer.weight.data[:, :, [0, 2], :] = 0
            layer.weight.data[:, :, :, [0, 2]] = 0
    image = images(1, 1, 140, 132)
    with torch.no_grad():
        every = net.scores(image)
        alone = net.scores(image[:, :, 24:84, 40:100])
        assert torch.allclose(every[:, :, 3, 5], alone[:, :, 0, 0], atol=1e-3)
        padded = NET.scores(image)[:, :, 3, 5] - NET.scores(image[:, :, 24:84, 40:100])[:, :, 0, 0]
    assert padded.abs().max() > 0.01


def test_a_continued_image_keeps_its_middle_and_repeats_its_edge():
    image = images(1, 1, 20, 30)
    wide = NET.prepared(image)
    assert wide.shape == (1, 1, 80, 90)
    assert torch.equal(wide[:, :, EDGE:-EDGE, EDGE:-EDGE], standardised(image))
    assert (wide[0, 0, :EDGE, 40] == wide[0, 0, EDGE, 40]).all()


def test_patches_are_cut_from_their_first_pixels_face_by_face():
    wide = images(2, 1, 90, 100)
    corners = torch.tensor([[[0, 0], [3, 20]], [[40, 30], [7, 1]]])
    cut = patches(wide, corners)
    assert cut.shape == (4, 1, 60, 60)
    assert torch.equal(cut[1, 0], wide[0, 0, 20:80, 3:63])
    assert torch.equal(cut[2, 0], wide[1, 0, 30:90, 40:100])


def test_points_are_the_centres_of_the_likeliest_patches():
    image = images(3, 1, 90, 120, seed=1)
    with torch.no_grad():
        found = NET(image)
        chances = torch.softmax(NET.scores(NET.prepared(image)), dim=1)
    for k in range(3):
        for landmark in range(5):
            column, row = ((found.points[k, landmark] + EDGE - 29.5) / 8).long().tolist()
            best = chances[k, landmark].max()
            assert found.points[k, landmark].tolist() == [8 * column - 0.5, 8 * row - 0.5]
            assert chances[k, landmark, row, column] == best
            assert found.quality[k, landmark].item() == pytest.approx(best.item())
