"""PCA encoder: one pass over the data, closed form, about a second for 20,000 frames of 64x64."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from wm_zoo.api import Dims
from wm_zoo.api.nn import Generator

from . import PcaConfig, View


class Pca(nn.Module):
    """Whitened principal components, clamped to ``±latent_limit``.

    Everything learned is a buffer, so that a checkpoint holds it and no optimiser touches it.
    """

    def __init__(self, config: PcaConfig, dims: Dims) -> None:
        super().__init__()
        shape = dims.spaces.observation.shape
        if shape is None or len(shape) != 3:
            raise ValueError(f"pca needs an image observation [H, W, C], got shape {shape}")
        self.config = config
        self.latent_dim = config.latent_dim
        self.latent_limit = config.latent_limit
        self._shape = shape
        self._regions = [_resolve(view, shape) for view in config.views]
        sizes = [region.size for region in self._regions]
        for view, size in zip(config.views, sizes, strict=True):
            if view.dims > size:
                raise ValueError(f"pca: a view of {size} values cannot have dims={view.dims}; lower views[].dims")
        pixels = int(torch.tensor(shape).prod())
        self.register_buffer("mean", torch.zeros(sum(sizes)))
        self.register_buffer("projection", torch.zeros(sum(sizes), self.latent_dim))
        self.register_buffer("frame_mean", torch.zeros(pixels))
        self.register_buffer("painter", torch.zeros(self.latent_dim, pixels))

    def encode(self, obs: Tensor, *, generator: Generator | None = None) -> Tensor:
        """Frames uint8 ``[B, H, W, C]`` to whitened components float32 ``[B, Z]``; deterministic."""
        # Small pieces stay in the cache, which more than doubles the rate on long batches.
        values = torch.cat([self._values(piece) for piece in obs.split(256)])
        latent = (values - self.mean) @ self.projection
        return latent.clamp(-self.latent_limit, self.latent_limit)

    def decode(self, latent: Tensor) -> Tensor:
        """Latents ``[B, Z]`` to frames uint8 ``[B, H, W, C]`` by least squares on all pixels."""
        frame = self.frame_mean + latent @ self.painter
        return frame.round().clamp(0, 255).to(torch.uint8).reshape(-1, *self._shape)

    def fit(self, batches: Iterator[Tensor]) -> dict[str, float]:
        """Estimate components and decoder in one pass over uint8 batches ``[B, H, W, C]``."""
        moments = _Moments(self.mean.numel(), self.frame_mean.numel(), self.config.decoder_frames)
        for batch in batches:
            moments.add(self._values(batch), batch.reshape(len(batch), -1))
        if moments.count < 2:
            raise ValueError(f"pca needs at least 2 frames to fit, got {moments.count}")
        mean, covariance = moments.covariance()
        kept = self._solve(mean, covariance)
        self._fit_painter(moments, covariance)
        return {"frames": float(moments.count), "variance_kept": kept}

    def _values(self, obs: Tensor) -> Tensor:
        return torch.cat([region.values(obs) for region in self._regions], -1)  # [B, values]

    def _solve(self, mean: Tensor, covariance: Tensor) -> float:
        projection = torch.zeros_like(self.projection, dtype=torch.float64)
        row = column = 0
        kept = total = 0.0
        for view, region in zip(self.config.views, self._regions, strict=True):
            block = covariance[row : row + region.size, row : row + region.size]
            variance, vectors = torch.linalg.eigh(block)
            variance, vectors = variance[-view.dims :].flip(0), vectors[:, -view.dims :].flip(1)
            # An eigenvector's sign is arbitrary: fix it, so that two fits of the same data agree.
            vectors = vectors * torch.sign(vectors.gather(0, vectors.abs().argmax(0, keepdim=True)))
            projection[row : row + region.size, column : column + view.dims] = vectors / variance.clamp_min(1e-8).sqrt()
            kept += float(variance.sum())
            total += float(block.diagonal().sum())
            row, column = row + region.size, column + view.dims
        self.mean.copy_(mean)
        self.projection.copy_(projection)
        return kept / max(total, 1e-12)

    def _fit_painter(self, moments: _Moments, covariance: Tensor) -> None:
        frame_mean, cross = moments.cross_covariance()  # [pixels], [values, pixels]
        projection = self.projection.double()
        gram = projection.T @ covariance @ projection + 1e-6 * torch.eye(self.latent_dim, dtype=torch.float64)
        self.painter.copy_(torch.linalg.solve(gram, projection.T @ cross))
        self.frame_mean.copy_(frame_mean)


class _Region:
    """A view with its defaults filled in."""

    def __init__(self, rows: tuple[int, int], columns: tuple[int, int], channels: list[int], pool: tuple[int, int]):
        self.rows, self.columns, self.channels, self.pool = rows, columns, channels, pool
        self._grid = ((rows[1] - rows[0]) // pool[0], (columns[1] - columns[0]) // pool[1])
        self.size = self._grid[0] * self._grid[1] * len(channels)

    def values(self, obs: Tensor) -> Tensor:
        """Frames ``[B, H, W, C]`` to pooled values in [0, 1], ``[B, size]``."""
        first, last = self.channels[0], self.channels[-1] + 1
        cut = obs[:, self.rows[0] : self.rows[1], self.columns[0] : self.columns[1], first:last]
        if last - first != len(self.channels):
            cut = obs[:, self.rows[0] : self.rows[1], self.columns[0] : self.columns[1]][..., self.channels]
        (ph, pw), x = self.pool, cut.to(torch.float32)
        # Adding strided slices is six times as fast as a mean over two axes of a reshaped tensor.
        x = sum((x[:, i::ph] for i in range(1, ph)), x[:, 0::ph])
        x = sum((x[:, :, i::pw] for i in range(1, pw)), x[:, :, 0::pw])
        return x.reshape(len(obs), self.size) * (1.0 / (255.0 * ph * pw))


def _resolve(view: View, shape: tuple[int, ...]) -> _Region:
    rows, columns = view.rows or (0, shape[0]), view.columns or (0, shape[1])
    channels = list(view.channels) if view.channels is not None else list(range(shape[2]))
    for name, (a, b), limit, pool in (
        ("rows", rows, shape[0], view.pool[0]),
        ("columns", columns, shape[1], view.pool[1]),
    ):
        if not 0 <= a < b <= limit or pool < 1 or (b - a) % pool:
            raise ValueError(f"pca: {name}={(a, b)} with pool {pool} does not fit an observation of shape {shape}")
    if any(not 0 <= c < shape[2] for c in channels):
        raise ValueError(f"pca: channels={channels} do not fit an observation of shape {shape}")
    return _Region(rows, columns, channels, view.pool)


class _Moments:
    """Running first and second moments, in float64, of the view values and of whole frames."""

    def __init__(self, values: int, pixels: int, decoder_frames: int) -> None:
        self.count = 0
        self._sum = torch.zeros(values, dtype=torch.float64)
        self._square = torch.zeros(values, values, dtype=torch.float64)
        self._left = decoder_frames
        self._painted = 0
        self._value_sum = torch.zeros(values, dtype=torch.float64)
        self._pixel_sum = torch.zeros(pixels, dtype=torch.float64)
        self._cross = torch.zeros(values, pixels, dtype=torch.float64)

    def add(self, values: Tensor, frames: Tensor) -> None:
        """Add a batch: view values ``[B, V]`` and raw frames ``[B, P]``."""
        self.count += len(values)
        self._sum += values.sum(0)
        self._square += values.T @ values
        take = min(self._left, len(values))
        if take:
            pixels = frames[:take].to(torch.float32)
            self._left -= take
            self._painted += take
            self._value_sum += values[:take].sum(0)
            self._pixel_sum += pixels.sum(0)
            self._cross += values[:take].T @ pixels

    def covariance(self) -> tuple[Tensor, Tensor]:
        """Mean ``[V]`` and covariance ``[V, V]``."""
        mean = self._sum / self.count
        return mean, self._square / self.count - torch.outer(mean, mean)

    def cross_covariance(self) -> tuple[Tensor, Tensor]:
        """Mean frame ``[P]`` and covariance of values with pixels ``[V, P]``."""
        values, pixels = self._value_sum / self._painted, self._pixel_sum / self._painted
        return pixels, self._cross / self._painted - torch.outer(values, pixels)
