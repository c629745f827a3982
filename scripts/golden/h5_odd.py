"""Writes fixtures/datasets/h5_odd.h5 and h5_latest_odd.h5: python scripts/golden/h5_odd.py FOLDER (h5py 3.16, HDF5 2.0)."""

import sys
from pathlib import Path

import h5py
import numpy as np

for name, libver in (("h5_odd.h5", None), ("h5_latest_odd.h5", "latest")):
    with h5py.File(Path(sys.argv[1]) / name, "w", libver=libver) as f:
        filled = f.create_dataset("filled", (10, 4, 3), ">i2", chunks=(2, 3, 3), compression="gzip", fillvalue=-77)
        filled[3:5, 1:] = np.arange(18).reshape(2, 3, 3)
        f.create_dataset("unwritten", (10, 4), "u1", chunks=(2, 4))[3:5] = 1
        f["booleans"] = np.arange(6).reshape(2, 3) % 3 == 0
        f["soft"] = h5py.SoftLink("/booleans")
        f["other"] = h5py.ExternalLink("other.h5", "/x")
        f.create_dataset("outside", (4,), "u1", external=[("outside.raw", 0, h5py.h5f.UNLIMITED)])
