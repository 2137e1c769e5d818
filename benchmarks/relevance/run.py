"""Whether relevance tells queries that have a picture from queries that have none, beside the raw cosine.

usage: run.py --model M --data FOLDER [--split test] [--queries 500] [--seed 1]
FOLDER: official TSV and JSONL. Half of the split's pictures, drawn by chance, are indexed. Captions of those are queries
with a picture; captions of the others are queries without one. Printed: ROC AUC of the best answer's relevance, of its
cosine, and of the gap between the best two cosines; precision and recall of "nothing matches"; and the same where only
queries count whose picture the model does find first.
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


def prepare(folder, options):
    draw = random.Random(options.seed)
    source = Path(options.data)
    pictures = dict(line.split("\t") for line in (source / f"{options.split}_imgs.tsv").read_text().splitlines())
    kept = set(draw.sample(sorted(pictures), len(pictures) // 2))
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
    present = [query for query in clear if query[1]][: options.queries]
    absent = [query for query in clear if not query[1]][: options.queries]
    return present, absent


def ask(folder, options, queries):
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
    for name, score in scores.items():
        print(f"  ROC AUC of {name:22}{auc([score(a) for a in present], [score(a) for a in absent]):.3f}")
    missed = sum(answer["nothing_matches"] for answer in present)
    said = sum(answer["nothing_matches"] for answer in absent)
    precision = f"{said / (said + missed):.1%}" if said + missed else "-"
    print(f'  "nothing matches": precision {precision}, recall {said / max(1, len(absent)):.1%}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        present, absent = prepare(folder, options)
        subprocess.run([CNCLIP, "index", "create", folder / "pictures", "--model", options.model, "-o", folder / "index"], check=True, capture_output=True)
        found, other = ask(folder, options, present), ask(folder, options, absent)
        report("all queries", found, other)
        first = [answer for answer, (_, _, ids) in zip(found, present) if Path(answer["results"][0]["path"]).stem in ids]
        if first:
            report("queries whose picture the model finds first", first, other)


if __name__ == "__main__":
    main()
