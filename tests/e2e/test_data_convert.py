"""data convert and data verify: every form and back, broken sources, runs that are killed."""
import base64
import json
import os
import random
import shutil
import signal
import subprocess
import tarfile
import time

import pytest

from tests.data_sets import drawn, files_of, flickr, picture, write_official


@pytest.fixture(scope="module")
def official(tmp_path_factory):
    return drawn(tmp_path_factory.mktemp("official"))


def convert(run_json, source, to, out, *more, split="train", **options):
    return run_json("data", "convert", source, "--split", split, "--to", to, "-o", out, *more, **options)


def faults(run, source, split="train"):
    result = run("data", "verify", source, "--split", split, "--json", check=False)
    report = json.loads(result.stdout)
    assert result.returncode == (3 if report["errors"] else 0), result.stderr
    return report["faults"]


def test_shards(run, run_json, official, tmp_path):
    report = convert(run_json, official, "shards", tmp_path / "s", "--shard-size", "5")
    assert (report["images"], report["texts"], report["pairs"], report["errors"]) == (12, 15, 26, 0)
    assert report["texts_without_images"] == 1
    names = sorted(path.name for path in (tmp_path / "s").iterdir())
    shards = [f"train-00000{i}" for i in range(3)]
    assert names == sorted(["manifest.json", "texts.jsonl"] + [f"{s}.{e}" for s in shards for e in ("tar", "idx")])
    with tarfile.open(tmp_path / "s" / "train-000001.tar") as tar:
        members = tar.getmembers()
        assert [m.name for m in members[:4]] == ["000000005.webp", "000000005.json", "000000006.jpg", "000000006.json"]
        assert all((m.mtime, m.uid, m.gid, m.uname, m.mode) == (0, 0, 0, "", 0o644) for m in members)
        sample = json.loads(tar.extractfile("000000006.json").read())
        assert sample["image_id"] == 42 and [c["text_id"] for c in sample["captions"]] == [105, 106]
        content = (tmp_path / "s" / "train-000001.tar").read_bytes()
        lines = (tmp_path / "s" / "train-000001.idx").read_text().splitlines()
        assert lines[0] == "v1.2 5" and len(lines) == 6
        for line in lines[1:]:
            words = line.split()
            for extension, offset, size, name in zip(*[iter(words)] * 4):
                assert name.endswith(extension)
                assert content[int(offset):int(offset) + int(size)] == tar.extractfile(name).read()
    assert faults(run, tmp_path / "s") == []
    assert convert(run_json, official, "shards", tmp_path / "s", "--shard-size", "5")["images"] == 12  # complete: nothing to do
    again = tmp_path / "t"
    convert(run_json, official, "shards", again, "--shard-size", "5")
    assert files_of(again) == files_of(tmp_path / "s")


def test_flickr_there_and_back(run, run_json, data, tmp_path):
    source = flickr(data, tmp_path / "flickr")
    convert(run_json, source, "shards", tmp_path / "shards", "--shard-size", "100", split="test")
    convert(run_json, tmp_path / "shards", "lmdb", tmp_path / "lmdb", split="test")
    convert(run_json, tmp_path / "lmdb", "tsv", tmp_path / "tsv", split="test")
    for folder in (source, tmp_path / "shards", tmp_path / "lmdb", tmp_path / "tsv"):
        assert faults(run, folder, "test") == []
    assert (tmp_path / "tsv" / "test_texts.jsonl").read_bytes() == (source / "test_texts.jsonl").read_bytes()
    images = [sorted((folder / "test_imgs.tsv").read_bytes().splitlines()) for folder in (source, tmp_path / "tsv")]
    assert images[0] == images[1] and len(images[0]) == 250


