"""Weights as the projects of the field store them, read to the bit."""
import json
import zipfile

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
safetensors_torch = pytest.importorskip("safetensors.torch")

from . import official  # noqa: E402

# Tracing warns of itself and of everything it meets.
pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"), pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")]

NOT_OURS = {"bert.pooler.dense.weight": (128, 128), "bert.pooler.dense.bias": (128,)}


def same(mine, wanted):
    assert mine.keys() == wanted.keys()
    for name, tensor in wanted.items():
        assert mine[name].dtype == tensor.dtype and torch.equal(mine[name], tensor), name


@pytest.fixture
def converted(run, tmp_path):
    """The state dict that cnclip makes of a file or a folder."""

    def call(path, to=None):
        run("convert", path, tmp_path / "converted.safetensors", "--to", "safetensors")
        return safetensors_torch.load_file(tmp_path / "converted.safetensors")

    return call


@pytest.fixture
def started(run, tmp_path):
    """The state dict of `cnclip init`."""

    def call(arch, *arguments):
        run("init", "--arch", arch, *arguments, "-o", tmp_path / "started.safetensors")
        return safetensors_torch.load_file(tmp_path / "started.safetensors")

    return call


# --- official .pt


@pytest.mark.parametrize("architecture, dtype, legacy", [
    ("tiny", "float32", False), ("tiny", "float16", True), ("tiny", "bfloat16", False),
    ("tiny-rn", "float32", True), ("tiny-rn", "float16", False),
])  # fmt: skip
def test_official_training_checkpoint(converted, run_json, tmp_path, architecture, dtype, legacy):
    model = torch.nn.ModuleDict({"module": official.build(architecture)})  # names as a wrapped model has them
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    sum(parameter.square().sum() for parameter in model.parameters()).backward()
    optimizer.step()
    model.to(getattr(torch, dtype))
    state = model.state_dict()
    for name, shape in NOT_OURS.items():
        state["module." + name] = torch.ones(shape)
    checkpoint = {"epoch": 4, "step": 900, "name": "试验", "state_dict": state, "optimizer": optimizer.state_dict()}
    torch.save(checkpoint, tmp_path / "c.pt", _use_new_zipfile_serialization=not legacy)
    same(converted(tmp_path / "c.pt"), model["module"].state_dict())
    report = run_json("inspect", tmp_path / "c.pt")
    assert report["architecture"] == architecture
    assert report["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    assert {name: report["metadata"][name] for name in ("epoch", "step", "name")} == {"epoch": "4", "step": "900", "name": "试验"}


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s}, lambda s: {"model": {"_orig_mod." + k: v for k, v in s.items()}}],
                         ids=["bare", "unprefixed", "compiled"])  # fmt: skip
def test_state_dicts_however_wrapped(converted, tmp_path, wrap):
    state = official.build("tiny").state_dict()
    stray = {"bert.embeddings.position_ids": torch.arange(512)[None]} | {k: torch.ones(s) for k, s in NOT_OURS.items()}
    torch.save(wrap(dict(state) | stray), tmp_path / "c.pt")
    same(converted(tmp_path / "c.pt"), state)


# --- Hugging Face folders


@pytest.fixture(scope="module")
def chinese_clip():
    config = transformers.ChineseCLIPConfig(
        projection_dim=64,
        text_config=dict(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512),
        vision_config=dict(hidden_size=160, num_hidden_layers=2, num_attention_heads=2, intermediate_size=640, image_size=64, patch_size=16),
    )
    torch.manual_seed(1)
    return official.randomized(transformers.ChineseCLIPModel(config))


