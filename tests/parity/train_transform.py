"""The official training transform, as cn_clip.training.data builds it from timm."""
from timm.data import create_transform

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def official_transform(size=224):
    return create_transform(
        input_size=size,
        scale=(0.9, 1.0),
        is_training=True,
        color_jitter=None,
        auto_augment="original",
        interpolation="bicubic",
        mean=MEAN,
        std=STD,
    )