def test_bad_lines_are_named_and_left_out(run, run_json, tmp_path):
    source = write_official(tmp_path / "bad", "train", [(i, picture(i)) for i in range(4)], [(1, "一", [0, 1]), (2, "二", [3])])
    encoded = base64.b64encode(picture(9)).decode()
    with open(source / "train_imgs.tsv", "a") as file:
        file.write(f"2\t{encoded}\nno tab\n8\t{encoded[:-3]}\n\n9\t{encoded}\t\n9\tx\ty\n")
    texts = [{"text_id": 3, "text": "三", "image_ids": [77]}, {"text_id": 4, "text": "四", "image_ids": [0, 77, 0]}, {"text_id": 5, "text": "五"},
             {"text_id": 6.5, "text": "六", "image_ids": []}, {"text_id": 1, "text": "七", "image_ids": [1]}]
    with open(source / "train_texts.jsonl", "a") as file:
        file.write("\n".join(json.dumps(text) for text in texts) + '\nnot json\n{"text_id": 9, "text": "\\ud800", "image_ids": []}\n\n')
    report = convert(run_json, source, "shards", tmp_path / "out")
    errors = [json.loads(line)["error"] for line in (tmp_path / "out" / "errors.jsonl").read_text().splitlines()]
    assert report["errors"] == len(errors) == 13
    assert (report["images"], report["texts"], report["pairs"]) == (5, 4, 5)
    images, lines = str(source / "train_imgs.tsv"), str(source / "train_texts.jsonl")
    expected = [(f"{images}: line 5:", "was there before"), (f"{images}: line 6:", "not two fields"), (f"{images}: line 7:", "base64 of image 8"),
                (f"{images}: line 8:", "not two fields"), (f"{images}: line 10:", "not two fields"), (f"{lines}: line 3:", "names image 77"),
                (f"{lines}: line 4:", "names image 77"), (f"{lines}: line 4:", "names image 0 twice"), (f"{lines}: line 5:", "image_ids"),
                (f"{lines}: line 6:", "text_id"), (f"{lines}: line 8:", "not a JSON object"), (f"{lines}: line 9:", "not a JSON object"),
                (f"{lines}: line 10:", "not a JSON object")]
    for error, (place, reason) in zip(errors, expected):
        assert error.startswith(place) and reason in error
    assert faults(run, tmp_path / "out") == [f for f in faults(run, tmp_path / "out") if "text id 1 was there before" in f] != []
    assert len(faults(run, source)) == 14  # and the text id that is used twice
    few = run("data", "convert", source, "--split", "train", "--to", "tsv", "-o", tmp_path / "few", "--max-errors", "3", check=False)
    assert few.returncode == 3 and "the limit is 3 errors" in few.stderr and not (tmp_path / "few" / "train_imgs.tsv").exists()


def test_refusals(run, official, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "holiday.txt").write_text("mine")
    empty = write_official(tmp_path / "empty", "train", [], [])
    complete = tmp_path / "complete"
    run("data", "convert", official, "--split", "train", "--to", "shards", "-o", complete)
    cases = [
        ([official, "--split", "valid", "--to", "lmdb", "-o", tmp_path / "x"], "split valid"),
        ([tmp_path / "none", "--split", "train", "--to", "lmdb", "-o", tmp_path / "x"], "no such file"),
        ([official, "--split", "train", "--to", "shards", "-o", other], "holiday.txt: is there already"),
        ([official, "--split", "train", "--to", "shards", "-o", complete, "--shard-size", "3"], "another data set"),
        ([empty, "--split", "train", "--to", "lmdb", "-o", tmp_path / "x"], "no image is left"),
        ([complete, "--split", "test", "--to", "lmdb", "-o", tmp_path / "x"], "holds the split train"),
    ]
    for arguments, text in cases:
        result = run("data", "convert", *arguments, check=False)
        assert result.returncode == 3 and text in result.stderr, result.stderr
    assert (other / "holiday.txt").read_text() == "mine"


