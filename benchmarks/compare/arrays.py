"""Pictures as peers take them, and features as sides write them."""
import numpy as np

MEAN, DEVIATION = (np.float32(values)[:, None, None] for values in ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)))


def normalised(pixels):
    """(N, 3, S, S) bytes as the official transform leaves them: float32."""
    return (pixels.astype(np.float32) / 255 - MEAN) / DEVIATION


def unit_features(path, rows):
    """(rows, width) float32 of unit length."""
    features = np.fromfile(path, np.float32).reshape(rows, -1)
    return features / np.linalg.norm(features, axis=1, keepdims=True)
