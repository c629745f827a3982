"""Prints what PyTorch makes of every encoder and decoder with weights that are a formula of their place.

usage: python3 scripts/golden/networks.py > fixtures/golden/networks.json   (PyTorch 2.15, float64)

The modules are those of `crates/disentangle-trainer/python/disentangle_model.py`, so the file shows that they and this
project's networks agree in names, layouts and arithmetic. Images are 64x64 and gray; 20 outputs, 10 latents.
"""

import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "crates" / "disentangle-trainer" / "python"))
import disentangle_model as networks

IMAGE = (1, 64, 64)


def scattered(count, salt):
    """Numbers in [-1, 1] with no pattern that a wrong layout could hide behind."""
    i = torch.arange(count, dtype=torch.int64)
    return ((i * i * 31 + i * 7919 + salt * 17) % 2003 - 1001).double() / 1001


def fill(network):
    for salt, (name, tensor) in enumerate(sorted(network.named_parameters())):
        fan = tensor[0].numel()
        values = scattered(tensor.numel(), salt) * (2 / fan**0.5 if name.endswith("weight") else 0.1)
        tensor.data = values.float().double().reshape(tensor.shape)
    return network.double().eval()


def first(tensor):
    return [round(value, 9) for value in tensor.flatten().tolist()]


torch.manual_seed(0)
images = ((scattered(2 * 64 * 64, 5) + 1) / 2).float().double().reshape(2, *IMAGE)
latents = (2 * scattered(2 * 10, 9)).float().double().reshape(2, 10)
found = {"encoders": {}, "decoders": {}}
with torch.no_grad():
    for kind in sorted({*networks.WINDOWS, *networks.HIDDEN}):
        network = fill(networks.encoder({"kind": kind}, IMAGE, 20))
        found["encoders"][kind] = first(network(images))
    for kind in (
        "burgess", "deep_linear", "locatello", "mlp", "shallow_linear", "simple_conv64", "spatial_broadcast",
    ):  # fmt: skip
        network = fill(networks.decoder({"kind": kind}, IMAGE, 10))
        # Every 401st pixel: 401 is prime to the width, so all rows and columns have their turn.
        found["decoders"][kind] = first(network(latents).flatten()[::401])
print(json.dumps(found))
