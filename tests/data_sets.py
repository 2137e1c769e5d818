"""Small data sets for tests: official folders made of pictures drawn here, or of flickr8k-cn where it is at hand."""
import base64
import hashlib
import io
import json
import pathlib

from PIL import Image


def picture(number, form="JPEG", size=(40, 30)):
    """A picture like no other number's."""
    color = tuple(hashlib.sha256(str(number).encode()).digest()[:3])
    image = Image.new("RGB", size, color)
    image.putpixel((number % size[0], 0), (255, 255, 255))
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def write_official(folder, split, images, texts):
    """images: (id, bytes) pairs; texts: (text_id, text, image_ids)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{split}_imgs.tsv", "w", encoding="utf-8") as file:
        for image_id, content in images:
            file.write(f"{image_id}\t{base64.b64encode(content).decode()}\n")
    with open(folder / f"{split}_texts.jsonl", "w", encoding="utf-8") as file:
        for text_id, text, image_ids in texts:
            line = {"text_id": text_id, "text": text, "image_ids": image_ids}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return folder


def drawn(folder, images=12, split="train"):
    """A split with every oddity that is allowed."""
    pictures = [(i * 7, picture(i, ["JPEG", "PNG", "WEBP"][i % 3])) for i in range(images)]
    texts = [(100 + i, f"第{i}张“图片”，颜色不同\t\\\"引号\"", [i * 7, (i * 7 + 7) % (7 * images)]) for i in range(images)]
    texts += [(900, "没有图片的句子", []), (901, "", [0]), (902, "控制符\u0001\u007f\u2028 emoji 🐼", [7])]
    return write_official(folder, split, pictures, texts)


def flickr(data, folder, split="test", images=None):
    """A split of flickr8k-cn in the official form."""
    source = data / "flickr8k-cn"
    wanted = f"{split}_imgs/"
    pictures = []
    for line in (source / "images.tsv").read_text().splitlines():
        image_id, file = line.split("\t")
        if file.startswith(wanted):
            pictures.append((int(image_id), (source / file).read_bytes()))
    pictures = pictures[:images]
    ids = {image_id for image_id, _ in pictures}
    texts = []
    for line in (source / f"{split}_texts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        kept = [i for i in row["image_ids"] if i in ids]
        if kept:
            texts.append((row["text_id"], row["text"], kept))
    return write_official(folder, split, pictures, texts)


def lmdb_records(folder):
    import lmdb

    with lmdb.open(str(folder), readonly=True, lock=False, create=False) as environment, environment.begin() as transaction:
        return dict(transaction.cursor())


def files_of(folder):
    """Every file below the folder, by its name: its bytes."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
