/**
 * jax-js, as its MNIST example trains: one `jit` of gradient and update a step, the whole set
 * resident, batches as slices.
 */
import {
  blockUntilReady,
  defaultDevice,
  grad,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  random,
} from "@jax-js/jax";
import { glorot, timeRounds } from "./data.js";

/** Milliseconds of one product of n × n matrices, the median of five rounds. */
export async function matmul(backend, n) {
  await init(backend);
  defaultDevice(backend);
  const a = random.uniform(random.key(1), [n, n]);
  // The products' means stay as they are.
  const b = random.uniform(random.key(2), [n, n]).mul(2 / n);
  const product = jit((a, b) => np.dot(a, b));
  // jax-js leaves out what nobody asks for, so each product is made from the one before.
  return timeRounds(async (times) => {
    let c = a.ref;
    for (let i = 0; i < times; i++) c = product(c, b.ref);
    await c.data();
  });
}

export async function create(backend, { hidden, categories }, data) {
  await init(backend);
  defaultDevice(backend);
  const widths = [784, ...hidden.map((units) => units * (categories ?? 1)), 10];
  let params = widths.slice(1).map((n, i) => ({
    w: np.array(glorot(widths[i], n)).reshape([widths[i], n]),
    b: np.zeros([n]),
  }));
  const xs = [];
  const ys = [];
  for (let i = 0; i < data.batches; i++) {
    xs.push(
      np
        .array(data.train.x.slice(i * data.batch * 784, (i + 1) * data.batch * 784))
        .reshape([data.batch, 784]),
    );
    ys.push(
      nn.oneHot(
        np.array(data.train.y.slice(i * data.batch, (i + 1) * data.batch), { dtype: np.int32 }),
        10,
      ),
    );
  }

  const fire = (z, key) => {
    if (!categories) return np.tanh(z);
    const shape = z.shape;
    const l = z.reshape([-1, categories]);
    const p = nn.softmax(l.ref, -1);
    const noisy = key
      ? l.add(random.gumbel(key, [shape[0] * (shape[1] / categories), categories]))
      : l;
    const hard = nn.oneHot(np.argmax(noisy, 1), categories);
    return p.ref.add(lax.stopGradient(hard.sub(p))).reshape(shape);
  };
  const logits = (params, x, keys) => {
    let y = x;
    params.forEach(({ w, b }, i) => {
      const z = np.dot(y, w).add(b);
      y = i < params.length - 1 ? fire(z, keys?.[i]) : z;
    });
    return y;
  };
  const loss = (params, x, y, keys) =>
    np.sum(nn.logSoftmax(logits(params, x, keys), -1).mul(y)).mul(-1 / data.batch);
  const step = jit((params, x, y, keys) => {
    const g = grad(loss)(
      params.map(({ w, b }) => ({ w: w.ref, b: b.ref })),
      x,
      y,
      keys,
    );
    return params.map(({ w, b }, i) => ({ w: w.sub(g[i].w.mul(0.5)), b: b.sub(g[i].b.mul(0.5)) }));
  });

  let done = 0;
  return {
    async run(steps) {
      for (let i = 0; i < steps; i++, done++) {
        const at = done % data.batches;
        const keys = categories ? hidden.map((_, l) => random.key(done * hidden.length + l)) : [];
        params = step(params, xs[at].ref, ys[at].ref, keys);
      }
      await blockUntilReady(params.map(({ w }) => w));
      await params.at(-1).b.ref.data();
    },
    async accuracy() {
      const x = np.array(data.test.x).reshape([data.test.count, 784]);
      const guess = np.argmax(
        logits(
          params.map(({ w, b }) => ({ w: w.ref, b: b.ref })),
          x,
        ),
        1,
      );
      const found = await guess.data();
      return found.filter((c, i) => c === data.test.y[i]).length / data.test.count;
    },
  };
}
