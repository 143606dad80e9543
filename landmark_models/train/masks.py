"""The masks that DMSL's U-Nets learn to draw.

M_l learns `landmark_masks`, the paper's Algorithm 1; M_b learns the box itself, which
`landmark_models.nets.dmsl.covered` draws.
"""

import torch
from torch import Tensor


def landmark_masks(points: Tensor, size: int) -> Tensor:
    """Algorithm 1 of DMSL: each landmark glows, and halves with every pixel of distance.

    Landmark by landmark, ``255 · 0.5 ** max(|x − j|, |y − k|)`` is added to each pixel (j, k) that
    is still below 255. So a pixel can exceed 255 by its last addition, and where it does, the order
    of the landmarks matters. (The printed formula lacks the absolute values; without them there is
    no glow.) Distances are taken between pixel coordinates, so that a landmark on a pixel's centre
    gives that pixel all of 255.

    Parameters
    ----------
    points : (B, P, 2)
        In pixels, integers at pixel centres; may lie outside.
    size : int
        Side of the masks.

    Returns
    -------
    (B, size, size) float32, rows first, from 0 to below 510.

    Examples
    --------
    >>> landmark_masks(torch.tensor([[[0.0, 1.0]]]), 3)[0].tolist()
    [[127.5, 127.5, 63.75], [255.0, 127.5, 63.75], [127.5, 127.5, 63.75]]
    """
    axis = torch.arange(size, device=points.device, dtype=torch.float32)
    # The power of the larger distance is the smaller one of both powers.
    across, down = (255 * torch.exp2(-(axis - points[:, :, c, None]).abs()) for c in (0, 1))
    masks = torch.zeros(len(points), size, size, device=points.device)
    light, below = torch.empty_like(masks), torch.empty_like(masks)
    for column, row in zip(across.unbind(1), down.unbind(1), strict=True):
        torch.minimum(column[:, None, :], row[:, :, None], out=light)
        # As a number: a boolean mask takes torch several times as long.
        torch.lt(masks, 255, out=below)
        masks.addcmul_(light, below)
    return masks


def glow(points: Tensor, size: int) -> Tensor:
    """`landmark_masks` as the cross-entropy wants them: (B, 1, size, size) from 0 to 1.

    What exceeds 255 is cut off, as in an 8-bit image.
    """
    return (landmark_masks(points, size) / 255).clamp(max=1)[:, None]
