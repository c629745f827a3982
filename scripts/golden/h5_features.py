"""Writes what files of HDF5 can use, a data set each: python scripts/golden/h5_features.py FOLDER
(h5py 3.16, HDF5 2.0, hdf5plugin 7.1). Where numbers can be read they are 0, 1, 2, … in rows of four.
Groups have at most eight members, which the latest `libver` still keeps in their headers, but for those to show the other case."""

import sys
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
from h5py import h5d, h5p, h5s, h5t

FOLDER = Path(sys.argv[1])
A = np.arange(32, dtype="u1").reshape(8, 4)


def low_level(f, name, properties, most=None):
    space = h5s.create_simple(A.shape, most or A.shape)
    d = h5d.create(f.id, name.encode(), h5t.NATIVE_UINT8, space, properties)
    d.write(h5s.ALL, h5s.ALL, A)


def creation(**calls):
    p = h5p.create(h5p.DATASET_CREATE)
    for name, value in calls.items():
        getattr(p, name)(value)
    return p


def chunked(f, name, chunks=(2, 2), data=A, **options):
    return f.create_dataset(name, data=data, chunks=chunks, **options)


def unbounded(f):
    chunked(f, "one_unlimited", maxshape=(None, 4))
    chunked(f, "one_unlimited_gzip", maxshape=(None, 4), compression="gzip")
    chunked(f, "two_unlimited", maxshape=(None, None))


def bounded(f):
    chunked(f, "bounded", maxshape=(16, 10))
    chunked(f, "bounded_gzip", maxshape=(16, 10), compression="gzip")
    chunked(f, "bounded_one_chunk", chunks=(8, 4), maxshape=(16, 8))
    chunked(f, "shrunk", data=np.concatenate([A, A]), maxshape=(20, 4)).resize((8, 4))
    grown = chunked(f, "grown", data=A[:4], maxshape=(12, 4))
    grown.resize((8, 4))
    grown[4:] = A[4:]
    sparse = f.create_dataset("sparse_table", (2100,), "i1", chunks=(1,), fillvalue=-1)
    sparse[1500] = 5
    early = {"set_chunk": (2, 2), "set_alloc_time": h5d.ALLOC_TIME_EARLY}
    low_level(f, "early", creation(**early))
    low_level(f, "early_bounded", creation(**early), (16, 10))


def layouts(f):
    low_level(f, "compact", creation(set_layout=h5d.COMPACT))
    f["contiguous"] = A
    f.create_dataset("never_written", (8, 4), "u1")
    f.create_dataset("never_written_filled", (8, 4), "u1", fillvalue=7)
    f["no_rows"] = np.zeros((0, 4), "f4")
    layout = h5py.VirtualLayout((8, 4), "u1")
    layout[:] = h5py.VirtualSource(f["contiguous"])
    f.create_virtual_dataset("virtual", layout)


def types(f):
    f["null"] = h5py.Empty("f4")
    f["text"] = ["a", "b"]
    f["record"] = np.zeros(3, "i4,f4")
    f["complex"] = np.zeros(3, "c8")
    f["long_double"] = np.zeros(2, "g")
    f["a_type"] = np.dtype("u1")
    f.create_dataset("named_type", data=A, dtype=f["a_type"])


def filters(f):
    chunked(f, "lzf", compression="lzf")
    chunked(f, "shuffle", data=A.astype("i4"), compression="gzip", shuffle=True)
    chunked(f, "fletcher32", fletcher32=True)


def other_filters(f):
    chunked(f, "scaleoffset", data=A.astype("i4"), scaleoffset=0)
    chunked(f, "szip", chunks=(8, 4), compression="szip", compression_opts=("nn", 8))
    low_level(f, "nbit", creation(set_chunk=(2, 4), set_filter=h5py.h5z.FILTER_NBIT))
    chunked(f, "bitshuffle", compression=hdf5plugin.Bitshuffle())
    chunked(f, "blosc", compression=hdf5plugin.Blosc())
    chunked(f, "zstd", compression=hdf5plugin.Zstd())


for name, libver in (("h5_features.h5", None), ("h5_latest_features.h5", "latest")):
    with h5py.File(FOLDER / name, "w", libver=libver) as f:
        unbounded(f.create_group("unbounded"))
        bounded(f.create_group("bounded"))
        layouts(f.create_group("layouts"))
        types(f.create_group("types"))
        filters(f.create_group("filters"))
        other_filters(f.create_group("other_filters"))
        attributed = chunked(f, "attributed")
        for i in range(12):
            attributed.attrs[f"a{i}"] = i
        for i in range(12):
            f[f"many/x{i}"] = A[i % 8]

for name, libver in (("h5_userblock.h5", None), ("h5_latest_userblock.h5", "latest")):
    with h5py.File(FOLDER / name, "w", libver=libver, userblock_size=512) as f:
        f["contiguous"] = A
        chunked(f, "group/gzip", compression="gzip")
        chunked(f, "group/chunks")

with h5py.File(FOLDER / "h5_latest_many.h5", "w", libver="latest") as f:
    for i in range(12):
        f[f"x{i}"] = A[i % 8]

narrow = h5p.create(h5p.FILE_CREATE)
narrow.set_sizes(4, 4)
with h5py.File(h5py.h5f.create(str(FOLDER / "h5_narrow.h5").encode(), fcpl=narrow)) as f:
    f["contiguous"] = A
