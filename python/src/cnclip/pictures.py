"""What may be given as a picture: a file, its bytes, an image of Pillow, or an array of pixels."""
import os

from . import _cnclip
from .errors import UsageError


def picture(given, name="picture"):
    """The library's own form of `given`, see `Encoder.encode_images`."""
    if isinstance(given, (str, os.PathLike)):
        name = os.fspath(given)
        with open(name, "rb") as file:
            return _cnclip.picture_of_file(str(name), file.read())
    if isinstance(given, (bytes, bytearray, memoryview)):
        return _cnclip.picture_of_file(name, bytes(given))
    if hasattr(given, "getpalette"):
        return _of_pillow(given, name)
    if hasattr(given, "__array_interface__"):
        return _of_array(given, name)
    raise UsageError(f"{name}: {type(given).__name__} is no path, bytes, Pillow image or array of pixels")


def _of_pillow(image, name):
    if image.mode == "1":  # Pillow packs eight pixels into a byte
        return _cnclip.picture_of_pixels(name, "1", *image.size, image.convert("L").tobytes(), b"")
    palette = bytes(image.getpalette("RGB")).ljust(768, b"\0") if image.mode == "P" else b""
    return _cnclip.picture_of_pixels(name, image.mode, *image.size, image.tobytes(), palette)


def _of_array(array, name):
    kind, shape = array.__array_interface__["typestr"], array.shape
    mode = {3: "RGB", 4: "RGBA"}.get(shape[2]) if len(shape) == 3 else "L" if len(shape) == 2 else None
    if kind != "|u1" or mode is None:
        raise UsageError(f"{name}: an array of {kind} and shape {tuple(shape)}; bytes are wanted, (H, W), (H, W, 3) or (H, W, 4)")
    return _cnclip.picture_of_pixels(name, mode, shape[1], shape[0], array.tobytes(), b"")
