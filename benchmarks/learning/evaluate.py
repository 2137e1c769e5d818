"""Recall@1, 5 and 10 of a checkpoint on a split, both ways, in the official package: whoever trained it, one judge.

A text finds what it asks for when one of the pictures that it stands for (`image_ids`, so all with an identical caption)
is among the first K of all pictures; a picture, when one of its texts is among the first K of all texts.
"""
import base64
import io
import json
from pathlib import Path

import cn_clip.clip as clip
import torch
from cn_clip.training.data import _preprocess_text
from PIL import Image

BATCH = 100
RANKS = (1, 5, 10)


def read_split(folder, split, resolution, context_length):
    """Pixels (N, 3, S, S), ids (M, context_length), and (M, N) what belongs together, of an official folder."""
    transform = clip.image_transform(resolution)
    lines = (Path(folder) / f"{split}_imgs.tsv").read_text().splitlines()
    pictures = {image: file for image, file in (line.split("\t") for line in lines)}
    pixels = torch.stack([transform(Image.open(io.BytesIO(base64.b64decode(file)))) for file in pictures.values()])
    lines = (Path(folder) / f"{split}_texts.jsonl").read_text("utf-8").splitlines()
    texts = [text for text in map(json.loads, lines) if text["image_ids"]]
    ids = clip.tokenize([_preprocess_text(text["text"]) for text in texts], context_length)
    place = {image: i for i, image in enumerate(pictures)}
    belongs = torch.zeros(len(texts), len(pictures), dtype=torch.bool)
    for row, text in enumerate(texts):
        belongs[row, [place[str(image)] for image in text["image_ids"]]] = True
    return pixels, ids, belongs


def recalls(similarities, belongs):
    """Percent of rows that find a column of theirs among the first K."""
    found = belongs.gather(1, similarities.topk(max(RANKS)).indices)
    return {f"r{k}": found[:, :k].any(1).float().mean().item() * 100 for k in RANKS}


@torch.inference_mode()
def evaluate(model, pixels, ids, belongs):
    model.eval()
    features = lambda encode, values: torch.nn.functional.normalize(torch.cat([encode(part) for part in values.split(BATCH)]), dim=1)
    similarities = features(model.encode_text, ids) @ features(model.encode_image, pixels).t()
    return {"text_to_image": recalls(similarities, belongs), "image_to_text": recalls(similarities.t(), belongs.t())}
