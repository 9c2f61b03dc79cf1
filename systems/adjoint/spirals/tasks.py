r"""Latent ODE and baselines on windows of spirals: their losses, and what they say of all the points of a window.

The loss is that of the public example, the normal likelihood with the standard deviation of the noise and, for latent
ODEs, the analytic KL; a baseline's is that of each observation but the first, given those before.  Told beyond:

latent ODE     from the mean of q(z_0) the equation runs through all 200 times;
RNN with gaps  reads its own predictions, a gap at a time;
RNN            has no clock: its next hundred predictions are taken for the hundred points, however far apart the
               observations were.  `by_mean_gaps` gives it the clock that it best deserves, 100/n points a prediction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from systems.adjoint.spirals.data import BEYOND, SEEN, TIMES, Spirals
from systems.adjoint.spirals.models import decoded, encoded, flowed, layers, predicted

TESTING = 1.5e-8
LATENT = ("latent ODE", "latent ODE, encoder forwards", "latent ODE, encoder without times")
RECURRENT = ("RNN", "RNN with gaps")


def stacked(parts: Sequence[np.ndarray], dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.tensor(np.stack(parts)).to(dtype if parts[0].dtype.kind == "f" else torch.int64)


class Latent:
    """The loss and the predictions of a latent ODE on windows, one list entry a seed."""

    def __init__(self, name: str, data: Sequence[Spirals], noise: float, dtype: torch.dtype, tol: float) -> None:
        self.order = "forwards" if "forwards" in name else "backwards"
        self.index, self.seen = stacked([d.index for d in data]), stacked([d.seen for d in data], dtype)
        n = self.index.shape[2]
        gaps = torch.diff(self.index, dim=2, prepend=torch.zeros_like(self.index[:, :, :1])) * n / SEEN
        columns = [self.seen] if "without times" in name else [self.seen, gaps[..., None].to(dtype)]
        self.inputs, self.noise = torch.cat(columns, dim=3), noise
        self.tol = tol

    def losses(self, weights: Sequence[Tensor], rows: Tensor, draws: Tensor) -> Tensor:
        """−ELBO, a mean over the rows S x B; draws S x B x 4."""
        which = torch.arange(len(rows))[:, None]
        mean, logvar = encoded(weights, self.inputs[which, rows].permute(2, 0, 1, 3), self.order)
        z = flowed(weights, mean + draws * (logvar / 2).exp(), TIMES[:SEEN], self.tol)
        at = self.index[which, rows].transpose(1, 2)[..., None].expand(-1, -1, -1, z.shape[3])
        told = decoded(weights, z if at.shape[1] == SEEN else z.gather(1, at))
        return gaussian(told - self.seen[which, rows].transpose(1, 2), self.noise) + kl(mean, logvar)

    def told(self, weights: Sequence[Tensor], draws: Tensor | None = None) -> Tensor:
        """All 200 points of all windows, S x 200 x N x 2, from the mean of q(z_0), or from a draw of it."""
        with torch.no_grad():
            mean, logvar = encoded(weights, self.inputs.permute(2, 0, 1, 3), self.order)
            z0 = mean if draws is None else mean + draws * (logvar / 2).exp()
            return decoded(weights, flowed(weights, z0, TIMES, self.tol))


class Recurrent:
    """The loss and the predictions of a baseline on windows."""

    def __init__(self, name: str, data: Sequence[Spirals], noise: float, dtype: torch.dtype, tol: float) -> None:
        self.index, self.seen = stacked([d.index for d in data]), stacked([d.seen for d in data], dtype)
        self.n = self.index.shape[2]
        end = torch.full_like(self.index[:, :, :1], SEEN)
        gaps = torch.diff(self.index, dim=2, append=end)[..., None].to(dtype) * self.n / SEEN
        self.columns = 1 if name == "RNN with gaps" else 0
        self.inputs, self.noise = torch.cat([self.seen, gaps[..., : self.columns]], dim=3), noise

    def losses(self, weights: Sequence[Tensor], rows: Tensor, draws: Tensor) -> Tensor:
        """−log likelihood of each observation but the first, given those before."""
        which = torch.arange(len(rows))[:, None]
        told = predicted(weights, self.inputs[which, rows][:, :, :-1].permute(2, 0, 1, 3), ())
        return gaussian(told.transpose(0, 1) - self.seen[which, rows][:, :, 1:].transpose(1, 2), self.noise)

    def told(self, weights: Sequence[Tensor]) -> Tensor:
        """S x (n − 1 + 100) x N x 2: the next observation after each but the last, and the 100 points beyond."""
        S, N = self.seen.shape[:2]
        ones = torch.full((BEYOND - 1, S, N, self.columns), self.n / SEEN, dtype=self.seen.dtype)
        with torch.no_grad():
            return predicted(weights, self.inputs.permute(2, 0, 1, 3), ones).transpose(0, 1)


def gaussian(error: Tensor, noise: float) -> Tensor:
    """−log N(error; 0, noise²) summed over the points and coordinates of a window, S x n x B x 2; mean over windows."""
    constant = np.log(noise) + np.log(2 * np.pi) / 2
    return (error.square() / (2 * noise**2) + constant).sum(dim=(1, 3)).mean(dim=1)


def kl(mean: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(m, e^l) ‖ N(0, 1)) = (e^l + m² − 1 − l)/2, summed over the latent coordinates; mean over windows."""
    return (logvar.exp() + mean.square() - 1 - logvar).sum(dim=2).mean(dim=1) / 2


def modelled(
    name: str, data: Sequence[Spirals], noise: float, dtype: torch.dtype = torch.float64, tol: float = TESTING
) -> Latent | Recurrent:
    """The model on these windows, one entry of `data` a seed, in this precision and to this tolerance."""
    return (Latent if name in LATENT else Recurrent)(name, data, noise, dtype, tol)


def shapes(name: str) -> tuple[tuple[int, int], ...]:
    """The affine layers of a model."""
    return layers("latent" if name in LATENT else "rnn", gaps=name not in ("RNN", "latent ODE, encoder without times"))


def by_mean_gaps(told: np.ndarray, data: Sequence[Spirals]) -> np.ndarray:
    """The 100 points beyond if a baseline's own predictions are 100/n points apart, linear in between; from `told`."""
    index = np.stack([d.index for d in data])
    n, last = index.shape[2], index[:, :, -1]
    seen = np.stack([d.seen for d in data])[:, :, -1]
    own = np.concatenate([seen[:, None], told[:, n - 1 :]], axis=1)  # from the last observation on
    at = (np.arange(SEEN, SEEN + BEYOND)[None, :, None] - last[:, None]) * n / SEEN
    low = np.minimum(at.astype(int), own.shape[1] - 2)
    share = (at - low)[..., None]
    first, second = (np.take_along_axis(own, (low + k)[..., None], axis=1) for k in (0, 1))
    made: np.ndarray = (1 - share) * first + share * second
    return made
