"""Parquet as a source of data sets: LAION's metadata, pictures in the table, damaged files."""
import csv
import json
import shutil
import tarfile

import pytest

from tests.data_sets import picture

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS = 2500  # more than a batch of rows, in row groups that do not divide it


def laion(path, first=0, rows=ROWS, nulls=(), **options):
    numbers = range(first, first + rows)
    texts = [None if i in nulls else f"第{i}张，“图片”" for i in numbers]
    table = pa.table({
        "URL": pa.array([f"https://example.org/{i}.jpg" for i in numbers], pa.large_string()),
        "TEXT": pa.array(texts),
        "WIDTH": pa.array([i % 640 for i in numbers], pa.int32()),
        "HEIGHT": pa.array([float(i) for i in numbers], pa.float64()),
        "similarity": pa.array([None if i % 3 else 0.25 for i in numbers], pa.float32()),
        "LANGUAGE": pa.array(["zh", "en"] * (rows // 2)).dictionary_encode(),
        "punsafe": pa.array([i % 2 == 0 for i in numbers]),
        "nothing": pa.nulls(rows),
        "tags": pa.array([["a", "b"]] * rows),
    })
    pq.write_table(table, path, **{"row_group_size": 700, "compression": "snappy", **options})
    return table


def urls_of(run_json, source, out):
    report = run_json("data", "convert", source, "--to", "urls", "-o", out)
    with open(out, encoding="utf-8", newline="") as file:
        return report, list(csv.DictReader(file))


@pytest.mark.parametrize("options", [
    {"compression": "zstd"}, {"use_dictionary": False, "data_page_version": "2.0"}, {"compression": "none", "write_page_checksum": True}])
def test_addresses(run_json, tmp_path, options):
    table = laion(tmp_path / "a.parquet", nulls={7, 1800}, **options)
    report, listed = urls_of(run_json, tmp_path / "a.parquet", tmp_path / "u.csv")
    assert (report["rows"], report["errors"]) == (ROWS - 2, 2)
    faults = [json.loads(line)["error"] for line in (tmp_path / "u.csv.errors.jsonl").read_text().splitlines()]
    assert faults == [f"{tmp_path / 'a.parquet'}: row {n}: no caption" for n in (8, 1801)]
    expected = [(u, t, str(i)) for i, (u, t) in enumerate(zip(table["URL"].to_pylist(), table["TEXT"].to_pylist())) if t is not None]
    assert [(row["url"], row["caption"], row["text_id"]) for row in listed] == expected


def test_the_same_as_jsonl(run_json, tmp_path):
    table = laion(tmp_path / "a.parquet", rows=900).drop_columns(["tags"])
    with open(tmp_path / "a.jsonl", "w", encoding="utf-8") as file:
        for row in table.to_pylist():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    assert urls_of(run_json, tmp_path / "a.parquet", tmp_path / "p.csv") == urls_of(run_json, tmp_path / "a.jsonl", tmp_path / "j.csv")
    stats = [run_json("data", "stats", tmp_path / name) for name in ("a.parquet", "a.jsonl")]
    assert stats[0] == stats[1] and stats[0]["images"] == 900 and stats[0]["image_kinds"] == {"url": 900}


def test_parts_are_one_table(run, run_json, tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    laion(folder / "part-00001.parquet", first=900, rows=300)
    laion(folder / "part-00000.parquet", first=0, rows=900, compression="zstd")
    report, listed = urls_of(run_json, folder, tmp_path / "u.csv")
    assert report["rows"] == 1200 and [row["url"] for row in listed] == [f"https://example.org/{i}.jpg" for i in range(1200)]
    assert run("data", "verify", folder).returncode == 0
    # Beside tar shards, img2dataset's Parquet files are not the data set.
    with tarfile.open(folder / "00000.tar", "w") as tar:
        (tmp_path / "0.jpg").write_bytes(picture(0))
        tar.add(tmp_path / "0.jpg", "0.jpg")
    assert run_json("data", "stats", folder)["kind"] == "tar shards"


def test_paths_of_pictures(run_json, tmp_path):
    for i in range(3):
        (tmp_path / f"{i}.jpg").write_bytes(picture(i))
    names = ["0.jpg", "1.jpg", "0.jpg", "9.jpg", "2.jpg"]
    pq.write_table(pa.table({"file_name": names, "caption": list("甲乙丙丁戊")}), tmp_path / "t.parquet", row_group_size=2)
    report = run_json("data", "convert", tmp_path / "t.parquet", "--split", "train", "--to", "shards", "-o", tmp_path / "s")
    assert (report["images"], report["pairs"], report["errors"]) == (3, 4, 2)
    texts = [json.loads(line) for line in (tmp_path / "s" / "texts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(t["text"], t["image_ids"]) for t in texts] == [("甲", ["0.jpg"]), ("乙", ["1.jpg"]), ("丙", ["0.jpg"]), ("戊", ["2.jpg"])]


@pytest.mark.parametrize("struct", [False, True])
def test_pictures_in_the_table(run_json, tmp_path, struct):
    pictures = [picture(i) for i in range(70)] + [None]
    cells = [{"path": f"{i}.jpg", "bytes": p} for i, p in enumerate(pictures)] if struct else pictures
    pq.write_table(pa.table({"image": cells, "text": [f"第{i}张" for i in range(71)]}), tmp_path / "t.parquet", row_group_size=50)
    report = run_json("data", "convert", tmp_path / "t.parquet", "--split", "train", "--to", "shards", "-o", tmp_path / "s")
    assert (report["images"], report["pairs"], report["errors"]) == (70, 70, 2)  # the missing picture, and its text
    with tarfile.open(tmp_path / "s" / "train-000000.tar") as tar:
        found = [tar.extractfile(m).read() for m in tar.getmembers() if m.name.endswith(".jpg")]
    assert found == pictures[:70]


def refused(run, path, *words):
    for command in (("stats",), ("convert", "--to", "urls", "-o", path.with_suffix(".csv"))):
        result = run("data", command[0], path, *command[1:], check=False)
        assert result.returncode == 3 and str(path) in result.stderr, (result.returncode, result.stderr)
        for word in words:
            assert word in result.stderr, result.stderr


def test_wrong_columns(run, tmp_path):
    def file(name, **columns):
        pq.write_table(pa.table(columns), tmp_path / name)
        return tmp_path / name

    refused(run, file("a.parquet", url=["u"], width=[1]), "captions")
    refused(run, file("b.parquet", text=["t"], width=[1]), "addresses (url)")
    refused(run, file("c.parquet", url=["u"], text=[1]), "column text: is int64, not text")
    refused(run, file("d.parquet", url=[["u"]], text=["t"]), "column url: is list")
    refused(run, file("e.parquet", url=pa.array([], pa.string()), text=pa.array([], pa.string())), "no row can be read")


def test_damaged_files(run, shared_parquet, tmp_path):
    content = shared_parquet.read_bytes()
    for name, damaged in {"empty": b"", "cut": content[: len(content) // 2], "text": b"url,text\n" * 9, "tail": content[:-9] + b"\xff" * 9}.items():
        path = tmp_path / f"{name}.parquet"
        path.write_bytes(damaged)
        refused(run, path)
    # A page of the texts in the second row group, found by its check sum.
    at = pq.ParquetFile(shared_parquet).metadata.row_group(1).column(1).data_page_offset
    path = tmp_path / "page.parquet"
    path.write_bytes(content[: at + 60] + bytes(b ^ 0x55 for b in content[at + 60 : at + 100]) + content[at + 100 :])
    refused(run, path, "row group 1", "column TEXT")


def test_random_damage_is_never_a_crash(run, shared_parquet, tmp_path):
    content = shared_parquet.read_bytes()
    for i in range(40):
        damaged = bytearray(content)
        begin = len(content) * 3 // 4 if i % 2 else 0  # footers decide most
        for k in range(4):
            damaged[begin + (7919 * (4 * i + k + 1) ** 2) % (len(content) - begin)] ^= 1 << (i + k) % 8
        path = tmp_path / "x.parquet"
        path.write_bytes(damaged)
        result = run("data", "verify", path, check=False)
        assert result.returncode in (0, 3), (i, result.returncode, result.stderr)


@pytest.fixture
def shared_parquet(tmp_path):
    laion(tmp_path / "whole.parquet", rows=1400, compression="none", use_dictionary=False, write_page_checksum=True)
    return tmp_path / "whole.parquet"
