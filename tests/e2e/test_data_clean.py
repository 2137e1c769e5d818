"""data synth and data clean as a user runs them: formats, kills, scores, memory."""
import base64
import io
import json
import random
import resource
import subprocess
import time

import numpy as np
import pytest

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
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "report.html"}


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
