"""`cnclip tokenize` beside the official tokenizer (cn_clip): every id equal, on real captions and on all of Unicode."""
import functools
import json
import os
import random
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CNCLIP_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
PROGRAM = Path(os.environ.get("CNCLIP_BIN", REPOSITORY / "build" / "bin" / "cnclip"))

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"no program at {PROGRAM}")


@functools.cache
def official():
    return pytest.importorskip("cn_clip.clip.bert_tokenizer").FullTokenizer()


def official_ids(text, context_length, variant):
    """As cn_clip.clip.tokenize, without padding; training and evaluation normalise first."""
    if variant == "training":
        text = text.lower().replace("“", '"').replace("”", '"')
    tokenizer = official()
    ids = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text))
    room = context_length - 2
    return {"ids": [101, *ids[:room], 102], "truncated": len(ids) > room}


def our_ids(texts, context_length, variant):
    command = [PROGRAM, "tokenize", "--json", "--context-length", str(context_length)]
    if variant == "training":
        command += ["--variant", "training"]
    lines = "".join(text + "\n" for text in texts).encode()
    result = subprocess.run(command, input=lines, capture_output=True)
    assert result.returncode == 0, result.stderr.decode()
    return [json.loads(line) for line in result.stdout.splitlines()]


def check(texts, context_length, variant):
    ours = our_ids(texts, context_length, variant)
    assert len(ours) == len(texts)
    wrong = []
    for text, found in zip(texts, ours):
        expected = official_ids(text, context_length, variant)
        if found != expected:
            wrong.append((ascii(text), expected, found))
    assert not wrong, f"{len(wrong)} of {len(texts)} texts differ; the first: {wrong[:3]}"


def one_line(text):
    return text.replace("\n", " ").replace("\r", " ")


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings_in(item)


@functools.cache
def real_texts():
    if not DATA.is_dir():
        pytest.skip(f"no data at {DATA}")
    texts = []
    for path in sorted(DATA.rglob("*texts*.jsonl")):
        texts += [json.loads(line)["text"] for line in path.read_text("utf-8").split("\n") if line]
    for path in sorted(DATA.rglob("*label*.txt")):
        texts += path.read_text("utf-8").split("\n")
    for path in sorted(DATA.glob("classification/labels/*.json")):
        texts += strings_in(json.loads(path.read_text("utf-8")))
    return [one_line(text) for text in texts]


@pytest.mark.parametrize("variant", ["api", "training"])
@pytest.mark.parametrize("context_length", [52, 12])
def test_real_texts(context_length, variant):
    assert len(real_texts()) > 10_000
    check(real_texts(), context_length, variant)


@functools.cache
def alphabet():
    """Every assigned character but those that end a line."""
    characters = [chr(c) for c in range(sys.maxunicode + 1)]
    return [c for c in characters if c not in "\n\r" and unicodedata.category(c) not in ("Cn", "Cs")]


@functools.cache
def scripts():
    """Smaller alphabets, in which neighbours act on each other far more often than in all of Unicode."""
    everything = alphabet()

    def where(test):
        return [c for c in everything if test(c)]

    return [
        [c for c in everything if unicodedata.category(c) != "Co"],
        [chr(c) for c in range(0x20, 0x7F)],
        [chr(c) for c in range(0x4E00, 0x9FFF)],
        [chr(c) for c in (*range(0x3400, 0x3500), *range(0xF900, 0xFB00), *range(0x2F800, 0x2FA1E), 0x20000, 0x2CEA1)
         if unicodedata.category(chr(c)) != "Cn"],
        where(unicodedata.combining) + list("aeo中が각"),
        where(lambda c: unicodedata.category(c) in ("Mc", "Me", "Mn")) + list("x的"),
        where(lambda c: unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp")) + list("ab中Σ"),
        where(lambda c: unicodedata.category(c)[0] == "P") + list("ab中"),
        where(lambda c: c.lower() != c or unicodedata.category(c) in ("Lt", "Lu")),
        where(lambda c: unicodedata.decomposition(c)),
        list("ΣΣΣΣσςΑβ'.:’·A1中 \u00ad\u0301\u200d\u2028²ªʰⓐⅧ🄰_"),
        [chr(c) for c in (*range(0xAC00, 0xD7A4), *range(0x1100, 0x1200))],
        [chr(c) for c in (*range(0x3041, 0x3097), *range(0x3099, 0x3100), *range(0xFF01, 0xFFBF))],
        [chr(c) for c in range(0x370, 0x530) if unicodedata.category(chr(c)) != "Cn"],
        [chr(c) for c in range(0x900, 0xE00) if unicodedata.category(chr(c)) != "Cn"],
        where(lambda c: ord(c) >= 0x1D100 and ord(c) < 0x1D250) + list("aΣ"),
    ]


def generated(count, seed):
    draw = random.Random(seed)
    for i in range(count):
        if i % 1000 == 0:  # around 200 characters, where a word becomes unknown
            text = draw.choice("aé中가") * draw.randint(60, 202)
        else:
            pools = draw.sample(scripts(), draw.choice((1, 1, 2, 3)))
            length = min(60, 1 + int(draw.expovariate(1 / 10)))
            text = "".join(draw.choice(draw.choice(pools)) for _ in range(length))
        yield text


@pytest.mark.parametrize(("variant", "seed"), [("api", 1), ("training", 2)])
def test_generated_texts(variant, seed):
    check(list(generated(100_000, seed)), 52, variant)


@pytest.mark.parametrize("variant", ["api", "training"])
@pytest.mark.parametrize("pattern", ["a{}b", "ΑΣ{}", "{}Σ", "ΑΣ{}Α"])
def test_every_character(pattern, variant):
    """Each assigned character, private use apart, inside a word and on either side of a sigma."""
    characters = [c for c in alphabet() if unicodedata.category(c) != "Co"]
    check([pattern.format(c) for c in characters], 52, variant)
