"""What the command line accepts, and what it does not."""
import pytest

COMMANDS = ["models", "download", "init", "inspect", "convert", "tokenize", "preprocess", "encode", "match", "export", "quantize", "bench",
            "data", "train", "eval", "index", "search", "serve", "demo"]


@pytest.mark.parametrize("command", [[], *[[name] for name in COMMANDS]])
def test_help(run, command):
    result = run(*command, "--help")
    assert result.stdout.count("Usage: cnclip") == 1 and result.stderr == ""
    for line in result.stdout.splitlines():
        assert len(line) <= 120, line


def test_help_names_every_command(run):
    listed = [line.split()[0] for line in run("--help").stdout.split("Subcommands:")[1].splitlines() if line.strip()]
    assert listed == COMMANDS


def test_version(run):
    assert run("--version").stdout.strip().count(".") == 2


ENCODE = ["encode", "images", "pictures", "--model", "m", "-o", "out.npy"]
MATCH = ["match", "--model", "m", "--image", "p.jpg", "--text", "x"]
WRONG = [
    [],
    ["frobnicate"],
    ["models", "extra"],
    ["models", "--frobnicate"],
    ["download"],
    ["download", "nope"],
    ["download", "RN50", "--from", "elsewhere"],
    ["download", "RN50", "--endpoint", "no-address"],
    ["download", "RN50", "--sha256", "xyz"],
    ["init", "-o", "out.pt"],
    ["init", "--arch", "tiny"],
    ["init", "--arch", "nope", "-o", "out.pt"],
    ["init", "--arch", "tiny", "-o", "out.xyz"],
    ["init", "--arch", "tiny", "-o", "out.pt", "--seed", "-1"],
    ["init", "--arch", "tiny", "-o", "out.pt", "--seed", "x"],
    ["init", "--arch", "tiny", "-o", "out.pt", "--seed", "18446744073709551616"],
    ["inspect"],
    ["convert", "a.pt"],
    ["convert", "a.pt", "b.pt", "--to", "onnx"],
    ["convert", "a.pt", "b.pt", "--dtype", "int8"],
    ["tokenize", "--context-length", "1"],
    ["tokenize", "--context-length", "513"],
    ["tokenize", "--context-length", "x"],
    ["tokenize", "--variant", "other"],
    ["preprocess", "-o", "out.npy"],
    ["preprocess", "p.jpg"],
    ["preprocess", "p.jpg", "-o", "out.npy", "--size", "0"],
    ["preprocess", "p.jpg", "-o", "out.npy", "--size", "4097"],
    ["preprocess", "p.jpg", "-o", "out.npy", "--size", "224.5"],
    ["preprocess", "p.jpg", "-o", "out.npy", "--decode", "wild"],
    ["encode", "frobs", "pictures", "--model", "m", "-o", "out.npy"],
    ["encode", "images", "pictures", "-o", "out.npy"],
    ["encode", "images", "pictures", "--model", "m"],
    [*ENCODE, "--engine", "steam"],
    [*ENCODE, "--precision", "int4"],
    [*ENCODE, "--threads", "-1"],
    [*ENCODE, "--threads", "1e3"],
    [*ENCODE, "--streams", "0"],
    [*ENCODE, "--streams", "two"],
    [*ENCODE, "--batch", "-1"],
    [*ENCODE, "--batch", "99999999999999999999"],
    [*ENCODE, "--decode", "wild"],
    [*ENCODE, "--variant", "other"],
    [*ENCODE, "--context-length", "1"],
    [*ENCODE, "--context-length", "513"],
    [*ENCODE, "--raw=maybe"],
    [*MATCH, "--engine", "steam"],
    [*MATCH, "--context-length", "0"],
    MATCH[:-2],
    ["bench", "--arch", "none"],
    ["bench", "--arch", "tiny", "--model", "m"],
    ["bench", "--precision", "int4"],
    ["bench", "--arch", "tiny", "--streams", "3", "--threads", "2"],
    ["bench", "--arch", "tiny", "--streams", "2", "--engine", "reference"],
    ["export", "tflite", "--model", "m", "-o", "out"],
    ["export", "onnx", "--model", "m", "-o", "out", "--dtype", "bf16"],
    ["export", "onnx", "--model", "m"],
    ["export", "onnx", "--model", "m", "-o", "out", "--pixels", "int8"],
    ["export", "onnx", "--model", "m", "-o", "out", "--features", "cosine"],
    ["export", "onnx", "--model", "m", "-o", "out", "--tower", "none"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage(refuses, arguments):
    refuses(*arguments, code=2)


def test_features_have_known_kinds(refuses, model, picture):
    for output in ("out.txt", "out", ""):
        refuses("encode", "images", picture, "--model", model, "-o", output, code=2, says=".npy or .jsonl")
