"""Writes an HDF5 file of 3D Shapes' full size and layout with plain patterns: python shapes3d_file.py FILE (h5py, NumPy).

480,000 images of 64 x 64 x 3, gzip chunks of 15,000 x 4 x 4 x 1 as h5py would cut them, and their labels.
"""

import sys

import h5py
import numpy as np

SIZES = (10, 10, 10, 8, 4, 15)
N, SLAB = int(np.prod(SIZES)), 15_000
y, x = np.mgrid[:64, :64].astype("u1")

with h5py.File(sys.argv[1], "w") as f:
    chunks = {"chunks": (SLAB, 4, 4, 1), "compression": "gzip", "compression_opts": 1}
    images = f.create_dataset("images", (N, 64, 64, 3), "u1", **chunks)
    for first in range(0, N, SLAB):
        i = np.arange(first, first + SLAB)
        hue = (i // 480 % 256).astype("u1")[:, None, None]
        slab = np.stack([hue ^ (y & 56), hue + (x & 56), np.broadcast_to(y ^ x, (SLAB, 64, 64))], -1)
        images[first : first + SLAB] = slab
    grid = np.indices(SIZES).reshape(len(SIZES), N).T
    f.create_dataset("labels", data=grid / np.maximum(1, np.array(SIZES) - 1), chunks=(SLAB, 6), compression="gzip")
