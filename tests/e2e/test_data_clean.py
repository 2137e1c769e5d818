"""data synth and data clean as a user runs them: formats, kills, scores, memory."""
import base64
import io
import json
import random
import resource
import subprocess
import tarfile
import time

import numpy as np
import pytest

from tests.data_sets import picture

RULES = """
[length]
least = 3
most = 30
[url]
words = ["www."]
[repeated]
most = 150
[duplicate]
"""


def test_synth_is_an_official_data_set(run, tmp_path):
    from PIL import Image

    for name in "ab":
        run("data", "synth", "-o", tmp_path / name, "--train", 30, "--valid", 5, "--test", 8, "--size", 64, "--seed", 7)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert [n for n in names if n.startswith("train")] == ["train_imgs.tsv", "train_scenes.jsonl", "train_texts.jsonl"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    images = dict(line.split("\t") for line in (tmp_path / "a" / "train_imgs.tsv").read_text().splitlines())
    assert len(images) == 30
    for encoded in images.values():
        assert Image.open(io.BytesIO(base64.urlsafe_b64decode(encoded))).size == (64, 64)
    for line in (tmp_path / "a" / "train_texts.jsonl").read_text().splitlines():
        entry = json.loads(line)
        assert list(entry) == ["text_id", "text", "image_ids"] and "\\u" not in line
        assert all(str(image) in images for image in entry["image_ids"])


def write_rows(path, count, seed=1):
    """About a third of the rows break a rule."""
    words = ["红花", "绿叶", "小猫", "大海", "www.a.cn", "山"]
    chance = random.Random(seed)
    with open(path, "w", encoding="utf-8") as file:
        file.write("url,caption\n")
        for begin in range(0, count, 10_000):
            picks = chance.choices(words, k=80_000)
            sizes = chance.choices(range(1, 8), k=10_000)
            file.writelines(f"http://x/{(begin + i) * 7 % 90_001}.jpg,{''.join(picks[8 * i:8 * i + sizes[i]])}{begin + i}\n"
                            if i % 3 else f"u,{''.join(picks[8 * i:8 * i + sizes[i]])}\n" for i in range(10_000))


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()
            if path.is_file() and path.name != "report.html"}


