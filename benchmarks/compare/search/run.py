"""Nearest neighbours beside FAISS, on vectors that look like features of CLIP and on random directions; all cores each.

usage: run.py [--rounds 5] [--vectors 1000000] [--width 512] [--lists 0] [--kind features|uniform]
Exact: FAISS's IndexFlatIP, one query and a hundred at a time, as it is and with its threshold set so that it multiplies
matrices; the answers must be the same. By lists: recall of the ten nearest on queries like pictures and like texts, and the
speed beside exact FAISS. Then: how long the cache takes to build and to start from, and what adding costs from the first
tenth of the vectors to the last.
"""
import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, Side, in_turns, machine, openblas, table
from vectors import Features, uniform

K, QUERIES = 10, 200
BY_BLAS = "FAISS IndexFlatIP, by BLAS"
NEUTRAL = 220  # as many as the program has neutral sentences, by which it learns how many lists texts need


def prepare(folder, options):
    if options.kind == "uniform":
        rows, queries = uniform(options.vectors, options.width, 1), uniform(2 * QUERIES + NEUTRAL, options.width, 2)
    else:
        features = Features(options.width)
        rows = features.draw(options.vectors, 0)
        queries = np.concatenate([features.draw(QUERIES, 0), features.draw(QUERIES + NEUTRAL, 1)])
    np.save(folder / "rows.npy", rows)
    np.save(folder / "queries.npy", queries)
    return rows, queries


def found(side, what, first, count, path):
    side.ask(what, first, count, path)
    return np.fromfile(path, np.int64).reshape(count, K)


def check_exact(sides, rows, queries, path):
    """The same rows, but where products are equal to the last bits."""
    theirs, ours = (found(side, "exact", 0, QUERIES, path) for side in sides)
    for q, place in zip(*np.nonzero(theirs != ours)):
        products = [float(rows[side[q, place]].astype(np.float64) @ queries[q].astype(np.float64)) for side in (theirs, ours)]
        assert abs(products[0] - products[1]) < 3e-7, (q, place, products)
    print(f"exact: {(theirs != ours).sum()} of {ours.size} places differ, between equal products")


def recall(side, first, path):
    exact, listed = (found(side, what, first, QUERIES, path) for what in ("exact", "listed"))
    return np.mean([len(set(a) & set(b)) / K for a, b in zip(exact, listed)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--vectors", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--lists", type=int, default=0)
    parser.add_argument("--kind", choices=["features", "uniform"], default="features")
    options = parser.parse_args()
    print(f"{machine()}; {options.vectors} {options.kind} x {options.width}; medians of {options.rounds} rounds in turns")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows, queries = prepare(folder, options)
        files = [folder / "rows.npy", folder / "queries.npy", K]
        sides = [Side("FAISS IndexFlatIP", [sys.executable, Path(__file__).with_name("faiss_side.py"), *files], **openblas()),
                 Side("cnclip", [BIN / "search_speed", *files, folder / "vectors.cache"])]  # fmt: skip
        check_exact(sides, rows, queries, folder / "found.bin")
        exact = {}
        for count in (1, 100):
            exact[count] = in_turns(sides, ["exact", 0, count], options.rounds)
            exact[count][BY_BLAS] = in_turns(sides[:1], ["blas", 0, count], options.rounds)[sides[0].name]
            table(f"exact, {count} at a time", exact[count], count, "queries")
        mine = sides[1]
        tenths = mine.ask("add")
        print(f"\nadding {options.vectors} vectors: {float(tenths[0]):.1f} s; the first tenth {float(tenths[1]):.2f} s, the last {float(tenths[2]):.2f} s")
        print(f"building the cache: {float(mine.ask('build', options.lists, 2 * QUERIES, NEUTRAL)[0]):.1f} s")
        start = mine.ask("start")
        print(f"starting from it: {float(start[0]):.2f} s")
        if len(start) > 1:
            lists, probes, measured = start[1:]
            print(f"{lists} lists, {probes} looked into, measured recall {float(measured):.4f}; recall@10 of queries like "
                  f"pictures {recall(mine, 0, folder / 'found.bin'):.4f}, like texts {recall(mine, QUERIES, folder / 'found.bin'):.4f}")  # fmt: skip
            for first, like in ((0, "pictures"), (QUERIES, "texts")):
                for count in (1, 100):
                    seconds = statistics.median(float(mine.ask("listed", first, count)[0]) for _ in range(4 * options.rounds))
                    table(f"by lists, {count} at a time, like {like}",
                          exact[count] | {"cnclip": seconds}, count, "queries")  # fmt: skip
        for side in sides:
            side.close()


if __name__ == "__main__":
    main()
