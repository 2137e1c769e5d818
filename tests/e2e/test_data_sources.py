"""Sources other than the official ones, lists of addresses, and what data stats says."""
import csv
import io
import json
import tarfile

import pytest

from tests.data_sets import drawn, flickr, picture, write_official


def captions_in(shards):
    """image id -> [(text id, caption)], metadata"""
    found = {}
    for path in sorted(shards.glob("*.tar")):
        with tarfile.open(path) as tar:
            for member in tar.getmembers():
                if member.name.endswith(".json"):
                    sample = json.loads(tar.extractfile(member).read())
                    found[sample["image_id"]] = ([(c["text_id"], c["text"]) for c in sample["captions"]], sample["metadata"])
    return found


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(3):
        (folder / f"{i}.jpg").write_bytes(picture(i))
    return folder


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
def test_tables_of_captions(run_json, pictures, tmp_path, form):
    rows = [("0.jpg", "第零张", "a"), ("1.jpg", '带"引号", 逗号\t和\n换行', "b"), ("0.jpg", "又是第零张", "c"), ("9.jpg", "没有这张", "d")]
    table = pictures / f"captions.{form}"
    with open(table, "w", encoding="utf-8", newline="") as file:
        if form == "jsonl":
            for image, text, source in rows:
                file.write(json.dumps({"file_name": image, "caption": text, "source": source}, ensure_ascii=False) + "\n")
        else:
            writer = csv.writer(file, delimiter="," if form == "csv" else "\t")
            writer.writerows([("Image_Path", "caption", "source"), *rows])
    report = run_json("data", "convert", table, "--split", "train", "--to", "shards", "-o", tmp_path / "s")
    assert (report["images"], report["pairs"], report["errors"]) == (2, 3, 2)
    assert run_json("data", "convert", pictures, "--split", "train", "--to", "lmdb", "-o", tmp_path / "l")["pairs"] == 3
    assert captions_in(tmp_path / "s") == {"0.jpg": ([(0, rows[0][1]), (2, rows[2][1])], {"source": "a"}), "1.jpg": ([(1, rows[1][1])], {"source": "b"})}


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
def test_addresses_to_img2dataset_and_back(run, run_json, tmp_path, form):
    wukong = tmp_path / "wukong.csv"
    rows = [(f"https://example.org/{i}.jpg?a=1,2", f"悟空 {i}，“引号”") for i in range(4)]
    with open(wukong, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("url", "caption"), *rows])
        file.write("https://example.org/bad\n")
    refused = run("data", "convert", wukong, "--split", "train", "--to", "lmdb", "-o", tmp_path / "x", check=False)
    assert refused.returncode == 3 and "--to urls" in refused.stderr
    urls = tmp_path / f"urls.{form}"
    report = run_json("data", "convert", wukong, "--to", "urls", "-o", urls)
    assert (report["rows"], report["without_url"]) == (4, 0)
    with open(urls, encoding="utf-8", newline="") as file:
        if form == "jsonl":
            listed = [json.loads(line) for line in file]
        else:
            listed = list(csv.DictReader(file, delimiter="," if form == "csv" else "\t"))
    assert [(row["url"], row["caption"]) for row in listed] == rows and [int(row["text_id"]) for row in listed] == [0, 1, 2, 3]
    # What img2dataset makes of it, with --save_additional_columns '["image_id","text_id"]'; one address failed.
    shards = tmp_path / "shards"
    shards.mkdir()
    with tarfile.open(shards / "00000.tar", "w") as tar:
        for i, row in enumerate(listed[:3]):
            meta = {**row, "key": f"{i:09d}", "status": "success", "error_message": None, "width": 40, "height": 30, "exif": "{}"}
            for name, content in [(f"{i:09d}.jpg", picture(i)), (f"{i:09d}.json", json.dumps(meta).encode()), (f"{i:09d}.txt", row["caption"].encode())]:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    assert run_json("data", "convert", shards, "--split", "train", "--to", "tsv", "-o", tmp_path / "tsv")["errors"] == 0
    texts = [json.loads(line) for line in (tmp_path / "tsv" / "train_texts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [text["text"] for text in texts] == [caption for _, caption in rows[:3]]


def test_coco_and_visual_genome(run_json, pictures, tmp_path):
    coco = {"info": {"year": 2014}, "images": [{"id": i, "file_name": f"{i}.jpg", "width": 40, "coco_url": f"http://x/{i}"} for i in range(3)],
            "annotations": [{"id": 10 + i, "image_id": i // 2, "caption": f"cap {i}", "caption_zh": f"描述{i}"} for i in range(4)] + [{"id": 50, "caption": "lost"}]}
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    report = run_json("data", "convert", tmp_path / "coco.json", "--images", pictures, "--split", "train", "--to", "shards", "-o", tmp_path / "c")
    assert (report["images"], report["pairs"], report["errors"], report["images_without_texts"]) == (3, 4, 1, 1)
    found = captions_in(tmp_path / "c")
    assert found[1] == ([(12, "描述2"), (13, "描述3")], {"width": 40, "coco_url": "http://x/1", "url": "http://x/1"})
    genome = [{"id": i, "regions": [{"region_id": 10 * i + j, "phrase": f"区域{j}", "image_id": i} for j in range(2)]} for i in range(3)]
    (pictures / "regions.json").write_text(json.dumps(genome))
    report = run_json("data", "convert", pictures / "regions.json", "--split", "train", "--to", "lmdb", "-o", tmp_path / "v")
    assert (report["images"], report["pairs"], report["errors"]) == (3, 6, 0)


def test_stats(run, run_json, tmp_path):
    images = [(i, picture(i)) for i in range(4)] + [(8, picture(1)), (9, picture(5)[:100])]
    texts = [(1, "一只猫", [0]), (2, "一只猫", [1]), (3, "<b>cat</b> & dog", [2]), (4, "长" * 60, [3, 8]), (5, "没有图", [])]
    source = write_official(tmp_path / "a", "train", images, texts)
    write_official(tmp_path / "a", "test", [(7, picture(2)), (8, picture(99))], [(1, "一只猫", [7])])
    page = tmp_path / "report.html"
    stats = run_json("data", "stats", source, "--split", "train", "--against", source, "--against-split", "test", "--html", page)
    expected = {"images": 6, "texts": 5, "pairs": 5, "errors": 1, "undecodable": 1, "images_without_texts": 1, "texts_without_images": 1,
                "duplicate_images": 1, "duplicate_texts": 1, "texts_over_52_tokens": 1, "image_kinds": {"jpg": 6},
                "commonest_texts": [{"text": "一只猫", "times": 2}]}
    assert {key: stats[key] for key in expected} == expected
    assert (stats["characters"]["min"], stats["characters"]["median"], stats["characters"]["max"]) == (3, 3, 60)
    assert stats["width"]["max"] == 40 and stats["tokens"]["max"] == 62
    assert stats["against"]["shared_images"] == 1 and stats["against"]["shared_image_ids"] == ["2"] and stats["against"]["shared_texts"] == 2
    html = page.read_text(encoding="utf-8")
    assert "一只猫" in html and "<script" not in html and "http" not in html.replace("http-equiv", "") and html.count("<svg") == 7
    assert "images" in run("data", "stats", source, "--split", "train").stdout
    hostile = write_official(tmp_path / "h", "train", [(1, picture(1))], [(1, "<script>alert(1)</script>", [1]), (2, "<script>alert(1)</script>", [1])])
    run("data", "stats", hostile, "--split", "train", "--html", page)
    assert "<script" not in page.read_text(encoding="utf-8") and "&lt;script&gt;" in page.read_text(encoding="utf-8")


def test_every_form_has_the_same_stats(run_json, tmp_path):
    source = drawn(tmp_path / "o")
    run_json("data", "convert", source, "--split", "train", "--to", "shards", "-o", tmp_path / "s")
    ours = run_json("data", "stats", tmp_path / "s", "--split", "train")
    theirs = run_json("data", "stats", source, "--split", "train")
    assert {**ours, "kind": ""} == {**theirs, "kind": ""}


def test_encode_reads_the_same_sources(run, run_json, data, tmp_path):
    source = flickr(data, tmp_path / "f", images=5)
    run("init", "--arch", "tiny", "-o", tmp_path / "tiny.safetensors")
    run("data", "convert", source, "--split", "test", "--to", "shards", "-o", tmp_path / "s", "--shard-size", "2")
    ids = []
    for place in (source / "test_imgs.tsv", tmp_path / "s"):
        report = run_json("encode", "images", place, "--model", tmp_path / "tiny.safetensors", "-o", tmp_path / "f.npy")
        assert (report["items"], report["errors"]) == (5, 0)
        ids.append((tmp_path / "f.ids.txt").read_text())
    assert ids[0] == ids[1] and all(part.isdigit() for part in ids[0].split())
