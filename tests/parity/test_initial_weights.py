"""`cnclip init`: random weights as the official constructors draw them, position tables as the official code resizes them."""
import hashlib
import json
import types

import pytest

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")

from . import official  # noqa: E402


@pytest.fixture
def started(run, tmp_path):
    def call(*arguments):
        run("init", *arguments, "-o", tmp_path / "started.safetensors")
        return safetensors_torch.load_file(tmp_path / "started.safetensors")

    return call


def shape_of(values):
    """Mean, deviation and kurtosis, the last of which tells uniform (1.8) from normal (3) values."""
    centred = values.double() - values.double().mean()
    deviation = centred.square().mean().sqrt()
    return values.double().mean(), deviation, centred.pow(4).mean() / deviation**4


@pytest.mark.parametrize("architecture", ["tiny", "tiny-rn"])
def test_distributions_are_the_official_ones(started, architecture):
    torch.manual_seed(0)
    wanted = official.CLIP(**official.config(architecture)).state_dict()
    mine = started("--arch", architecture)
    assert mine.keys() == wanted.keys()
    for name, theirs in wanted.items():
        ours = mine[name]
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype, name
        if theirs.numel() == 1 or theirs.std() == 0:
            assert torch.equal(ours, theirs), name
            continue
        (mean, deviation, kurtosis), (_, wanted_deviation, wanted_kurtosis) = shape_of(ours.flatten()), shape_of(theirs.flatten())
        error = theirs.numel() ** -0.5  # five standard errors, of the difference of two draws
        assert abs(mean) < 5 * deviation * error, name
        assert abs(deviation / wanted_deviation - 1) < 5 * error, name
        if theirs.numel() >= 4096:
            assert abs(kurtosis - wanted_kurtosis) < 5 * 7 * error, name


def test_a_seed_is_a_file(run, tmp_path):
    def made(name, *arguments):
        run("init", "--arch", "tiny", *arguments, "-o", tmp_path / name)
        return hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    assert made("a.safetensors", "--seed", "7") == made("b.safetensors", "--seed", "7")
    assert made("c.safetensors") == made("d.safetensors", "--seed", "0")
    made("e.safetensors", "--seed", "8")
    seven, eight = (safetensors_torch.load_file(tmp_path / name) for name in ("a.safetensors", "e.safetensors"))
    drawn = [name for name, tensor in seven.items() if tensor.numel() > 1 and tensor.std() > 0]
    assert len(drawn) == 32  # weights, tables, and the biases that PyTorch draws
    assert not any(torch.equal(seven[name], eight[name]) for name in drawn)
    starts = [tuple(values[name].flatten()[:4].tolist()) for name in drawn for values in (seven, eight)]
    assert len(set(starts)) == len(starts)  # no two tensors share their numbers


@pytest.mark.parametrize("grid", [2, 3, 4, 7, 14, 24])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_positions_are_resized_as_the_official_code_does(started, tmp_path, grid, dtype):
    from cn_clip.clip.model import resize_pos_embed

    state = official.build("tiny", 5).visual.state_dict(prefix="visual.")
    table = torch.randn(grid * grid + 1, 128, generator=torch.Generator().manual_seed(grid)).to(dtype)
    torch.save(state | {"visual.positional_embedding": table}, tmp_path / "clip.pt")
    got = started("--arch", "tiny", "--vision-init", tmp_path / "clip.pt")["visual.positional_embedding"]

    wanted = {"visual.positional_embedding": table.float()}
    resize_pos_embed(wanted, types.SimpleNamespace(visual=types.SimpleNamespace(grid_size=4)))
    assert torch.allclose(got, wanted["visual.positional_embedding"], atol=2e-5)
    places = table[1:].float().T.reshape(1, 128, grid, grid)
    resized = torch.nn.functional.interpolate(places, size=(4, 4), mode="bicubic", align_corners=True)
    assert torch.allclose(got[1:], resized.reshape(128, 16).T, atol=2e-5) and torch.equal(got[0], table[0].float())


def test_positions_of_the_336_model(started, tmp_path):
    """16 x 16 to 24 x 24, as from L/14 to L/14-336."""
    from cn_clip.clip.model import VisualTransformer, resize_pos_embed

    sizes = {"name": "x", "embed_dim": 64, "vision_layers": 1, "vision_width": 64, "vision_patch_size": 14}
    text = {"text_num_hidden_layers": 1, "text_hidden_size": 64, "text_num_attention_heads": 1, "vocab_size": 50}
    (tmp_path / "x.json").write_text(json.dumps(sizes | text | {"image_resolution": 336}))
    tower = official.randomized(VisualTransformer(224, 14, 64, 1, 1, 64))
    state = tower.state_dict(prefix="visual.")
    torch.save(state, tmp_path / "clip.pt")
    mine = started("--arch", tmp_path / "x.json", "--vision-init", tmp_path / "clip.pt")
    resize_pos_embed(state, types.SimpleNamespace(visual=VisualTransformer(336, 14, 64, 1, 1, 64)))
    for name, tensor in state.items():
        assert torch.allclose(mine[name], tensor, atol=1e-5) and mine[name].shape == tensor.shape, name
