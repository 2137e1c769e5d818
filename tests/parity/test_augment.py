"""The training transform beside Pillow and timm: each operation, the whole transform, what is drawn."""

import collections
import json
import math
import os
import pathlib
import random
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageOps
from timm.data import auto_augment

from tests.parity.train_transform import official_transform

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("CNCLIP_BIN", ROOT / "build/bin/cnclip")).parent / "cnclip_augment_cases"

POLICY = official_transform().transforms[2].policy
GEOMETRIC = {key: POLICY[0][1].kwargs[key] for key in ("fillcolor", "resample")}
OPS = {
    "posterize": lambda image, value: auto_augment.posterize(image, int(value)),
    "solarize": lambda image, value: ImageOps.solarize(image, int(value)),
    "autocontrast": lambda image, _: auto_augment.auto_contrast(image),
    "equalize": lambda image, _: auto_augment.equalize(image),
    "invert": lambda image, _: auto_augment.invert(image),
    "rotate": lambda image, value: auto_augment.rotate(image, value, **GEOMETRIC),
    "shear_x": lambda image, value: auto_augment.shear_x(image, value, **GEOMETRIC),
    "color": lambda image, value: auto_augment.color(image, value),
    "contrast": lambda image, value: auto_augment.contrast(image, value),
    "sharpness": lambda image, value: auto_augment.sharpness(image, value),
}
FACTORS = [0.0, 0.1, 0.46, 0.82, 1.0, 1.36, 1.54, 1.9, -0.5, 3.7]
VALUES = {
    "posterize": [1, 4, 6, 7, 8],
    "solarize": [0, 1, 76, 102, 128, 179, 204, 255, 256],
    "autocontrast": [0],
    "equalize": [0],
    "invert": [0],
    "rotate": [0, 9, -9, 24, -24, 27, -27, 30, 45, 90, -90, 180, 270, 360, 1e-7, 89.5, 123.4],
    "shear_x": [0, 0.15, -0.15, 0.3, -0.3, 1, 1e-7, 0.25, -2.5],
    "color": FACTORS,
    "contrast": FACTORS,
    "sharpness": FACTORS,
}


class Tool:
    """The test program, its files in memory where the system has room there."""

    def __init__(self, folder):
        if not TOOL.exists():
            pytest.skip(f"{TOOL} is not built")
        self.process = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folder = folder

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def load(self, pixels):
        pixels.transpose(2, 0, 1).tofile(self.folder / "in")
        self.shape = pixels.shape

    def op(self, name, value):
        height, width, _ = self.shape
        assert self.ask("op", name, repr(value), width, height, self.folder / "in", self.folder / "out") == "done"
        return np.fromfile(self.folder / "out", np.uint8).reshape(3, height, width).transpose(1, 2, 0)

    def draw(self, seed, count, width, height, epoch=0):
        first = self.ask("draw", seed, epoch, 0, count, width, height)
        return [json.loads(first)] + [json.loads(self.process.stdout.readline()) for _ in range(count - 1)]

    def train(self, seed, sample, size, picture):
        answer = self.ask("train", seed, 0, sample, size, picture, self.folder / "out")
        if answer == "error":
            return None, None
        return json.loads(answer), np.fromfile(self.folder / "out", np.uint8).reshape(3, size, size).transpose(1, 2, 0)


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    tool = Tool(tmp_path_factory.mktemp("augment"))
    yield tool
    tool.process.stdin.close()
    assert tool.process.wait() == 0


