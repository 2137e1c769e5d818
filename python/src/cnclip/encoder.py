"""A checkpoint opened for use."""
import itertools
import os

import numpy as np

from . import _cnclip
from .errors import UsageError
from .pictures import picture


class Encoder:
    """Pictures and Chinese texts to features.

    `model`: a checkpoint file (`.pt`, `.safetensors`), a Hugging Face folder, or a name in the model store.
    `engine`: "openvino", "torch" or "reference"; empty: the fastest on the device.
    `device`: "cpu", "cuda" or "cuda:N".
    `precision`: "f32", "bf16", "f16" (CUDA), "int8", or "auto": bf16 where it is faster on this machine.
    `quantization`: for int8, the file that `cnclip quantize` makes; empty: the one beside the checkpoint.
    `threads`: 0 for all cores. `streams`: batches side by side, for throughput.
    `normalize`: features of unit length, so that a product of two is their cosine.
    `context_length`: tokens of a text, [CLS] and [SEP] among them; longer ones are cut.

    Any number of threads may use one; their calls wait for each other, and let other Python threads run. Raises `Error`.
    """

    def __init__(self, model, *, engine="", device="cpu", precision="auto", quantization="", threads=0, streams=1, normalize=True,
                 context_length=52):  # fmt: skip
        self._encoder = _cnclip.Encoder(os.fspath(model), engine, device, precision, os.fspath(quantization), threads, streams, normalize,
                                        context_length)  # fmt: skip

    @property
    def embed_dim(self):
        """The width of features."""
        return self._encoder.embed_dim

    @property
    def image_size(self):
        """Pictures are resized to this many pixels a side."""
        return self._encoder.image_size

    @property
    def precision(self):
        """What "auto" came to."""
        return self._encoder.precision

    @property
    def logit_scale(self):
        """Cosines are multiplied by it before a softmax (exp of the model's parameter)."""
        return self._encoder.logit_scale

    def encode_images(self, images):
        """Features of the pictures, float32 of shape (N, embed_dim).

        A picture is a path, the bytes of a file (JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, HEIC, AVIF), an image of Pillow, or an
        array of bytes, (H, W), (H, W, 3) or (H, W, 4). Pixels are made as Pillow and the official package make them. `images`
        may be any iterable: no more than a batch of them is in memory at once.
        """
        if isinstance(images, (str, bytes, os.PathLike)):
            raise UsageError("images: a list of pictures is wanted, this is one")
        numbered = enumerate(images)
        rows = [np.empty((0, self.embed_dim), np.float32)]
        while batch := [picture(given, f"picture {i}") for i, given in itertools.islice(numbered, self._encoder.image_batch)]:
            rows.append(self._encoder.encode_images(batch))
        return np.concatenate(rows)

    def encode_texts(self, texts):
        """Features of the texts, float32 of shape (N, embed_dim)."""
        return self._encoder.encode_texts(_list_of(texts))

    def match(self, image, texts):
        """How well each text fits the picture: probabilities, float32 of shape (len(texts),), together 1.

        The softmax over `logit_scale` times the cosines, as the official `get_similarity` has it.
        """
        texts = _list_of(texts)
        if not texts:
            raise UsageError("texts: there are none to choose from")
        return _cnclip.match(_unit(self.encode_images([image]))[0], _unit(self.encode_texts(texts)), self.logit_scale)


def tokenize(texts, context_length=52):
    """Ids of the official vocabulary, int64 of shape (N, context_length): [CLS] tokens [SEP], filled up with [PAD] (0).

    Longer texts are cut, as `cn_clip.clip.tokenize` cuts them. 2 <= context_length <= 512.
    """
    return _cnclip.tokenize(_list_of(texts), context_length)


def preprocess(image, size=224):
    """The picture as the model sees it, float32 of shape (3, size, size), bit for bit as the official transform makes it."""
    return _cnclip.preprocess(picture(image), size)


def _list_of(texts):
    return [texts] if isinstance(texts, str) else list(texts)


def _unit(features):
    return features / np.linalg.norm(features, axis=1, keepdims=True)
