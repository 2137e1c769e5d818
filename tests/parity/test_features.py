"""Features of the official package and of transformers, beside ours, from files that those packages wrote."""
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


def ours(run, folder, model, pictures, precision, engine="openvino"):
    run("encode", "images", pictures, "--model", model, "-o", folder / "i.npy", "--raw", "--precision", precision, "--engine", engine)
    lines = folder / "texts.txt"
    lines.write_text("\n".join(TEXTS) + "\n")
    run("encode", "texts", lines, "--model", model, "-o", folder / "t.npy", "--raw", "--precision", precision, "--engine", engine)
    return np.load(folder / "i.npy"), np.load(folder / "t.npy")


def theirs(model, size, pictures):
    transform = official.clip.image_transform(size)
    images = torch.stack([transform(Image.open(path)) for path in sorted(pictures.iterdir())])
    with torch.no_grad():
        return model.encode_image(images).numpy(), model.encode_text(official.clip.tokenize(TEXTS)).numpy()


def assert_close(mine, wanted, least_cosine, scale):
    cosines = (mine * wanted).sum(1) / np.linalg.norm(mine, axis=1) / np.linalg.norm(wanted, axis=1)
    assert cosines.min() >= least_cosine, cosines
    if scale:
        assert np.abs(mine - wanted).max() <= scale * np.abs(wanted).max()


def check(run, tmp_path, name, pictures):
    model = official.build(name)
    path = tmp_path / f"{name}.pt"
    official.save(model, path)
    size = model.visual.input_resolution
    wanted = theirs(model, size, pictures)
    del model
    for precision, cosine, scale in [("f32", 0.999999, 1e-4), ("bf16", 0.999, None)]:
        for mine, theirs_ in zip(ours(run, tmp_path, path, pictures, precision), wanted):
            assert_close(mine, theirs_, cosine, scale)
    path.unlink()


@pytest.mark.parametrize("name", ["RN50", "ViT-B-16"])
def test_official(run, tmp_path, pictures, name):
    check(run, tmp_path, name, pictures)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ViT-L-14", "ViT-L-14-336", "ViT-H-14"])
def test_official_large(run, tmp_path, pictures, name):
    check(run, tmp_path, name, pictures)


@pytest.mark.parametrize("architecture", ["tiny", "tiny-rn"])
def test_engines_agree(run, tmp_path, pictures, architecture):
    model = tmp_path / "m.safetensors"
    run("init", "--arch", architecture, "-o", model)
    fast = ours(run, tmp_path, model, pictures, "f32")
    for mine, other in zip(fast, ours(run, tmp_path, model, pictures, "f32", "reference")):
        assert_close(mine, other, 0.999999, 1e-4)


def test_hugging_face(run, tmp_path, pictures):
    from transformers import ChineseCLIPConfig, ChineseCLIPModel

    config = ChineseCLIPConfig(
        projection_dim=64,
        text_config=dict(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512),
        vision_config=dict(hidden_size=160, num_hidden_layers=2, num_attention_heads=2, intermediate_size=640, image_size=64, patch_size=16),
    )
    torch.manual_seed(1)
    model = official.randomized(ChineseCLIPModel(config))
    model.save_pretrained(tmp_path / "hf")
    transform = official.clip.image_transform(64)
    images = torch.stack([transform(Image.open(path)) for path in sorted(pictures.iterdir())])
    ids = official.clip.tokenize(TEXTS)
    feature = lambda out: out if torch.is_tensor(out) else out.pooler_output
    with torch.no_grad():
        wanted = (feature(model.get_image_features(pixel_values=images)).numpy(),
                  feature(model.get_text_features(input_ids=ids, attention_mask=(ids != 0).long())).numpy())
    for mine, theirs_ in zip(ours(run, tmp_path, tmp_path / "hf", pictures, "f32"), wanted):
        assert_close(mine, theirs_, 0.999999, 1e-4)


def test_written_files_are_read_by_the_official_packages(run, tmp_path, pictures):
    from transformers import ChineseCLIPModel

    start = tmp_path / "a.safetensors"
    run("init", "--arch", "tiny", "--seed", "5", "-o", start)
    run("convert", start, tmp_path / "b.pt")
    run("convert", start, tmp_path / "hf")
    loaded = torch.load(tmp_path / "b.pt", weights_only=True)
    assert set(loaded) == {"epoch", "step", "name", "state_dict"}
    model = ChineseCLIPModel.from_pretrained(tmp_path / "hf").eval()
    assert torch.equal(model.visual_projection.weight.T, loaded["state_dict"]["module.visual.proj"])
    ids = official.clip.tokenize(TEXTS)
    with torch.no_grad():
        out = model.get_text_features(input_ids=ids, attention_mask=(ids != 0).long())
    wanted = (out if torch.is_tensor(out) else out.pooler_output).numpy()
    assert_close(ours(run, tmp_path, tmp_path / "b.pt", pictures, "f32")[1], wanted, 0.999999, 1e-4)


def test_match_is_the_official_similarity(run, run_json, tmp_path, data):
    model = official.build("RN50", 2)
    official.save(model, tmp_path / "m.pt")
    picture = data / "chinese-clip-assets" / "pokemon.jpeg"
    texts = TEXTS[:3]
    image = official.clip.image_transform(224)(Image.open(picture))[None]
    with torch.no_grad():
        wanted = model.get_similarity(image, official.clip.tokenize(texts))[0].softmax(-1).numpy()[0]
    mine = run_json("match", "--model", tmp_path / "m.pt", "--image", picture, *sum((["--text", t] for t in texts), []), "--precision", "f32")
    assert np.abs(np.array(mine["probabilities"]) - wanted).max() < 1e-5
