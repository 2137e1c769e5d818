"""Texts that are none, and records that cannot be read."""
import json
import os


def encoded(run_json, tmp_path, model, source):
    report = run_json("encode", "texts", source, "--model", model, "-o", tmp_path / "out.npy")
    ids = (tmp_path / "out.ids.txt").read_text().splitlines()
    errors = [json.loads(line) for line in (tmp_path / "out.errors.jsonl").read_text().splitlines()]
    assert (report["items"], report["errors"]) == (len(ids), len(errors))
    return ids, errors


def test_lines_that_are_not_utf8(run_json, model, tmp_path):
    (tmp_path / "t.txt").write_bytes("猫\n".encode() + b"\xff\xfe\n" + "狗\n".encode("gbk") + "狗\r\n\n".encode() + b"\xe7\x8c")
    ids, errors = encoded(run_json, tmp_path, model, tmp_path / "t.txt")
    assert ids == ["1", "4", "5"]
    assert [e["input"] for e in errors] == ["2", "3", "6"]
    assert all("is not UTF-8" in e["error"] for e in errors)


def test_broken_records(run_json, model, tmp_path):
    lines = [
        '{"text_id": 7, "text": "猫", "image_ids": [1]}'.encode(),
        b'{"text_id": 8, "text": "\xff"}',
        b'{"text_id": 9}',
        b"",
        b'{"text_id": [1], "text": "x"}',
        b'{"text_id": ' + b"[" * 200_000 + b"]" * 200_000 + b', "text": "x"}',
        b'{"text_id": "two\\nlines", "text": "x"}',
        b'{"text": "no id"}',
        b'{"text_id": 10, "text": "cut sh',
    ]
    (tmp_path / "t.jsonl").write_bytes(b"\n".join(lines))
    ids, errors = encoded(run_json, tmp_path, model, tmp_path / "t.jsonl")
    assert ids == ["7", "8"]  # the second is the line's number: it names no id
    assert [e["input"] for e in errors] == ["2", "3", "4", "5", "6", "two\nlines", "9"]


def test_refused(refuses, model, picture, tmp_path):
    no_text = os.fsdecode(b"\xff")
    refuses("match", "--model", model, "--image", picture, "--text", "猫", "--text", no_text, says="is not UTF-8")
    result = refuses("tokenize", input=f"ok\n{no_text}\n", says=["standard input: line 2", "is not UTF-8"])
    assert result.stdout == "101 8270 102\n"
    refuses("encode", "texts", "none.txt", "--model", model, "-o", "x.npy", says="none.txt: cannot open")
    refuses("encode", "texts", ".", "--model", model, "-o", "x.npy", says="is a folder")
    (tmp_path / "p.txt").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
    refuses("encode", "texts", "p.txt", "--model", model, "-o", "x.npy", says="Git LFS pointer")


def test_closed_standard_input(refuses, model):
    def close():
        os.close(0)

    refuses("tokenize", preexec_fn=close, says="standard input: cannot read")
    refuses("encode", "texts", "-", "--model", model, "-o", "x.npy", preexec_fn=close, says="standard input: cannot read")
