"""Whether relevance tells queries that have a picture from queries that have none, beside the raw cosine.

usage: run.py --model M --data FOLDER [--split test] [--queries 500] [--seed 1] [--shares 0.5,0.1,0.02]
FOLDER: official TSV and JSONL. A share of the split's pictures, drawn by chance, is indexed. Captions of those are
queries with a picture; captions of the others, as many, are queries without one. Printed for each share: ROC AUC of the
best answer's relevance, of its cosine, and of the gap between the best two cosines; precision and recall of "nothing
matches"; and the same where only queries count whose picture the model does find first. Then the queries of all
shares together: what one threshold is worth to somebody who searches folders of several sizes.
"""
import argparse
import base64
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "compare"))
from common import BIN

CNCLIP = BIN / "cnclip"


def auc(positive, negative):
    """The chance that one of `positive` is larger than one of `negative`."""
    ranked = sorted([(value, 1) for value in positive] + [(value, 0) for value in negative])
    total = place = 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        total += (place + end + 1) / 2 * sum(kind for _, kind in ranked[place:end])
        place = end
    return (total - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))


def prepare(folder, options, share):
    draw = random.Random(f"{options.seed} {share}")
    source = Path(options.data)
    pictures = dict(line.split("\t") for line in (source / f"{options.split}_imgs.tsv").read_text().splitlines())
    kept = set(draw.sample(sorted(pictures), max(2, round(share * len(pictures)))))
    (folder / "pictures").mkdir()
    for name in kept:
        (folder / "pictures" / f"{name}.jpg").write_bytes(base64.b64decode(pictures[name]))
    texts = [json.loads(line) for line in (source / f"{options.split}_texts.jsonl").read_text(encoding="utf-8").splitlines()]
    queries = {}
    for row in texts:
        has = {str(i) in kept for i in row["image_ids"]}
        if len(has) == 1:
            queries.setdefault(row["text"], []).append((has.pop(), {str(i) for i in row["image_ids"]}))
    # A caption that several pictures have, in and out of the index, says nothing.
    clear = [(text, found[0][0], set().union(*(ids for _, ids in found))) for text, found in queries.items() if len({has for has, _ in found}) == 1]
    draw.shuffle(clear)
    present = [query for query in clear if query[1]]
    absent = [query for query in clear if not query[1]]
    count = min(options.queries, len(present), len(absent))
    return present[:count], absent[:count]


def ask(folder, queries):
    answers = subprocess.run([CNCLIP, "search", folder / "index", "--queries", "-", "-k", "2", "--json"], check=True, text=True,
                             capture_output=True, input="\n".join(text for text, _, _ in queries) + "\n").stdout  # fmt: skip
    return [json.loads(line) for line in answers.splitlines()]


def report(title, present, absent):
    scores = {
        "relevance": lambda answer: answer["results"][0]["relevance"],
        "cosine": lambda answer: answer["results"][0]["cosine"],
        "gap of the best two": lambda answer: answer["results"][0]["cosine"] - answer["results"][1]["cosine"],
    }
    print(f"\n{title}: {len(present)} queries with a picture, {len(absent)} without")
    if not present or not absent:
        return
    for name, score in scores.items():
        print(f"  ROC AUC of {name:22}{auc([score(a) for a in present], [score(a) for a in absent]):.3f}")
    missed = sum(answer["nothing_matches"] for answer in present)
    said = sum(answer["nothing_matches"] for answer in absent)
    precision = f"{said / (said + missed):.1%}" if said + missed else "-"
    print(f'  "nothing matches": precision {precision}, recall {said / max(1, len(absent)):.1%}')


def search(options, share):
    """The answers to queries with a picture and to queries without: all, and those where the first is the right one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        present, absent = prepare(folder, options, share)
        subprocess.run([CNCLIP, "index", "create", folder / "pictures", "--model", options.model, "-o", folder / "index"], check=True, capture_output=True)
        found, other = ask(folder, present), ask(folder, absent)
        first = [answer for answer, (_, _, ids) in zip(found, present) if Path(answer["results"][0]["path"]).stem in ids]
        return (found, other), (first, other)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shares", default="0.5")
    options = parser.parse_args()
    everywhere = {"all queries": ([], []), "queries whose picture the model finds first": ([], [])}
    shares = [float(share) for share in options.shares.split(",")]
    for share in shares:
        for (title, (present, absent)), (found, other) in zip(everywhere.items(), search(options, share)):
            report(f"share {share:g}, {title}", found, other)
            present += found
            absent += other
    if len(shares) > 1:
        for title, (present, absent) in everywhere.items():
            report(f"all shares together, {title}", present, absent)


if __name__ == "__main__":
    main()
