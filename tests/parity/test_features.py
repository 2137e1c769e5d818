"""Features of the official package and of transformers, beside ours, from files that those packages wrote."""
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from . import official

TEXTS = ["杰尼龟", "皮卡丘", "一张cat的照片。", "", "高级感托特包斜挎 iPhone 13 Pro Max 手机壳" * 3]


@pytest.fixture(scope="module")
def pictures(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    sources = sorted((data / "flickr8k-cn" / "test_imgs").iterdir())[:3] + [data / "chinese-clip-assets" / "pokemon.jpeg"]
    for source in sources:
        (folder / source.name).write_bytes(source.read_bytes())
    return folder


@pytest.fixture
def folder(tmp_path):
    """A place for gigabytes, which are gone when the test is."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def ours(run, folder, model, pictures, precision, engine="openvino"):
    # Compiled models would fill the disk with one more copy of the weights each.
    options = ["--model", model, "--raw", "--precision", precision, "--engine", engine, "--cache", "none"]
    run("encode", "images", pictures, "-o", folder / "i.npy", *options)
    lines = folder / "texts.txt"
    lines.write_text("\n".join(TEXTS) + "\n")
    run("encode", "texts", lines, "-o", folder / "t.npy", *options)
    return np.load(folder / "i.npy"), np.load(folder / "t.npy")


def inputs(size, pictures):
    transform = official.clip.image_transform(size)
    return torch.stack([transform(Image.open(path)) for path in sorted(pictures.iterdir())]), official.clip.tokenize(TEXTS)


def theirs(model, size, pictures):
    images, ids = inputs(size, pictures)
    with torch.no_grad():
        return model.encode_image(images).numpy(), model.encode_text(ids).numpy()


def transformers_features(model, size, pictures):
    images, ids = inputs(size, pictures)
    plain = lambda out: (out if torch.is_tensor(out) else out.pooler_output).numpy()
    with torch.no_grad():
        return (plain(model.get_image_features(pixel_values=images)),
                plain(model.get_text_features(input_ids=ids, attention_mask=(ids != 0).long())))  # fmt: skip


def assert_close(mine, wanted, least_cosine, scale, what=""):
    mine, wanted = mine.astype(np.float64), wanted.astype(np.float64)
    cosines = (mine * wanted).sum(1) / np.linalg.norm(mine, axis=1) / np.linalg.norm(wanted, axis=1)
    error = np.abs(mine - wanted).max() / np.abs(wanted).max()
    print(f"{what}: least cosine {cosines.min():.9f}, largest error {error:.1e} of the largest value")
    assert cosines.min() >= least_cosine
    assert scale is None or error <= scale


def check(run, folder, model, wanted, pictures, precisions):
    limits = {"f32": (0.999999, 1e-4), "bf16": (0.999, None)}
    for precision in precisions:
        for tower, mine, theirs_ in zip(("images", "texts"), ours(run, folder, model, pictures, precision), wanted):
            assert_close(mine, theirs_, *limits[precision], f"{model.name} {precision} {tower}")


def check_official(run, folder, name, pictures):
    model = official.build(name)
    path = folder / f"{name}.pt"
    official.save(model, path)
    wanted = theirs(model, model.visual.input_resolution, pictures)
    del model
    check(run, folder, path, wanted, pictures, ["f32", "bf16"])
    return path, wanted


@pytest.mark.parametrize("name", ["RN50", "ViT-B-16"])
def test_official(run, folder, pictures, name):
    check_official(run, folder, name, pictures)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ViT-B-16", "ViT-L-14", "ViT-L-14-336", "ViT-H-14"])
def test_official_and_hugging_face_large(run, folder, pictures, name):
    from transformers import ChineseCLIPModel

    path, wanted = check_official(run, folder, name, pictures)
    converted, saved = folder / f"{name}-converted", folder / f"{name}-saved"
    run("convert", path, converted)
    path.unlink()
    model, report = ChineseCLIPModel.from_pretrained(converted, output_loading_info=True)
    assert not any(report.values()), report
    for tower, mine, theirs_ in zip(("images", "texts"), transformers_features(model.eval(), model.config.vision_config.image_size, pictures), wanted):
        assert_close(mine, theirs_, 0.999999, 1e-4, f"{name} transformers {tower}")
    model.save_pretrained(saved)
    del model
    shutil.rmtree(converted)
    check(run, folder, saved, wanted, pictures, ["f32", "bf16"])


@pytest.mark.parametrize("architecture", ["tiny", "tiny-rn"])
def test_engines_agree(run, tmp_path, pictures, architecture):
    model = tmp_path / "m.safetensors"
    run("init", "--arch", architecture, "-o", model)
    fast = ours(run, tmp_path, model, pictures, "f32")
    for engine in ("reference", "torch"):
        for mine, other in zip(fast, ours(run, tmp_path, model, pictures, "f32", engine)):
            assert_close(mine, other, 0.999999, 1e-4)


def test_hugging_face(run, tmp_path, pictures):
    from transformers import ChineseCLIPConfig, ChineseCLIPModel

    config = ChineseCLIPConfig(
        projection_dim=64,
        text_config=dict(hidden_size=128, num_hidden_layers=2, num_attention_heads=4, intermediate_size=512),
        vision_config=dict(hidden_size=160, num_hidden_layers=2, num_attention_heads=2, intermediate_size=640, image_size=64, patch_size=16),
    )
    torch.manual_seed(1)
    model = official.randomized(ChineseCLIPModel(config))
    model.save_pretrained(tmp_path / "hf")
    check(run, tmp_path, tmp_path / "hf", transformers_features(model, 64, pictures), pictures, ["f32"])


def test_match_is_the_official_similarity(run, run_json, tmp_path, data):
    model = official.build("tiny", 2)
    official.save(model, tmp_path / "m.pt")
    picture = data / "chinese-clip-assets" / "pokemon.jpeg"
    texts = TEXTS[:3]
    image = official.clip.image_transform(64)(Image.open(picture))[None]
    with torch.no_grad():
        wanted = model.get_similarity(image, official.clip.tokenize(texts))[0].softmax(-1).numpy()[0]
    mine = run_json("match", "--model", tmp_path / "m.pt", "--image", picture, *sum((["--text", t] for t in texts), []), "--precision", "f32")
    assert np.abs(np.array(mine["probabilities"]) - wanted).max() < 1e-5