def test_broken_containers(run, run_json, official, tmp_path):
    convert(run_json, official, "lmdb", tmp_path / "lmdb")
    assert faults(run, tmp_path / "lmdb") == []
    for half in ("imgs", "pairs"):
        broken = shutil.copytree(tmp_path / "lmdb", tmp_path / f"cut-{half}")
        content = (broken / half / "data.mdb").read_bytes()
        for size in (0, 100, 4096, len(content) // 2 // 4096 * 4096, len(content) - 4096):
            (broken / half / "data.mdb").write_bytes(content[:size])
            assert any("data.mdb: " in fault for fault in faults(run, broken))
            result = run("data", "convert", broken, "--split", "train", "--to", "tsv", "-o", tmp_path / "x", check=False)
            assert result.returncode == 3 and "data.mdb: " in result.stderr and not (tmp_path / "x" / "train_imgs.tsv").exists()
            shutil.rmtree(tmp_path / "x", ignore_errors=True)

    convert(run_json, official, "shards", tmp_path / "s", "--shard-size", "4")
    tar = tmp_path / "s" / "train-000001.tar"
    content = tar.read_bytes()
    tar.write_bytes(content[:len(content) // 2])
    found = faults(run, tmp_path / "s")
    assert any(f"{tar}: has" in fault for fault in found) and any("names image" in fault for fault in found)
    changed = bytearray(content)
    changed[600] ^= 1
    tar.write_bytes(changed)
    assert any("sha256" in fault for fault in faults(run, tmp_path / "s"))
    tar.write_bytes(content)
    index = tar.with_suffix(".idx")
    lines = index.read_text()
    index.write_text(lines.replace(" 512 ", " 513 ", 1))
    assert any("000000004.png is not at byte 513" in fault for fault in faults(run, tmp_path / "s"))
    index.write_text(lines)
    assert faults(run, tmp_path / "s") == []
    tar.unlink()
    assert any(f"{tar}: is missing" in fault for fault in faults(run, tmp_path / "s"))


def test_undecodable_images(run, run_json, tmp_path):
    source = write_official(tmp_path / "u", "train", [(1, picture(1)), (2, picture(2)[:200]), (3, b"no image"), (4, picture(4))], [(1, "一", [1, 2, 3, 4])])
    with open(source / "train_imgs.tsv", "ab") as file:
        file.write(b"\xff\t" + base64.b64encode(picture(5)) + b"\n")
    assert [fault.split(": ")[1] for fault in faults(run, source)] == ["line 2", "line 3", "line 5"]
    assert convert(run_json, source, "shards", tmp_path / "all")["images"] == 4  # bytes stay as they are
    report = convert(run_json, source, "shards", tmp_path / "good", "--image-size", "32")
    assert (report["images"], report["errors"], report["pairs"]) == (2, 5, 2)  # three images, and two pairs of theirs
    assert faults(run, tmp_path / "good") == []


def test_tars_of_others(run, run_json, data, tmp_path):
    shards = tmp_path / "i2d"
    shards.mkdir()
    import io

    for shard in range(2):
        with tarfile.open(shards / f"0000{shard}.tar", "w") as tar:
            for i in range(3):
                key = f"{shard:05d}{i:04d}"
                caption = f"标题{shard}{i}"
                meta = {"caption": caption, "url": f"https://example.org/{key}.jpg", "key": key, "status": "success", "width": 40, "similarity": 0.3}
                for name, content in [(f"{key}.jpg", picture(10 * shard + i)), (f"{key}.json", json.dumps(meta).encode()), (f"{key}.txt", caption.encode())]:
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
    report = convert(run_json, shards, "shards", tmp_path / "ours")
    assert (report["images"], report["pairs"], report["errors"]) == (6, 6, 0)
    with tarfile.open(tmp_path / "ours" / "train-000000.tar") as tar:
        sample = json.loads(tar.extractfile("000000004.json").read())
    assert sample["image_id"] == "000010001" and sample["captions"] == [{"text_id": 4, "text": "标题11"}]
    assert sample["metadata"]["url"] == "https://example.org/000010001.jpg" and sample["metadata"]["similarity"] == 0.3
    content = (shards / "00000.tar").read_bytes()
    (shards / "00000.tar").write_bytes(content[:3000])
    report = convert(run_json, shards, "tsv", tmp_path / "cut")
    assert report["errors"] == 1 and report["images"] in (3, 4, 5)
    for name, images in [("image1.tar", 4), ("hopper.tar", 2), ("sample.tgz", None)]:
        report = convert(run_json, data / "containers" / name, "shards", tmp_path / name)
        assert report["errors"] == 0 and report["images"] == images or images is None


def kill_at_random(command, environment, random_time):
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(random_time)
    process.send_signal(signal.SIGKILL)
    error = process.communicate()[1].decode()
    assert process.returncode in (0, -signal.SIGKILL), error
    return process.returncode


@pytest.mark.parametrize("to", ["shards", "lmdb", "tsv"])
@pytest.mark.parametrize("rounds", [3, pytest.param(17, marks=pytest.mark.slow)])
def test_killed_runs_end_the_same(run, program, run_json, tmp_path, to, rounds):
    pictures = [(i, picture(i, size=(120, 90))) for i in range(400)]
    pictures[50] = (50, b"broken")
    pictures[99] = (99, b"broken at the end of a shard")
    source = write_official(tmp_path / "source", "train", pictures, [(i, f"第{i}句", [i]) for i in range(400)])
    with open(source / "train_imgs.tsv", "a") as file:
        file.write("bad line\n")
    more = ["--shard-size", "7", "--image-size", "64"] if to == "shards" else ["--image-size", "64"]
    start = time.monotonic()
    convert(run_json, source, to, tmp_path / "whole", *more)
    whole_time = time.monotonic() - start
    whole = files_of(tmp_path / "whole")
    out = tmp_path / "out"
    command = [str(program), "data", "convert", str(source), "--split", "train", "--to", to, "-o", str(out), *more]
    environment = {**os.environ, "CNCLIP_HOME": str(run.home)}
    for round_number in range(rounds):
        shutil.rmtree(out, ignore_errors=True)
        generator = random.Random(round_number)
        while kill_at_random(command, environment, generator.uniform(0, 0.8 * whole_time)) != 0 and generator.random() < 0.7:
            pass
        run(*command[1:])
        assert files_of(out) == whole
