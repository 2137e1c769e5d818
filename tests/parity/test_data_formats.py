"""The official packer and data set class against ours, record for record."""
import json
import logging
import pickle
import subprocess
import sys

import pytest

from tests.data_sets import drawn, flickr, lmdb_records, picture, write_official


@pytest.fixture(scope="session")
def official_lmdb(tmp_path_factory):
    """Runs the official packer over a folder; the LMDB split it made."""

    def build(folder, split):
        out = tmp_path_factory.mktemp("official")
        subprocess.run([sys.executable, "-m", "cn_clip.preprocess.build_lmdb_dataset", "--data_dir", str(folder), "--splits",
                        split, "--lmdb_dir", str(out)], check=True, capture_output=True)
        return out / split

    return build


def odd_ids(folder):
    """Ids and texts that take every branch of the pickler."""
    ids = [0, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**40, -1, -129, -(2**31), -(2**31) - 1, 2**63 - 1, -(2**63), "a", "é", "ab", "图"]
    texts = [(ids[-1 - i], f"文{i}", [image_id]) for i, image_id in enumerate(ids)]
    texts += [("a", "a", ["a"]), ("", "", ["a"]), ("é", "é", ["é", "a"]), ("图", "图", ["图"]), ("ab", "ab", ["ab"]), ("\u0100", "\u0100", [0])]
    texts += [(1, "长" * n, [0]) for n in (85, 86, 21844, 21845, 21846, 30000)] + [("x" * 40000, "y" * 40000, [0]), ("x" * 70000, "y", [0])]
    return write_official(folder, "odd", [(i, picture(n)) for n, i in enumerate(ids)], texts)


@pytest.fixture(scope="module")
def splits(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("splits")
    drawn(folder, split="train")
    flickr(data, folder, "test", images=120)
    odd_ids(folder)
    return folder


@pytest.mark.parametrize("split", ["train", "test", "odd"])
def test_same_records_as_the_official_packer(run, official_lmdb, splits, tmp_path, split):
    run("data", "convert", splits, "--split", split, "--to", "lmdb", "-o", tmp_path / "ours")
    theirs = official_lmdb(splits, split)
    for half in ("imgs", "pairs"):
        ours = lmdb_records(tmp_path / "ours" / half)
        assert ours == lmdb_records(theirs / half)
        assert len(ours) > 10


@pytest.mark.parametrize("split", ["train", "test", "odd"])
def test_theirs_and_ours_come_back_as_they_were(run, official_lmdb, splits, tmp_path, split):
    theirs = official_lmdb(splits, split)
    rows = [json.loads(line) for line in (splits / f"{split}_texts.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    paired = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows if row["image_ids"])
    images = sorted((splits / f"{split}_imgs.tsv").read_bytes().splitlines())
    assert run("data", "verify", theirs, "--split", split, check=False).returncode == (3 if split == "odd" else 0)
    run("data", "convert", theirs, "--split", split, "--to", "tsv", "-o", tmp_path / "back")
    assert (tmp_path / "back" / f"{split}_texts.jsonl").read_text(encoding="utf-8") == paired
    assert sorted((tmp_path / "back" / f"{split}_imgs.tsv").read_bytes().splitlines()) == images
    # And by way of shards, which keep everything, in order.
    run("data", "convert", splits, "--split", split, "--to", "shards", "-o", tmp_path / "shards", "--shard-size", "50")
    run("data", "convert", tmp_path / "shards", "--split", split, "--to", "tsv", "-o", tmp_path / "again")
    for name in (f"{split}_imgs.tsv", f"{split}_texts.jsonl"):
        assert (tmp_path / "again" / name).read_bytes() == (splits / name).read_bytes()


def test_official_dataset_reads_ours(run, splits, tmp_path):
    run("data", "convert", splits, "--split", "test", "--to", "lmdb", "-o", tmp_path / "ours")
    logging.disable(logging.INFO)
    from cn_clip.training.data import LMDBDataset

    dataset = LMDBDataset(str(tmp_path / "ours"), split="test", max_txt_length=52, resolution=32)
    assert dataset.number_images == 120 and dataset.number_samples == len(dataset) > 500
    for index in (0, 1, len(dataset) - 1):
        image, text, eos = dataset[index]
        assert image.shape == (3, 32, 32) and text[eos] == 102


@pytest.mark.parametrize("protocol", range(6))
def test_every_pickle_protocol(run, tmp_path, protocol):
    import lmdb

    rows = [(7, 3, "高级感\\u1234 \\n 🐼"), (-5, 2**40, "é"), ("7", "t\\x", "7"), (7, -(2**40), "")]
    (tmp_path / "s").mkdir()
    with lmdb.open(str(tmp_path / "s" / "imgs"), map_size=1 << 22) as environment, environment.begin(write=True) as transaction:
        for image_id in ("7", "-5"):
            transaction.put(image_id.encode(), b"/9j/")
        transaction.put(b"num_images", b"2")
    with lmdb.open(str(tmp_path / "s" / "pairs"), map_size=1 << 22) as environment, environment.begin(write=True) as transaction:
        for i, row in enumerate(rows):
            transaction.put(str(i).encode(), pickle.dumps(row, protocol))
        transaction.put(b"num_samples", str(len(rows)).encode())
    run("data", "convert", tmp_path / "s", "--split", "x", "--to", "tsv", "-o", tmp_path / "tsv")
    read = [json.loads(line) for line in (tmp_path / "tsv" / "x_texts.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    assert [(row["image_ids"][0], row["text_id"], row["text"]) for row in read] == rows


def test_image_size_makes_what_pillow_makes(run, splits, tmp_path):
    import io

    import numpy as np
    from PIL import Image

    run("data", "convert", splits, "--split", "train", "--to", "shards", "-o", tmp_path / "small", "--image-size", "24")
    import tarfile

    with tarfile.open(tmp_path / "small" / "train-000000.tar") as tar:
        made = tar.extractfile("000000001.jpg").read()
    original = Image.open(io.BytesIO(picture(1, "PNG")))
    out = io.BytesIO()
    original.resize((24, 24), Image.Resampling.BICUBIC).convert("RGB").save(out, "JPEG", quality=95)
    ours, theirs = (np.asarray(Image.open(io.BytesIO(content))).astype(int) for content in (made, out.getvalue()))
    assert ours.shape == (24, 24, 3) and abs(ours - theirs).max() <= 1
