"""Tokenizer speed beside Hugging Face's Rust BertTokenizerFast: the same captions, in turns, one thread each.

usage: run.py [--rounds 15] [TEXTS.jsonl...]
TEXTS are by default the captions of flickr8k-cn, all of them. Both sides hold the texts in memory, truncate to 52, do not pad, and measure the processor time of their own process:
on a busy machine, wall-clock time would count against the slower side, which is interrupted more often.
Theirs is measured by its cheapest call (`encode_batch_fast` of the Rust object, which leaves out the offsets; in
batches and one text at a time) and by the plain `__call__` that users write.
"""
import argparse
import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, DATA, Side, machine, table

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

CONTEXT_LENGTH = 52


def read_texts(paths):
    texts = []
    for path in paths:
        texts += [json.loads(line)["text"] for line in Path(path).read_text("utf-8").split("\n") if line]
    return [text.replace("\n", " ").replace("\r", " ") for text in texts]


def theirs(vocab, texts):
    from transformers import BertTokenizerFast

    words = Path(vocab).read_text("utf-8").split("\n")[:-1]
    tokenizer = BertTokenizerFast(vocab={word: i for i, word in enumerate(words)})
    rust = tokenizer._tokenizer
    rust.enable_truncation(CONTEXT_LENGTH)
    rust.no_padding()

    def timed(call):
        def run():
            start = time.process_time()
            encoded = call()
            seconds = time.process_time() - start
            ids = [getattr(item, "ids", item) for item in encoded]
            return seconds, (sum(map(len, ids)), sum(map(sum, ids)))
        return run

    return {
        "encode_batch_fast": timed(lambda: rust.encode_batch_fast(texts)),
        "encode_batch": timed(lambda: rust.encode_batch(texts)),
        "encode, one by one": timed(lambda: [rust.encode(text) for text in texts]),
        "__call__": timed(lambda: tokenizer(texts, truncation=True, max_length=CONTEXT_LENGTH)["input_ids"]),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts", nargs="*", default=sorted((DATA / "flickr8k-cn").glob("*_texts*.jsonl")))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    vocab = Path(importlib.util.find_spec("cn_clip").submodule_search_locations[0]) / "clip" / "vocab.txt"

    texts = read_texts(options.texts)
    file = tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt")
    file.writelines(text + "\n" for text in texts)
    file.flush()
    ours, peers = Side("cnclip", [BIN / "tokenizer_speed", file.name]), theirs(vocab, texts)
    ours_seconds, peer_seconds = [], {name: [] for name in peers}
    for turn in range(options.rounds + 1):  # the first warms up
        seconds, count, total = map(float, ours.ask("go"))
        ids = (count, total)
        if turn:
            ours_seconds.append(seconds)
        for name, run in peers.items():
            seconds, found = run()
            assert found == ids, f"{name} gives {found} (ids and their sum), cnclip {ids}: not the same work"
            if turn:
                peer_seconds[name].append(seconds)

    mine = statistics.median(ours_seconds)
    print(f"{machine()}; one thread")
    seconds = {name: statistics.median(peer) for name, peer in peer_seconds.items()} | {"cnclip": mine}
    table(f"{len(texts)} texts, {ids[0]:.0f} ids, medians of {options.rounds} rounds in turns", seconds, len(texts), "texts")


if __name__ == "__main__":
    main()
