#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the U-Net of denoise.cpp: it predicts the noise of a photo.

usage: train.py [--out FILE] [--steps N] [--until N] [--threads N]

Learns from random pieces of two pictures of examples/pictures, turned, mirrored, scaled, and with their colours mixed;
each has normal noise of 0 to 50 of 255. The astronaut is not among them, so that it can be looked at. Some minutes on a
CPU. Without options it makes denoiser.safetensors: what it has after 1700 of 3000 steps. Needs torch, numpy, Pillow and
safetensors.
"""

import argparse
import pathlib

import numpy
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
PICTURES = ["chelsea.png", "poster.png"]
SHARES = [0.8, 0.2]  # of pieces
PIECE = 64
BATCH = 8
MOST_NOISE = 50 / 255


def twice(channels_in, channels):
    return nn.Sequential(
        nn.Conv2d(channels_in, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
    )


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.down0, self.down1, self.middle = twice(3, 16), twice(16, 32), twice(32, 48)
        self.up1, self.join1 = nn.ConvTranspose2d(48, 32, 2, 2), twice(64, 32)
        self.up0, self.join0 = nn.ConvTranspose2d(32, 16, 2, 2), twice(32, 16)
        self.head = nn.Conv2d(16, 3, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        fine = self.down0(x)
        coarse = self.down1(self.pool(fine))
        y = self.middle(self.pool(coarse))
        y = self.join1(torch.cat([coarse, self.up1(y)], 1))
        y = self.join0(torch.cat([fine, self.up0(y)], 1))
        return x - self.head(y)


def piece(source, pictures):
    picture = pictures[source.choice(len(pictures), p=SHARES)]
    scale = source.choice([1, 1, 2])  # every other pixel: finer detail
    side = PIECE * scale
    top = source.integers(picture.shape[0] - side + 1)
    left = source.integers(picture.shape[1] - side + 1)
    out = picture[top : top + side : scale, left : left + side : scale]
    out = numpy.rot90(out, source.integers(4))
    if source.integers(2):
        out = out[:, ::-1]
    mixed = out[..., source.permutation(3)] * source.uniform(0.5, 1.2) + source.uniform(-0.2, 0.2)
    return numpy.clip(mixed, 0, 1).transpose(2, 0, 1)


def main():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--out", type=pathlib.Path, default=HERE / "denoiser.safetensors")
    asked.add_argument(
        "--steps", type=int, default=3000, help=f"of {BATCH} pieces each, by which the rate falls to 0 (3000)"
    )
    asked.add_argument("--until", type=int, default=1700, help="the step to end after (1700)")
    asked.add_argument("--threads", type=int, default=2)
    given = asked.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(given.threads)
    source = numpy.random.default_rng(1)
    folder = HERE.parent / "pictures"
    pictures = [
        numpy.asarray(Image.open(folder / name).convert("RGB"), numpy.float32) / 255 for name in PICTURES
    ]
    net = Denoiser()
    rates = torch.optim.Adam(net.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(rates, given.steps)
    for step in range(min(given.until, given.steps)):
        clean = torch.from_numpy(numpy.stack([piece(source, pictures) for _ in range(BATCH)]).copy())
        noise = torch.rand(BATCH, 1, 1, 1) * MOST_NOISE * torch.randn_like(clean)
        # As bytes, which the program reads.
        noisy = ((clean + noise).clamp(0, 1) * 255).round() / 255
        loss = nn.functional.mse_loss(net(noisy), clean)
        rates.zero_grad()
        loss.backward()
        rates.step()
        schedule.step()
        if step % 100 == 99:
            print(f"step {step + 1}: error {255 * loss.item() ** 0.5:.2f} of 255", flush=True)
            save_file(net.state_dict(), given.out)
    save_file({name: value.contiguous() for name, value in net.state_dict().items()}, given.out)


if __name__ == "__main__":
    main()
