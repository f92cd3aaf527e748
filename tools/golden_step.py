"""One SGD step of two small networks in NumPy:
python3 tools/golden_step.py > src/verify/twin/step.json

What src/verify/twin/ is held against. Whole batches as matrices, where the twin goes row by row;
nothing is shared with it. [{hidden, slope, tau, rate, x, labels, u, before, after, lossSum,
correct}]; u is null for a layer that rounds.
"""
import json

import numpy as np

rng = np.random.default_rng(1)


def softmax(l):
    e = np.exp(l - l.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def jacobian(p, g):
    return p * (g - (p * g).sum(-1, keepdims=True))


def ternary(z, s, u):
    a, b = np.tanh(s * z), np.tanh(-3 * s * z)
    y = np.ceil(1.5 * a + 0.5 * b - u)
    return y, lambda g: g * s * 1.5 * (b * b - a * a)


def staircase4_rounded_normalised(z, s, u):
    q = 1 / (1 + np.exp(-s * (z[..., None] - np.array([-1.0, 0.0, 1.0]))))
    return np.round(q.sum(-1) - 1), lambda g: g * (q * (1 - q)).sum(-1)


def reinmax3(z, s, u, tau):
    l = s * z.reshape(len(z), -1, 3)
    p = softmax(l)
    y = np.eye(3)[(u[..., None] >= p.cumsum(-1)[..., :2]).sum(-1)]
    mixed = (y + softmax(l / tau)) / 2

    def back(g):
        g = g.reshape(l.shape)
        return (s * (2 * jacobian(mixed, g) - jacobian(p, g) / 2)).reshape(z.shape)

    return y.reshape(z.shape), back


def gumbel3(z, s, u, tau):
    l = s * z.reshape(len(z), -1, 3) - np.log(-np.log(u.reshape(len(z), -1, 3)))
    q = softmax(l / tau)
    back = lambda g: (s / tau * jacobian(q, g.reshape(l.shape))).reshape(z.shape)
    return np.eye(3)[l.argmax(-1)].reshape(z.shape), back


def step(hidden, lower, upper, draws, slope, tau, rate, rows=5, inputs=6, widths=(5, 9), classes=4):
    x, labels = rng.random((rows, inputs)), rng.integers(0, classes, rows)
    sizes = [inputs, *widths, classes]
    weights = [rng.normal(0, 0.7, (i, o)) for i, o in zip(sizes, sizes[1:])]
    biases = [rng.normal(0, 0.3, o) for o in sizes[1:]]
    u = [None if n is None else rng.random((rows, n)) for n in draws]
    y1, back1 = lower(x @ weights[0] + biases[0], slope, u[0])
    y2, back2 = upper(y1 @ weights[1] + biases[1], slope, u[1], tau)
    logits = y2 @ weights[2] + biases[2]
    p = softmax(logits)
    loss = -np.log(p[np.arange(rows), labels]).sum()
    g3 = (p - np.eye(classes)[labels]) / rows
    g2 = back2(g3 @ weights[2].T)
    g1 = back1(g2 @ weights[1].T)
    layers = lambda w, b: [dict(weights=w.tolist(), bias=b.tolist()) for w, b in zip(w, b)]
    gradients = (g1, g2, g3)
    after = layers(
        [w - rate * y.T @ g for w, y, g in zip(weights, (x, y1, y2), gradients)],
        [b - rate * g.sum(0) for b, g in zip(biases, gradients)],
    )
    return dict(
        hidden=hidden,
        slope=slope,
        tau=tau,
        rate=rate,
        x=x.tolist(),
        labels=labels.tolist(),
        u=[None if n is None else n.tolist() for n in u],
        before=layers(weights, biases),
        after=after,
        lossSum=loss,
        correct=int((logits.argmax(-1) == labels).sum()),
    )


def kind(neuron, size, estimator, normalise=False):
    return dict(neuron=neuron, size=size, estimator=estimator, normalise=normalise)


print(json.dumps([
    step(
        [kind("ternary", 1, "straight-through"), kind("onehot", 3, "reinmax")],
        *(ternary, reinmax3, (5, 3), 1.4, 1.3, 0.6),
    ),
    step(
        [kind("staircase", 4, "straight-through", True), kind("onehot", 3, "gumbel")],
        *(staircase4_rounded_normalised, gumbel3, (None, 9), 2.0, 0.7, 0.3),
    ),
]))
