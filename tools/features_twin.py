"""
Trains on a folder of IDX files of floats in NumPy, float64, as Stairstep does: one hidden layer of
ternary neurons (sampled, straight-through), softmax cross-entropy, SGD. Prints the test accuracy,
by rounded neurons. Usage: features_twin.py FOLDER UNITS STEPS BATCH RATE SEEDS
"""
import sys
import numpy as np

DTYPES = {8: ">u1", 13: ">f4"}


def read(path):
    raw = open(path, "rb").read()
    sizes = np.frombuffer(raw, ">u4", raw[3], 4)
    return np.frombuffer(raw, DTYPES[raw[2]], -1, 4 + 4 * raw[3]).reshape(sizes)


folder, *rest = sys.argv[1:]
units, steps, batch, rate, seeds = (float(x) if "." in x else int(x) for x in rest)
x, labels = read(f"{folder}/train-images.idx"), read(f"{folder}/train-labels.idx").astype(int)
shown, wanted = read(f"{folder}/test-images.idx"), read(f"{folder}/test-labels.idx").astype(int)
count = len(x) - len(x) // 12  # Stairstep holds a twelfth out for validation
x, labels = x[:count], labels[:count]
if x.dtype == ">u1":
    x, shown = x / 255.0, shown / 255.0
else:
    x, shown = x.astype(float), shown.astype(float)
    mean, deviation = x.mean(0), x.std(0)
    x, shown = (x - mean) / deviation, (shown - mean) / deviation
classes = labels.max() + 1


def ternary(z):
    """f and f' of 1.5 tanh z + 0.5 tanh(-3z), from -1 to 1."""
    a, b = np.tanh(z), np.tanh(-3 * z)
    return 1.5 * a + 0.5 * b, 1.5 * (1 - a * a) - 1.5 * (1 - b * b)


for seed in range(1, seeds + 1):
    random = np.random.default_rng(seed)
    glorot = lambda i, o: random.uniform(-1, 1, (i, o)) * np.sqrt(6 / (i + o))
    w, v = glorot(x.shape[1], units), glorot(units, classes)
    c, d = np.zeros(units), np.zeros(classes)
    order = np.array([], int)
    for _ in range(steps):
        if len(order) < batch:
            order = np.concatenate([order, random.permutation(len(x))])
        rows, order = order[:batch], order[batch:]
        f, slope = ternary(x[rows] @ w + c)
        y = np.floor(f) + (random.random(f.shape) < f - np.floor(f))
        logits = y @ v + d
        p = np.exp(logits - logits.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(batch), labels[rows]] -= 1
        p /= batch
        dz = (p @ v.T) * slope
        v, d = v - rate * y.T @ p, d - rate * p.sum(0)
        w, c = w - rate * x[rows].T @ dz, c - rate * dz.sum(0)
    answers = (np.round(ternary(shown @ w + c)[0]) @ v + d).argmax(1)
    print(f"{(answers == wanted).mean():.4f}")
