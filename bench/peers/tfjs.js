/**
 * TensorFlow.js, as its own examples train: variables, `optimizer.minimize`, the whole set
 * resident, batches as slices.
 */
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threaded from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import "@tensorflow/tfjs-backend-webgpu";
import { categoriesOf, glorot, timeRounds, widthsOf } from "./data.js";

setWasmPaths({
  "tfjs-backend-wasm.wasm": plain,
  "tfjs-backend-wasm-simd.wasm": simd,
  "tfjs-backend-wasm-threaded-simd.wasm": threaded,
});
setThreadsCount(navigator.hardwareConcurrency);

/** Milliseconds of one product of n × n matrices, the median of five rounds. */
export async function matmul(backend, n) {
  await tf.setBackend(backend);
  await tf.ready();
  // The products' means stay as they are.
  const [a, b] = [tf.randomUniform([n, n]), tf.randomUniform([n, n], 0, 2 / n)];
  return timeRounds(async (times) => {
    let c = a.clone();
    for (let i = 0; i < times; i++) {
      const next = tf.matMul(c, b);
      c.dispose();
      c = next;
    }
    await c.data();
    c.dispose();
  });
}

export async function create(backend, shape, data) {
  const { hidden, reconstruct } = shape;
  await tf.setBackend(backend);
  await tf.ready();
  const widths = widthsOf(shape);
  const w = widths
    .slice(1)
    .map((n, i) => tf.variable(tf.tensor2d(glorot(widths[i], n), [widths[i], n])));
  const b = widths.slice(1).map((n) => tf.variable(tf.zeros([n])));
  const xs = tf.tensor2d(data.train.x, [data.train.count, 784]);
  const ys = tf.oneHot(tf.tensor1d(data.train.y, "int32"), 10).toFloat();
  const optimizer = reconstruct ? tf.train.adam(0.001) : tf.train.sgd(0.5);

  /**
   * A category drawn with probabilities p [n, categories], as one-hot; the gradient passes to p.
   */
  const draw = tf.customGrad((p) => {
    const gumbel = tf.neg(tf.log(tf.neg(tf.log(tf.randomUniform(p.shape, 1e-7, 1)))));
    return {
      value: tf.oneHot(tf.argMax(tf.add(tf.log(p), gumbel), 1), p.shape[1]).toFloat(),
      gradFunc: (dy) => dy,
    };
  });
  const fire = (z, categories, sampled) => {
    if (categories === 1) return tf.tanh(z);
    const p = tf.softmax(z.reshape([-1, categories]));
    const y = sampled ? draw(p) : tf.oneHot(tf.argMax(p, 1), categories).toFloat();
    return y.reshape(z.shape);
  };
  const logits = (x, sampled) => {
    let y = x;
    hidden.forEach((_, i) => {
      y = fire(tf.add(tf.matMul(y, w[i]), b[i]), categoriesOf(shape, i), sampled);
    });
    return tf.add(tf.matMul(y, w.at(-1)), b.at(-1));
  };

  /** Of classes, or nats an image. */
  const loss = (x, y, sampled) =>
    reconstruct
      ? tf.losses.sigmoidCrossEntropy(x, logits(x, sampled)).mul(784)
      : tf.losses.softmaxCrossEntropy(y, logits(x, sampled));

  let step = 0;
  return {
    async run(steps) {
      for (let i = 0; i < steps; i++, step++) {
        const first = (step % data.batches) * data.batch;
        tf.tidy(() => {
          const [x, y] = [
            xs.slice([first, 0], [data.batch, 784]),
            ys.slice([first, 0], [data.batch, 10]),
          ];
          optimizer.minimize(() => loss(x, y, true));
        });
      }
      await b.at(-1).data();
    },
    async quality() {
      const shown = () => tf.tensor2d(data.test.x, [data.test.count, 784]);
      if (reconstruct) return (await tf.tidy(() => loss(shown(), undefined, false)).data())[0];
      const guess = tf.tidy(() => tf.argMax(logits(shown(), false), 1));
      const found = await guess.data();
      return found.filter((c, i) => c === data.test.y[i]).length / data.test.count;
    },
  };
}
