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
import { categoriesOf, glorot, timeRounds, widthsOf } from "./data.js";

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

export async function create(backend, shape, data) {
  const { hidden, reconstruct } = shape;
  await init(backend);
  defaultDevice(backend);
  const widths = widthsOf(shape);
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

  const fire = (z, categories, key) => {
    if (categories === 1) return np.tanh(z);
    const shape = z.shape;
    const l = z.reshape([-1, categories]);
    const p = nn.softmax(l.ref, -1);
    const noisy = key
      ? l.add(random.gumbel(key, [shape[0] * (shape[1] / categories), categories]))
      : l;
    const hard = nn.oneHot(np.argmax(noisy, 1), categories);
    return p.ref.add(lax.stopGradient(hard.sub(p))).reshape(shape);
  };
  const drawing = hidden.flatMap((_, i) => (categoriesOf(shape, i) > 1 ? [i] : []));
  /** With a key for each layer that draws, or none. */
  const logits = (params, x, keys) => {
    let y = x;
    params.forEach(({ w, b }, i) => {
      const z = np.dot(y, w).add(b);
      const key = keys?.[drawing.indexOf(i)];
      y = i < params.length - 1 ? fire(z, categoriesOf(shape, i), key) : z;
    });
    return y;
  };
  /** Of classes, or nats an image, by a softplus that no logit of these networks overflows. */
  const loss = (params, x, y, keys) => {
    const count = x.shape[0];
    if (!reconstruct)
      return np.sum(nn.logSoftmax(logits(params, x, keys), -1).mul(y)).mul(-1 / count);
    y.dispose();
    const l = logits(params, x.ref, keys);
    return np.sum(np.log(np.exp(l.ref).add(1)).sub(l.mul(x))).mul(1 / count);
  };
  const gradients = (params, x, y, keys) =>
    grad(loss)(
      params.map(({ w, b }) => ({ w: w.ref, b: b.ref })),
      x,
      y,
      keys,
    );
  const descend = jit((params, x, y, keys) => {
    const g = gradients(params, x, y, keys);
    return params.map(({ w, b }, i) => ({ w: w.sub(g[i].w.mul(0.5)), b: b.sub(g[i].b.mul(0.5)) }));
  });
  /** Adam at 0.001; `rate` [] has both corrections for the step. */
  const adam = jit((params, moments, x, y, keys, rate) => {
    const g = gradients(params, x, y, keys);
    const moved = params.map((layer, i) =>
      ["w", "b"].map((name) => {
        const slope = g[i][name];
        const [first, second] = moments[i][name];
        const m = first.mul(0.9).add(slope.ref.mul(0.1));
        const v = second.mul(0.999).add(np.square(slope).mul(0.001));
        const by = m.ref.mul(rate.ref).div(np.sqrt(v.ref).add(1e-8));
        return [layer[name].sub(by), [m, v]];
      }),
    );
    rate.dispose();
    return [moved.map(([[w], [b]]) => ({ w, b })), moved.map(([[, w], [, b]]) => ({ w, b }))];
  });
  let moments = params.map(({ w, b }) => ({
    w: [np.zeros(w.shape), np.zeros(w.shape)],
    b: [np.zeros(b.shape), np.zeros(b.shape)],
  }));

  let done = 0;
  return {
    async run(steps) {
      for (let i = 0; i < steps; i++, done++) {
        const at = done % data.batches;
        const keys = drawing.map((l) => random.key(done * hidden.length + l));
        if (!reconstruct) {
          params = descend(params, xs[at].ref, ys[at].ref, keys);
          continue;
        }
        const t = done + 1;
        const rate = np.array((0.001 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t));
        [params, moments] = adam(params, moments, xs[at].ref, ys[at].ref, keys, rate);
      }
      await blockUntilReady(params.map(({ w }) => w));
      await params.at(-1).b.ref.data();
    },
    async quality() {
      const x = np.array(data.test.x).reshape([data.test.count, 784]);
      const own = () => params.map(({ w, b }) => ({ w: w.ref, b: b.ref }));
      if (reconstruct) return (await loss(own(), x, np.zeros([1]), undefined).data())[0];
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