def made_pictures():
    """What photographs do not have: one colour, two colours, one pixel, gaps in the histogram, noise, narrow shapes."""
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (37, 53, 3), np.uint8)
    yield from (noise, noise[:1], noise[:, :1], noise[:2, :2], noise[:3, :3], noise[:, :4], noise[:1, :1])
    yield np.full((20, 20, 3), (0, 255, 17), np.uint8)
    yield (noise // 128) * 255
    yield (noise % 3) * 100
    yield np.where(np.arange(60 * 60).reshape(60, 60, 1) < 2, noise[:1, :1], 200).astype(np.uint8)
    yield np.indices((256, 256))[1][..., None].repeat(3, 2).astype(np.uint8)
    yield rng.integers(100, 103, (64, 64, 3), np.uint8)
    yield rng.integers(0, 256, (64, 64, 3), np.uint8)


def photographs(data, count):
    folder = data / "flickr8k-cn"
    aspect = sorted((folder / "aspect_imgs").iterdir())[: count // 5]
    return aspect + sorted((folder / "train_imgs").iterdir())[: count - len(aspect)]


def check_ops(tool, pictures, share=1):
    """Every picture is held against one in `share` of the values, in turns."""
    wrong = collections.Counter()
    for place, pixels in enumerate(pictures):
        tool.load(pixels)
        image = Image.fromarray(pixels)
        for name, values in VALUES.items():
            for value in values[place % min(share, len(values)) :: share]:
                if not np.array_equal(tool.op(name, value), np.asarray(OPS[name](image, value))):
                    wrong[f"{name} {value}"] += 1
    assert not wrong


def test_ops_on_made_pictures(tool):
    check_ops(tool, made_pictures())


def test_ops_on_photographs(tool, data):
    check_ops(tool, (np.asarray(Image.open(path).convert("RGB")) for path in photographs(data, 100)), share=4)


@pytest.mark.slow
def test_ops_on_more_photographs(tool, data):
    check_ops(tool, (np.asarray(Image.open(path).convert("RGB")) for path in photographs(data, 1000)))


def replayed(path, drawn, size):
    left, top, width, height = drawn["crop"]
    image = Image.open(path).crop((left, top, left + width, top + height)).resize((size, size), Image.BICUBIC)
    if drawn["flip"]:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    image = image.convert("RGB")
    for name, value in drawn["ops"]:
        image = OPS[name](image, value)
    return np.asarray(image)


def check_whole(tool, paths, size, samples):
    wrong, seen = set(), set()
    for number, path in enumerate(paths):
        for sample in range(samples):
            drawn, pixels = tool.train(5, number * samples + sample, size, path)
            if drawn is None:
                break
            seen.update(name for name, _ in drawn["ops"])
            if not np.array_equal(pixels, replayed(path, drawn, size)):
                wrong.add(path.name)
    return wrong, seen


@pytest.mark.parametrize("size", [224, 336])
def test_whole_transform(tool, data, size):
    wrong, seen = check_whole(tool, photographs(data, 100), size, 5)
    assert wrong == set() and seen == set(OPS)


@pytest.mark.slow
def test_whole_transform_on_more_photographs(tool, data):
    assert check_whole(tool, photographs(data, 1000), 224, 5)[0] == set()


def test_whole_transform_on_odd_images(tool, data, tmp_path):
    paths = [tmp_path / "bilevel.png"]
    Image.open(data / "odd-images" / "testorig.jpg").convert("1").save(paths[0])
    for path in sorted((data / "odd-images").iterdir()):
        try:
            Image.open(path).load()
            paths.append(path)
        except Exception:
            pass
    modes = {Image.open(path).mode for path in paths}
    assert modes >= {"1", "P", "L", "LA", "RGB", "RGBA", "CMYK"}
    wrong, _ = check_whole(tool, paths, 224, 5)
    assert not wrong


# --- what is drawn


def chi_squared_limit(freedom):
    """Exceeded once in 10,000 times (Wilson and Hilferty's approximation)."""
    part = 2 / (9 * freedom)
    return freedom * (1 - part + 3.719 * math.sqrt(part)) ** 3


def test_policy_is_drawn_as_timm_draws_it(tool):
    count = 50_000
    drawn = tool.draw(seed=11, count=count, width=224, height=224)
    sub_policies = collections.Counter(one["sub_policy"] for one in drawn)
    expected = count / len(POLICY)
    statistic = sum((sub_policies[i] - expected) ** 2 / expected for i in range(len(POLICY)))
    assert len(sub_policies) == len(POLICY) and statistic < chi_squared_limit(len(POLICY) - 1)

    for number, sub_policy in enumerate(POLICY):
        outcomes = {(): 1.0}  # the probability of every list of applied operations
        for op in sub_policy:
            arguments = arguments_of(op)
            after = collections.Counter()
            for applied, probability in outcomes.items():
                after[applied] += probability * (1 - op.prob)
                for argument in arguments:
                    after[(*applied, argument)] += probability * op.prob / len(arguments)
            outcomes = {applied: probability for applied, probability in after.items() if probability > 1e-9}
        mine = [tuple(map(tuple, one["ops"])) for one in drawn if one["sub_policy"] == number]
        counts = collections.Counter(mine)
        assert set(counts) <= set(outcomes), number
        statistic = sum((counts[o] - len(mine) * p) ** 2 / (len(mine) * p) for o, p in outcomes.items())
        assert statistic < chi_squared_limit(max(len(outcomes) - 1, 1)), number


def arguments_of(op):
    """All (name, value) that timm's op can resolve to."""
    kinds = {"PosterizeOriginal": "posterize", "ShearX": "shear_x", "AutoContrast": "autocontrast"}
    kind = kinds.get(op.name, op.name.lower())
    if op.level_fn is None:
        return [(kind, 0)]
    return sorted({(kind, op.level_fn(op.magnitude, op.hparams)[0]) for _ in range(64)})


def kolmogorov_smirnov(a, b):
    """The largest distance of the two distributions, in units that it exceeds once in 10,000 times."""
    a, b = np.sort(a), np.sort(b)
    both = np.concatenate([a, b])
    distance = np.abs(np.searchsorted(a, both, "right") / len(a) - np.searchsorted(b, both, "right") / len(b)).max()
    return distance / (math.sqrt(-0.5 * math.log(1e-4 / 2)) * math.sqrt((len(a) + len(b)) / (len(a) * len(b))))


@pytest.mark.parametrize("width, height", [(500, 375), (160, 160), (300, 900), (900, 200), (3, 2)])
def test_crops_are_drawn_as_timm_draws_them(tool, width, height):
    count = 4000
    crop = official_transform().transforms[0]
    random.seed(1)
    image = Image.new("L", (width, height))
    theirs = np.array([crop.get_params(image, crop.scale, crop.ratio) for _ in range(count)])[:, [1, 0, 3, 2]]
    drawn = tool.draw(seed=2, count=count, width=width, height=height)
    mine = np.array([one["crop"] for one in drawn])
    for column in range(4):
        assert kolmogorov_smirnov(mine[:, column], theirs[:, column]) < 1
    area = lambda crops: crops[:, 2] * crops[:, 3]
    assert kolmogorov_smirnov(area(mine), area(theirs)) < 1
    flips = sum(one["flip"] for one in drawn)
    assert abs(flips - count / 2) < 3.9 * math.sqrt(count) / 2


def test_draws_depend_on_seed_epoch_and_sample(tool):
    base = tool.draw(1, 50, 500, 375)
    assert base == tool.draw(1, 50, 500, 375)
    assert base[7:8] == [json.loads(tool.ask("draw", 1, 0, 7, 1, 500, 375))]
    for other in (tool.draw(2, 50, 500, 375), tool.draw(1, 50, 500, 375, epoch=1), base[1:] + base[:1]):
        assert sum(a == b for a, b in zip(base, other)) < 5
