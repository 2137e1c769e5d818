#!/usr/bin/env python3
"""Writes the demo's pictures and sentences: demo_inputs.py OUT DATA

Photographs with their captions from the data set folder DATA where there is one, else drawings made here.
"""
import json
import math
import pathlib
import shutil
import sys

SIZE = 96


def photographs(data: pathlib.Path, count: int) -> list[tuple[pathlib.Path, str]]:
    """The first `count` test pictures that have a caption."""
    files = dict(line.split("\t")[:2] for line in (data / "images.tsv").read_text().splitlines())
    found = {}
    for line in (data / "test_texts.jsonl").read_text().splitlines():
        caption = json.loads(line)
        file = data / "test_imgs" / files[str(caption["image_ids"][0])].rsplit("/", 1)[-1]
        if file.exists():
            found.setdefault(file, caption["text"])
        if len(found) == count:
            break
    return list(found.items())


def disc(x: int, y: int) -> tuple[int, int, int]:
    return (214, 40, 40) if math.hypot(x - SIZE / 2, y - SIZE / 2) < SIZE / 3 else (240, 240, 236)


def hill(x: int, y: int) -> tuple[int, int, int]:
    return (60, 150, 60) if y > SIZE * (0.6 + 0.1 * math.sin(x / 12)) else (180, 214, 240)


def dusk(x: int, y: int) -> tuple[int, int, int]:
    return (40 + y, 60 + y // 2, 200 - y)


def draw(path: pathlib.Path, color) -> None:
    pixels = bytes(c for y in range(SIZE) for x in range(SIZE) for c in color(x, y))
    path.write_bytes(b"P6 %d %d 255\n" % (SIZE, SIZE) + pixels)


def main(out: pathlib.Path, data: pathlib.Path) -> None:
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    if (data / "test_texts.jsonl").exists():
        sentences = []
        for file, caption in photographs(data, 3):
            shutil.copyfile(file, out / "pictures" / file.name)
            sentences.append(caption)
    else:
        for color in (disc, hill, dusk):
            draw(out / "pictures" / f"{color.__name__}.ppm", color)
        sentences = ["一个红色的圆", "绿色的山坡", "傍晚的天空"]
    (out / "sentences.txt").write_text("".join(f"{sentence}\n" for sentence in sentences))


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
