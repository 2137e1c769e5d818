"""What the tests of training share: small data sets of pairs, recipes, and what a run left behind."""
import base64
import io
import json
import random

from PIL import Image

SIZES = {"embed_dim": 64, "image_resolution": 64, "vision_layers": 2, "vision_width": 128, "vision_patch_size": 16,
         "text_num_hidden_layers": 2, "text_hidden_size": 128, "text_num_attention_heads": 2,
         "text_intermediate_size": 512, "vocab_size": 21128}  # fmt: skip
WORDS = ["一只", "两只", "黑色的", "白色的", "狗", "猫", "鸟", "在草地上", "在海边", "奔跑", "睡觉", "看书", "的", "孩子", "红色", "汽车"]


def write_pairs(folder, split, count, captions=1, seed=0):
    """An official folder: `count` pictures of 64 x 64, each with its captions."""
    chance = random.Random(f"{seed} {split}")
    folder.mkdir(exist_ok=True)
    with (folder / f"{split}_imgs.tsv").open("w") as images, (folder / f"{split}_texts.jsonl").open("w") as texts:
        for image in range(count):
            picture = Image.new("RGB", (4, 4))
            picture.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(16)])
            file = io.BytesIO()
            picture.resize((64, 64), Image.BICUBIC).save(file, "PNG")
            images.write(f"{image}\t{base64.urlsafe_b64encode(file.getvalue()).decode()}\n")
            for i in range(captions):
                text = "".join(chance.choices(WORDS, k=chance.randrange(3, 9))) + str(image)
                texts.write(json.dumps({"text_id": image * captions + i, "text": text, "image_ids": [image]}) + "\n")
    return folder


def write_recipe(path, stages, model=None, data=None, run=None):
    """TOML of dictionaries; values that are None leave their key out."""
    def lines(table):
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items() if value is not None)

    text = "[run]\n" + lines({"name": "run", "output": str(path.parent / "logs"), **(run or {})})
    text += "[model]\n" + lines({"arch": str(path.parent / "sizes.json"), "scratch": True, **(model or {})})
    text += "[data]\n" + lines({"train": str(path.parent / "pairs"), "context_length": 24, "threads": 1, **(data or {})})
    for stage in stages:
        text += "[[stage]]\n" + lines({"batch_size": 32, "warmup": 3, "precision": "f32", **stage})
    path.write_text(text)
    return path


def write_sizes(path, dropout=0.0, **sizes):
    path.write_text(json.dumps({"name": "small", **SIZES, "text_hidden_dropout_prob": dropout, **sizes}))


def metrics(folder, kind="train"):
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [record for record in records if record["kind"] == kind]
