"""Data of known pictures and unknown captions: hold_out.py FOLDER OUTPUT

FOLDER: official TSV and JSONL. OUTPUT gets its training pictures with all captions but the last of each as `train`, and
with that last one as `valid` and `test`: what somebody has who trained on the pictures that are searched.
"""
import json
import shutil
import sys
from pathlib import Path


def main():
    source, output = map(Path, sys.argv[1:])
    output.mkdir(parents=True)
    captions = {}
    for line in (source / "train_texts.jsonl").read_text(encoding="utf-8").splitlines():
        captions.setdefault(json.loads(line)["image_ids"][0], []).append(line + "\n")
    known = [line for lines in captions.values() for line in lines[:-1]]
    held_out = [lines[-1] for lines in captions.values()]
    for split, lines in {"train": known, "valid": held_out, "test": held_out}.items():
        (output / f"{split}_texts.jsonl").write_text("".join(lines), encoding="utf-8")
        shutil.copy(source / "train_imgs.tsv", output / f"{split}_imgs.tsv")


if __name__ == "__main__":
    main()
