"""Chinese CLIP: pictures and Chinese sentences in, comparable features out.

    import cnclip
    encoder = cnclip.Encoder("model.pt")
    pictures = encoder.encode_images(["cat.jpg", "sea.jpg"])
    sentence = encoder.encode_texts("海边的日落")
    best = (pictures @ sentence[0]).argmax()
"""
from .encoder import Encoder, preprocess, tokenize
from .errors import BadInputError, Error, InternalError, UnavailableError, UsageError

__all__ = ["BadInputError", "Encoder", "Error", "InternalError", "UnavailableError", "UsageError", "preprocess", "tokenize"]
