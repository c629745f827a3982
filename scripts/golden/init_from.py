"""Writes a small model of PyTorch as `crates/disentangle-trainer/python/disentangle_model.py` saves it, images, and its codes of them.

usage: python3 scripts/golden/init_from.py fixtures/golden/pytorch   (PyTorch 2.15, safetensors 0.8, NumPy 2.4)
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "crates" / "disentangle-trainer" / "python"))
import disentangle_model as networks

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
config = {
    "encoder": {"kind": "mlp", "hidden": [4]},
    "bottleneck": {"kind": "gaussian"},
    "decoder": {"kind": "mlp", "hidden": [4]},
    "latents": 3,
}
model = networks.Autoencoder(config, (1, 16, 16)).eval()
images = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 1), dtype=np.uint8)
factors = np.stack([np.arange(12) // 4, np.arange(12) % 4], 1).astype(np.int64)
with torch.no_grad():
    codes = model.encode(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255)
networks.save(model, folder / "model.safetensors")
np.savez_compressed(folder / "images.npz", images=images, factors=factors)
(folder / "codes.json").write_text(json.dumps([[round(x, 7) for x in row] for row in codes.tolist()]) + "\n")