def kill_and_rerun(program, tmp_path, times):
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    write_rows(tmp_path / "rows.csv", 150_000)

    def command(output):
        return [program, "data", "clean", tmp_path / "rows.csv", tmp_path / "rules.toml", "-o", output, "--workers", "2"]

    start = time.monotonic()
    subprocess.run(command(tmp_path / "whole"), check=True, capture_output=True)
    seconds = time.monotonic() - start
    expected = files_of(tmp_path / "whole")
    assert sorted(expected) == ["dropped.tsv", "report.json", "rows.csv"]
    chance = random.Random(2)
    killed = 0
    for turn in range(times):
        output = tmp_path / f"killed{turn}"
        for _ in range(3):
            process = subprocess.Popen(command(output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.random() * seconds)
            process.kill()
            killed += process.wait() != 0
        subprocess.run(command(output), check=True, capture_output=True)
        assert files_of(output) == expected
        assert len(list(output.iterdir())) == 4  # nothing half written is left
    assert killed > 0


def test_killed_runs_go_on(program, tmp_path):
    kill_and_rerun(program, tmp_path, 3)


@pytest.mark.slow
def test_killed_runs_go_on_50_times(program, tmp_path):
    kill_and_rerun(program, tmp_path, 50)


def test_mistakes_in_rules_are_one_line(run, tmp_path):
    (tmp_path / "rows.txt").write_text("一句话\n", "utf-8")
    rules = tmp_path / "rules.toml"
    for text, message in [
        ("[length]\nleast = 1.5\nmost = 3\n", "line 2: length.least is 1.5, a whole number"),
        ("[url]\npatterns = ['(a']\n", "line 2: url.patterns holds '(a', which is no pattern"),
        ("[sizes]\n", "line 1: there is no rule \"sizes\""),
    ]:
        rules.write_text(text, "utf-8")
        result = run("data", "clean", tmp_path / "rows.txt", rules, "-o", tmp_path / "out", check=False)
        assert result.returncode == 3 and result.stderr.count("\n") == 1
        assert result.stderr.startswith(f"cnclip: error: {rules}: ") and message in result.stderr
    rules.write_text("[url]\n", "utf-8")
    for part in ("0/2", "3/2", "1", "1/2x"):
        assert run("data", "clean", tmp_path / "rows.txt", rules, "-o", tmp_path / "out", "--part", part,
                   check=False).returncode == 2


def test_scores_are_the_encoders(run, tmp_path):
    model, data = tmp_path / "tiny.safetensors", tmp_path / "data"
    run("init", "--arch", "tiny", "-o", model)
    run("data", "synth", "-o", data, "--train", 150, "--valid", 0, "--test", 0, "--size", 32)
    for kind, source in (("images", data / "train_imgs.tsv"), ("texts", data / "train_texts.jsonl")):
        run("encode", kind, source, "--model", model, "-o", tmp_path / f"{kind}.npy")
    images, texts = np.load(tmp_path / "images.npy"), np.load(tmp_path / "texts.npy")
    cosines, row = [], {image: i for i, image in enumerate((tmp_path / "images.ids.txt").read_text().split())}
    for text, line in zip(texts, (data / "train_texts.jsonl").read_text("utf-8").splitlines(), strict=True):
        cosines += [float(text @ images[row[str(image)]]) for image in json.loads(line)["image_ids"]]
    order = np.sort(cosines)
    gap = np.argmax(np.diff(order[len(order) // 4:3 * len(order) // 4])) + len(order) // 4  # far from any cosine
    least = float(order[gap] + order[gap + 1]) / 2
    (tmp_path / "rules.toml").write_text(f"[score]\nmodel = '{model}'\nleast = {least}\n", "utf-8")
    run("data", "clean", data, tmp_path / "rules.toml", "-o", tmp_path / "out")
    dropped = [line.split("\t") for line in (tmp_path / "out" / "dropped.tsv").read_text().splitlines()[1:]]
    assert dropped == [[str(i + 1), "score"] for i, cosine in enumerate(cosines) if cosine < least]
    assert len(cosines) // 5 < len(dropped) < len(cosines) * 4 // 5


def test_scores_of_another_model_are_not_taken_up(run, tmp_path):
    model, data, rules, output = (tmp_path / name for name in ("tiny.safetensors", "data", "rules.toml", "out"))
    run("data", "synth", "-o", data, "--train", 60, "--valid", 0, "--test", 0, "--size", 32)
    rules.write_text(f"[score]\nmodel = '{model}'\nleast = 0.0\n", "utf-8")
    run("init", "--arch", "tiny", "-o", model, "--seed", 1)
    (output / "report.html" / "in the way").mkdir(parents=True)  # the run ends when all scores are there
    assert run("data", "clean", data, rules, "-o", output, check=False).returncode == 3
    assert list(output.glob("work-*/scores-*"))
    (output / "report.html" / "in the way").rmdir()
    (output / "report.html").rmdir()
    first = (output / "dropped.tsv").read_text()
    model.unlink()
    run("init", "--arch", "tiny", "-o", model, "--seed", 2)
    run("data", "clean", data, rules, "-o", output)
    run("data", "clean", data, rules, "-o", tmp_path / "fresh")
    assert files_of(output) == files_of(tmp_path / "fresh")
    assert first != (output / "dropped.tsv").read_text()


def test_rows_of_another_evaluation_set_are_scored(run, tmp_path):
    """Scores are kept of rows that the other rules left: another evaluation set leaves others."""
    model, data, rules, output = (tmp_path / name for name in ("tiny.safetensors", "data", "rules.toml", "out"))
    run("data", "synth", "-o", data, "--train", 30, "--valid", 0, "--test", 0, "--size", 32)
    run("init", "--arch", "tiny", "-o", model)
    rules.write_text(f"[leakage]\nsets = ['set.jsonl']\ndistance = 0\n[score]\nmodel = '{model}'\nleast = -1\n", "utf-8")
    (tmp_path / "set.jsonl").write_bytes((data / "train_texts.jsonl").read_bytes())
    (output / "report.html" / "in the way").mkdir(parents=True)
    assert run("data", "clean", data, rules, "-o", output, check=False).returncode == 3
    (output / "report.html" / "in the way").rmdir()
    (output / "report.html").rmdir()
    (tmp_path / "set.jsonl").write_text('{"text": "别的"}\n', "utf-8")
    run("data", "clean", data, rules, "-o", output)
    assert (output / "dropped.tsv").read_text() == "row\trule\n"


@pytest.mark.slow
def test_ten_million_rows_in_a_gigabyte(program, tmp_path):
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    write_rows(tmp_path / "rows.csv", 10_000_000)
    subprocess.run([program, "data", "clean", tmp_path / "rows.csv", tmp_path / "rules.toml", "-o", tmp_path / "out"],
                   check=True, capture_output=True)
    assert json.loads((tmp_path / "out" / "report.json").read_text())["rows"] == 10_000_000
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1 << 20  # KiB, the largest of all children


def test_workers_and_parts_do_not_show_in_an_official_folder(run, tmp_path):
    data = tmp_path / "data"
    run("data", "synth", "-o", data, "--train", 400, "--valid", 20, "--test", 0, "--size", 32)
    (tmp_path / "rules.toml").write_text(f"""
        [length]
        least = 8
        most = 50
        [undecodable]
        [near_duplicate]
        distance = 4
        [leakage]
        sets = ["{data}/valid_imgs.tsv", "{data}/valid_texts.jsonl"]
        distance = 6
        """, "utf-8")
    clean = ("data", "clean", data, tmp_path / "rules.toml")
    run(*clean, "-o", tmp_path / "one", "--workers", 1)
    run(*clean, "-o", tmp_path / "four", "--workers", 4)
    for part in ("3/3", "1/3", "2/3"):
        run(*clean, "-o", tmp_path / "parts", "--part", part)
    run(*clean, "-o", tmp_path / "parts")
    expected = files_of(tmp_path / "one")
    assert files_of(tmp_path / "four") == files_of(tmp_path / "parts") == expected
    funnel = {step["rule"]: step["dropped"] for step in json.loads(expected["report.json"])["funnel"]}
    assert funnel["length"] > 0 and funnel["near_duplicate"] > 0


def pairs_of(folder):
    """The captions of every picture in a folder of shards."""
    found = {}
    for shard in sorted(folder.glob("*.tar")):
        with tarfile.open(shard) as tar:
            for name in tar.getnames():
                if name.endswith(".json"):
                    sample = json.load(tar.extractfile(name))
                    found[sample["image_id"]] = sorted(caption["text"] for caption in sample["captions"])
    return found


LOOKS = """
[length]
least = 8
most = 14
[undecodable]
[near_duplicate]
distance = 4
"""


@pytest.fixture
def forms(run, tmp_path):
    """One split as an official folder, with a broken picture and one without captions, and in other forms."""
    official = tmp_path / "official"
    run("data", "synth", "-o", official, "--train", 200, "--valid", 0, "--test", 0, "--size", 32)
    with open(official / "train_imgs.tsv", "a") as file:
        file.write(f"900000\t{base64.b64encode(b'no picture').decode()}\n900001\t{base64.b64encode(picture(1)).decode()}\n")
    with open(official / "train_texts.jsonl", "a", encoding="utf-8") as file:
        file.write('{"text_id": 900000, "text": "一张打不开的图片在这里", "image_ids": [900000]}\n')
    run("data", "convert", official, "-o", tmp_path / "shards", "--split", "train", "--to", "shards")
    run("data", "convert", official, "-o", tmp_path / "lmdb", "--split", "train", "--to", "lmdb")
    return tmp_path


def test_shards_are_cleaned_as_their_official_folder_is(run, forms):
    (forms / "rules.toml").write_text(LOOKS, "utf-8")
    for form in ("official", "shards"):
        run("data", "clean", forms / form, forms / "rules.toml", "-o", forms / f"{form}-out")
    one, other = (files_of(forms / f"{form}-out") for form in ("official", "shards"))
    assert one["dropped.tsv"] == other["dropped.tsv"]
    funnel = json.loads(one["report.json"])["funnel"]
    assert json.loads(other["report.json"])["funnel"] == funnel
    assert all(step["dropped"] > 0 for step in funnel if step["rule"] != "broken")
    run("data", "convert", forms / "official-out", "-o", forms / "expected", "--split", "train", "--to", "shards")
    expected = {name: content for name, content in files_of(forms / "expected").items() if name != "manifest.json"}
    found = files_of(forms / "shards-out" / "shards")
    assert {name: found[name] for name in expected} == expected
    assert 900001 in pairs_of(forms / "shards-out" / "shards")
    run("data", "verify", forms / "shards-out" / "shards")


def test_lmdb_and_foreign_shards_are_cleaned(run, forms):
    """Their pictures stand in another order, which no rule here asks about."""
    with tarfile.open(forms / "foreign.tar", "w") as tar:
        for number, text in enumerate(["一朵红色的花在阳光下", "短", "一片绿色的叶子在风里"]):
            for extension, content in ((".jpg", picture(number)), (".txt", text.encode())):
                member = tarfile.TarInfo(f"{number:05}{extension}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    (forms / "images").mkdir()
    (forms / "images" / "a.jpg").write_bytes(picture(5))
    annotations = [{"id": i, "image_id": 7, "caption": text} for i, text in enumerate(["短", "一只小猫坐在窗台上"])]
    (forms / "coco.json").write_text(json.dumps({"images": [{"id": 7, "file_name": "images/a.jpg"}],
                                                 "annotations": annotations}), "utf-8")
    (forms / "rules.toml").write_text("[length]\nleast = 8\nmost = 14\n[undecodable]\n", "utf-8")
    for source in ("shards", "lmdb", "foreign.tar", "coco.json"):
        run("data", "clean", forms / source, forms / "rules.toml", "-o", forms / f"{source}-out")
    expected = pairs_of(forms / "shards-out" / "shards")
    assert 900000 not in expected and len(expected) > 50
    assert {name: texts for name, texts in expected.items() if texts} == {
        name: texts for name, texts in pairs_of(forms / "lmdb-out" / "shards").items() if texts}
    assert sorted(pairs_of(forms / "foreign.tar-out" / "shards").values()) == [["一朵红色的花在阳光下"], ["一片绿色的叶子在风里"]]
    assert pairs_of(forms / "coco.json-out" / "shards") == {7: ["一只小猫坐在窗台上"]}
    assert (forms / "foreign.tar-out" / "dropped.tsv").read_text() == "row\trule\n2\tlength\n"


def test_workers_parts_and_kills_do_not_show_in_shards(run, program, forms):
    def everything(output):
        assert sorted(path.name for path in output.iterdir()) == ["dropped.tsv", "report.html", "report.json", "shards"]
        return {path.relative_to(output): path.read_bytes() for path in output.rglob("*") if path.is_file()}

    (forms / "rules.toml").write_text(LOOKS, "utf-8")
    clean = ("data", "clean", forms / "shards", forms / "rules.toml")
    start = time.monotonic()
    run(*clean, "-o", forms / "one", "--workers", 1)
    seconds = time.monotonic() - start
    expected = everything(forms / "one")
    run(*clean, "-o", forms / "four", "--workers", 4)
    for part in ("2/2", "1/2"):
        run(*clean, "-o", forms / "parts", "--part", part)
    run(*clean, "-o", forms / "parts")
    chance = random.Random(3)
    for _ in range(10):
        process = subprocess.Popen([program, *clean, "-o", forms / "killed"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(chance.random() * seconds)
        process.kill()
        process.wait()
    run(*clean, "-o", forms / "killed")
    for output in ("four", "parts", "killed"):
        assert everything(forms / output) == expected
    (forms / "rules.toml").write_text("[length]\nleast = 9\nmost = 12\n", "utf-8")
    run(*clean, "-o", forms / "fresh")
    run(*clean, "-o", forms / "killed")  # over the shards of other rules
    assert everything(forms / "killed") == everything(forms / "fresh") != expected


def test_shards_are_not_cleaned_onto_themselves(run, forms):
    (forms / "rules.toml").write_text("[length]\nleast = 1\nmost = 2\n", "utf-8")
    before = files_of(forms / "shards")
    result = run("data", "clean", forms / "shards", forms / "rules.toml", "-o", forms, check=False)
    assert result.returncode == 2 and "overwritten" in result.stderr
    assert files_of(forms / "shards") == before
    (forms / "other" / "shards").mkdir(parents=True)
    (forms / "other" / "shards" / "mine.txt").write_text("mine")
    assert run("data", "clean", forms / "shards", forms / "rules.toml", "-o", forms / "other", check=False).returncode == 2
    assert (forms / "other" / "shards" / "mine.txt").read_text() == "mine"


def test_folders_of_addresses_are_refused(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "captions.csv").write_text("url,caption\nhttp://x/1.jpg,一朵红花\n", "utf-8")
    (tmp_path / "rules.toml").write_text("[length]\nleast = 1\nmost = 9\n", "utf-8")
    result = run("data", "clean", tmp_path / "data", tmp_path / "rules.toml", "-o", tmp_path / "out", check=False)
    assert result.returncode == 3 and "clean its table" in result.stderr
    run("data", "clean", tmp_path / "data" / "captions.csv", tmp_path / "rules.toml", "-o", tmp_path / "out")
