"""Writes fixtures/datasets/h5_latest_kinds.h5: python scripts/golden/h5_kinds.py OUT (h5py 3.16, HDF5 2.0)."""

import sys

import h5py
import numpy as np

i = np.arange(4096)
a = np.arange(20).reshape(4, 5)
with h5py.File(sys.argv[1], "w", libver="latest") as f:
    f.create_dataset("paged", data=((i * 7 + i // 256) % 251).astype("u1"), chunks=(2,))
    f.create_dataset("single", data=(a * 1.5).astype(">f4"), chunks=(4, 5), compression="gzip", shuffle=True)
    f.create_dataset("edges", data=np.arange(35).reshape(7, 5).astype("<i2"), chunks=(3, 2), compression="gzip")
    f.create_dataset("halves", data=(a - 7).astype("f2"))
    f.create_dataset("booleans", data=a % 3 == 0)
    f.create_group("deep/deeper").create_dataset("scalar", data=np.int64(-5))
    f.create_dataset("resizable", data=i[:8], chunks=(2,), maxshape=(None,))
