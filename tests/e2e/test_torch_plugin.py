"""libcnclip_torch.so is opened at run time: one of another build must be refused by name, not called."""
import shutil
import subprocess

import pytest

COMPILER = shutil.which("cc") or shutil.which("c++")
OTHERS = {"other headers": 'const char* cnclip_torch_headers(void) { return "00"; }', "no word of its headers": "int nothing;"}


@pytest.mark.skipif(COMPILER is None, reason="no compiler")
@pytest.mark.parametrize("source", OTHERS.values(), ids=OTHERS)
def test_a_plugin_of_another_build(refuses, model, picture, tmp_path, source):
    plugin = tmp_path / "libcnclip_torch.so"
    (tmp_path / "plugin.c").write_text(source + "\nvoid* cnclip_torch_engine(void) { return (void*)1; }\n")
    subprocess.run([COMPILER, "-x", "c", "-shared", "-fPIC", tmp_path / "plugin.c", "-o", plugin], check=True)
    refuses("match", "--model", model, "--image", picture, "--text", "红色", "--engine", "torch", code=4,
            says=f"{plugin} was built from other sources than this program", env={"LD_LIBRARY_PATH": str(tmp_path)})  # fmt: skip
