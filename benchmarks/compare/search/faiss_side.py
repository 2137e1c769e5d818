"""FAISS's exact search as a side of run.py: faiss_side.py ROWS.npy QUERIES.npy K answers `exact FIRST COUNT [PATH]` like
search_speed, and `blas FIRST COUNT`: by products of matrices, which it takes by itself for some hundred queries only."""
import sys
import time

import faiss
import numpy as np


def main():
    rows, queries = np.load(sys.argv[1], mmap_mode="r"), np.load(sys.argv[2])
    index = faiss.IndexFlatIP(rows.shape[1])
    for begin in range(0, len(rows), 100_000):
        index.add(np.ascontiguousarray(rows[begin : begin + 100_000]))
    usual = faiss.cvar.distance_compute_blas_threshold
    for line in sys.stdin:
        what, first, count, *path = line.split()
        faiss.cvar.distance_compute_blas_threshold = 1 if what == "blas" else usual
        asked = queries[int(first) : int(first) + int(count)]
        start = time.perf_counter()
        found = index.search(asked, int(sys.argv[3]))[1]
        seconds = time.perf_counter() - start
        if path:
            found.astype(np.int64).tofile(path[0])
        print(seconds, flush=True)


if __name__ == "__main__":
    main()