def write_bin(state, folder, shards, legacy):
    save = lambda part, name: torch.save(part, folder / name, _use_new_zipfile_serialization=not legacy)
    if shards == 1:
        return save(state, "pytorch_model.bin")
    names = [f"pytorch_model-{i + 1:05d}-of-{shards:05d}.bin" for i in range(shards)]
    places = {name: names[i * shards // len(state)] for i, name in enumerate(state)}
    for shard in names:
        save({name: tensor for name, tensor in state.items() if places[name] == shard}, shard)
    index = {"metadata": {"total_size": 1}, "weight_map": places}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("kind", ["safetensors", "safetensors sharded", "bin", "bin sharded", "bin legacy", "bin legacy sharded"])
def test_hugging_face_folders(run, run_json, tmp_path, chinese_clip, kind):
    folder = tmp_path / "hf"
    chinese_clip.save_pretrained(folder, **({"max_shard_size": "4MB"} if kind == "safetensors sharded" else {}))
    state = chinese_clip.state_dict()
    if kind.startswith("bin"):
        (folder / "model.safetensors").unlink()
        strays = {"text_model.embeddings.position_ids": torch.arange(512)[None], "vision_model.embeddings.position_ids": torch.arange(17)[None]}
        write_bin(dict(state) | strays, folder, 3 if "sharded" in kind else 1, "legacy" in kind)
    assert (len(list(folder.glob("*.index.json"))) > 0) == ("sharded" in kind)
    # The way there and back, through names of the official kind.
    run("convert", folder, tmp_path / "there.pt")
    run("convert", tmp_path / "there.pt", tmp_path / "back")
    same(safetensors_torch.load_file(tmp_path / "back" / "model.safetensors"), {k: v.contiguous() for k, v in state.items()})
    weights = next(folder.glob("*.index.json"), None) or next(folder.glob("*model*.*"))
    for path in (folder, weights):  # the file itself stands for its folder
        report = run_json("inspect", path)
        assert "problem" not in report and report["config"]["vision_head_width"] == 80
        assert report["parameters"] == sum(tensor.numel() for tensor in state.values())


# --- what training starts from


class EnglishClip(torch.nn.Module):
    """OpenAI's CLIP: names, buffers and methods as its archives have them."""

    def __init__(self, visual):
        from cn_clip.clip.model import Transformer

        super().__init__()
        self.visual = visual
        self.transformer = Transformer(64, 2, 1)
        self.token_embedding = torch.nn.Embedding(100, 64)
        self.positional_embedding = torch.nn.Parameter(torch.randn(77, 64))
        self.ln_final = torch.nn.LayerNorm(64)
        self.text_projection = torch.nn.Parameter(torch.randn(64, 64))
        self.logit_scale = torch.nn.Parameter(torch.tensor(4.6052))
        for name, value in {"input_resolution": 64, "context_length": 77, "vocab_size": 100}.items():
            self.register_buffer(name, torch.tensor(value))

    def encode_image(self, image):
        return self.visual(image)

    def encode_text(self, text):
        x = self.token_embedding(text) + self.positional_embedding
        x = self.transformer(x.permute(1, 0, 2)).permute(1, 0, 2)
        return self.ln_final(x)[:, 0] @ self.text_projection

    def forward(self, image, text):
        return self.encode_image(image) @ self.encode_text(text).t() * self.logit_scale.exp()


def archive(architecture, precision, path):
    model = EnglishClip(official.build(architecture, 5).visual).eval()
    inputs = {"image": torch.zeros(1, 3, 64, 64), "text": torch.zeros(1, 77, dtype=torch.long)}
    calls = {"forward": tuple(inputs.values()), "encode_image": inputs["image"], "encode_text": inputs["text"]}
    script = torch.jit.trace_module(model, calls, check_trace=False)
    for name, parameter in script.named_parameters():
        if precision == "half" or (precision == "mixed" and "ln_" not in name and "logit_scale" not in name):
            parameter.data = parameter.data.half()
    torch.jit.save(script, path)
    return script.state_dict()


@pytest.mark.parametrize("architecture, precision", [("tiny", "float"), ("tiny", "half"), ("tiny", "mixed"), ("tiny-rn", "half")])
def test_openai_archives(run, run_json, started, tmp_path, architecture, precision):
    state = archive(architecture, precision, tmp_path / "clip.pt")
    with zipfile.ZipFile(tmp_path / "clip.pt") as entries:  # as real archives have it
        assert any("/code/" in entry.filename and entry.compress_type == zipfile.ZIP_DEFLATED for entry in entries.infolist())
    report = run_json("inspect", tmp_path / "clip.pt")
    assert report["container"] == "torchscript" and report["architecture"] is None and "OpenAI" in report["kind"]
    torch.save(state, tmp_path / "clip.state_dict.pt")
    wanted = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()
              if name.startswith("visual.") or name == "logit_scale"}  # fmt: skip
    for name in ("clip.pt", "clip.state_dict.pt"):
        mine = started(architecture, "--vision-init", tmp_path / name)
        same({name: tensor for name, tensor in mine.items() if name in wanted}, wanted)
    result = run("convert", tmp_path / "clip.pt", tmp_path / "x.pt", check=False)
    assert result.returncode == 3 and "English text tower" in result.stderr


def test_hugging_face_clip_as_image_tower(started, tmp_path):
    sizes = dict(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512)
    config = transformers.CLIPConfig(
        projection_dim=64,
        text_config=dict(**sizes, vocab_size=100),
        vision_config=dict(**sizes, image_size=64, patch_size=16),
    )
    torch.manual_seed(2)
    theirs = official.randomized(transformers.CLIPModel(config))
    theirs.save_pretrained(tmp_path / "clip")
    mine = started("tiny", "--vision-init", tmp_path / "clip")
    assert mine["logit_scale"] == theirs.logit_scale
    tower = official.build("tiny").visual
    tower.load_state_dict({name.removeprefix("visual."): tensor for name, tensor in mine.items() if name.startswith("visual.")})
    pixels = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        out = theirs.get_image_features(pixel_values=pixels)
        assert torch.allclose(tower(pixels), out if torch.is_tensor(out) else out.pooler_output, atol=1e-4)


def renamed(state, change):
    return {change(name): tensor.clone() for name, tensor in state.items()}


def tensorflow_names(name):
    return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


@pytest.mark.parametrize("kind, names, container", [
    ("with heads", "now", "folder"), ("with heads", "old", "legacy"), ("with heads", "now", "safetensors"),
    ("bare", "now", "zip"), ("bare", "old", "safetensors"),
])  # fmt: skip
def test_roberta(started, tmp_path, kind, names, container):
    sizes = dict(vocab_size=21128, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512)
    torch.manual_seed(3)
    config = transformers.BertConfig(**sizes)
    model = official.randomized((transformers.BertForPreTraining if kind == "with heads" else transformers.BertModel)(config))
    state = dict(model.state_dict())
    prefix = "bert." if kind == "with heads" else ""
    wanted = {"bert." + name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith((prefix + "embeddings", prefix + "encoder"))}
    assert len(wanted) == 5 + 16 * 2
    assert any("pooler" in name for name in state) and any(name.startswith("cls.") for name in state) == (kind == "with heads")
    state[prefix + "embeddings.position_ids"] = torch.arange(512)[None]
    if names == "old":
        state = renamed(state, tensorflow_names)
        assert any(name.endswith("LayerNorm.gamma") for name in state)
    path = tmp_path / "bert"
    if container == "safetensors":
        safetensors_torch.save_file(renamed(state, str), path)
    else:
        if container == "folder":
            path.mkdir()
            config.save_pretrained(path)
        torch.save(state, path / "pytorch_model.bin" if container == "folder" else path, _use_new_zipfile_serialization=container != "legacy")
    mine = started("tiny", "--text-init", path)
    same({name: tensor for name, tensor in mine.items() if name.startswith("bert.")}, wanted)


@pytest.mark.parametrize("architecture", ["tiny", "tiny-rn"])
def test_the_official_loader_takes_the_same(started, tmp_path, architecture):
    torch.save(archive(architecture, "float", tmp_path / "clip.pt"), tmp_path / "clip.state_dict.pt")
    bert = {name: tensor for name, tensor in official.build("tiny", 6).state_dict().items() if name.startswith("bert.")}
    torch.save(bert | {"cls.predictions.bias": torch.ones(21128)}, tmp_path / "bert.bin")
    wanted = official.clip.load(official.build(architecture, 7), "cpu", tmp_path / "clip.state_dict.pt", tmp_path / "bert.bin").state_dict()
    mine = started(architecture, "--vision-init", tmp_path / "clip.pt", "--text-init", tmp_path / "bert.bin")
    assert mine.keys() == wanted.keys()
    for name, tensor in wanted.items():
        if name != "text_projection":  # which is random; the official loader rounds to half on its way
            assert torch.allclose(mine[name].double(), tensor.double(), rtol=2**-11, atol=2**-25), name
