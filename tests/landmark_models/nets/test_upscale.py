import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from align_eval.errors import ConfigError
from landmark_models.nets.layers import parameter_count
from landmark_models.nets.upscale import Stack, Upscale

WORDS = st.text("DS", min_size=1, max_size=5)


@settings(deadline=None, max_examples=15)
@given(WORDS, st.integers(1, 5), st.sampled_from([4, 8, 16]))
def test_each_letter_doubles_the_size(word, inputs, filters):
    with torch.device("meta"):
        stack = Stack(word, inputs, filters)
        made = stack(torch.zeros(2, inputs, 3, 2))
    assert stack.channels == (filters if word[-1] == "D" else filters // 4)
    assert made.shape == (2, stack.channels, 3 * 2 ** len(word), 2 * 2 ** len(word))


@settings(deadline=None, max_examples=15)
@given(WORDS, st.sampled_from([4, 8, 12]))
def test_the_parameters_follow_from_the_word(word, filters):
    with torch.device("meta"):
        stack = Stack(word, 5, filters)
    wanted, inputs = 0, 5
    for letter in word:
        taps = 16 if letter == "D" else 9
        wanted += inputs * filters * taps + 2 * filters
        inputs = filters if letter == "D" else filters // 4
    assert parameter_count(stack) == wanted


@pytest.mark.parametrize("word", ["", "X", "SXD", "sd", "S D"])
def test_other_words_are_refused(word):
    with pytest.raises(ConfigError, match=f"a stack wants letters D and S, .*, got {word!r}"):
        Stack(word, 4, 4)


@pytest.mark.parametrize("kind", ["", "DS", "d"])
def test_other_layers_are_refused(kind):
    with pytest.raises(ConfigError, match=f"is D or S, got {kind!r}"):
        Upscale(kind, 4, 4)


def test_a_shuffle_wants_four_channels_for_each():
    assert Upscale("D", 4, 6).channels == 6
    with pytest.raises(ConfigError, match="a multiple of 4 filters, got 6"):
        Upscale("S", 4, 6)


def test_a_shuffle_lays_four_channels_out_as_a_square():
    layer = Upscale("S", 4, 4).eval()
    nn.init.dirac_(layer.up[0].weight)
    features = torch.rand(1, 4, 2, 2)
    made = layer(features) * (1 + layer.up[1].eps) ** 0.5
    assert torch.allclose(made[0, 0, :2, :2].flatten(), features[0, :, 0, 0])
    assert torch.allclose(made[0, 0, 2:, 2:].flatten(), features[0, :, 1, 1])


def test_a_deconvolution_of_ones_spreads_evenly():
    """Each pixel of the result but those of the border gets 4 of the kernel's 16 weights."""
    layer = Upscale("D", 1, 1).eval()
    nn.init.constant_(layer.up[0].weight, 0.25)
    made = layer(torch.ones(1, 1, 4, 4)) * (1 + layer.up[1].eps) ** 0.5
    assert torch.allclose(made[0, 0, 1:-1, 1:-1], torch.ones(6, 6))


@pytest.mark.parametrize("kind", ["D", "S"])
def test_what_comes_out_is_not_negative(kind):
    torch.manual_seed(0)
    made = Upscale(kind, 4, 8)(torch.randn(2, 4, 5, 5))
    assert made.min() == 0
    assert made.max() > 0.1
