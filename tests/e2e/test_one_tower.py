"""Who encodes texts never reads the image tower, and the other way round."""
import pytest

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")


def spoiled(state, marks):
    return {name: torch.full_like(tensor, torch.nan) if any(mark in name for mark in marks) and tensor.is_floating_point() else tensor
            for name, tensor in state.items()}  # fmt: skip


@pytest.mark.parametrize("layout", ["m.safetensors", "m.pt", "m"])
@pytest.mark.parametrize("tower", ["image", "text"])
def test_the_other_tower_may_be_broken(run, tmp_path, layout, tower):
    run("init", "--arch", "tiny", "-o", tmp_path / layout)
    marks = {"image": ("visual", "vision_model"), "text": ("bert.", "text_")}[tower]
    if layout == "m.pt":
        content = torch.load(tmp_path / layout)
        content["state_dict"] = spoiled(content["state_dict"], marks)
        torch.save(content, tmp_path / layout)
    else:
        weights = tmp_path / layout / ("" if layout.endswith("s") else "model.safetensors")
        safetensors_torch.save_file(spoiled(safetensors_torch.load_file(weights), marks), weights, metadata={"format": "pt"})
    (tmp_path / "texts.txt").write_text("一只猫\n")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "p.ppm").write_text("P3 1 1 255 255 0 0\n")
    calls = {"image": ("images", tmp_path / "pictures"), "text": ("texts", tmp_path / "texts.txt")}
    for name, arguments in calls.items():
        result = run("encode", *arguments, "--model", tmp_path / layout, "-o", tmp_path / "f.npy", check=False)
        if name == tower:
            assert result.returncode == 3 and "is NaN or infinite" in result.stderr
            assert any(mark.removesuffix("_") in result.stderr for mark in ("visual", "bert", "text_projection"))
        else:
            assert result.returncode == 0, result.stderr
