"""FAISS's exact search as a side of run.py: faiss_side.py IMAGES.npy TEXTS.npy K answers `search [PATH]` like
retrieval_speed. Its indexes are filled beforehand."""
import sys
import time

import faiss
import numpy as np


def main():
    images, texts = np.load(sys.argv[1]), np.load(sys.argv[2])
    k = int(sys.argv[3])
    indexes = []
    for rows in (images, texts):
        index = faiss.IndexFlatIP(rows.shape[1])
        index.add(rows)
        indexes.append(index)
    for line in sys.stdin:
        path = line.split()[1:]
        start = time.perf_counter()
        found = [indexes[0].search(texts, k)[1], indexes[1].search(images, k)[1]]
        seconds = time.perf_counter() - start
        if path:
            np.concatenate([places.ravel() for places in found]).astype(np.int32).tofile(path[0])
        print(seconds, flush=True)


if __name__ == "__main__":
    main()
