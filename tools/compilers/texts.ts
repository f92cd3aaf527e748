/**
 * Every kernel text that Stairstep can make, or as near as a list of its choices comes.
 */
import { benchKernels, benchTraining } from "../../src/bench/index";
import type { Dataset } from "../../src/data/dataset";
import { datasetFrom } from "../../src/data/from-arrays";
import { activation } from "../../src/model/activation";
import { layer } from "../../src/model/own-layer";
import { MOST_LAYERS, type TrainOptions } from "../../src/model/spec";
import { TASKS } from "../../src/model/state";
import { HARDWARE, SOFTWARE, type Tuning, withValue } from "../../src/model/tuning";
import { CHOICES } from "../../src/model/tuning/choices";
import type { Device } from "../../src/runtime/device";
import { lossNames } from "../../src/shaders/losses/catalogue";
import { neurons } from "../../src/shaders/neurons/catalogue";
import { optimizers } from "../../src/shaders/optimizers/catalogue";
import { SMALL, smallFiles, uploadSmall } from "../../src/testing";
import golden from "../../src/verify/golden.json";
import codes from "../../src/verify/golden-codes.json";
import { ORDERS, parseVectors, randomBytes, verify } from "../../src/verify/index";
import { Texts } from "./recorder";

/** As many test images as there are for validation, so that one text evaluates either. */
const shape = (height: number, width: number, classes = SMALL.classes) =>
  smallFiles(classes, { height, width, test: 7 });
const nameOf = ({ name, size }: (typeof neurons)[number], given = size?.initial): string =>
  size ? `${name}:${given}` : name;

/** Rows of floats, standardised. */
const featureData = (device: Device, features: number): Promise<Dataset> =>
  datasetFrom(device, {
    images: Float32Array.from({ length: 24 * features }, (_, i) => Math.sin(i)),
    labels: Array.from({ length: 24 }, (_, i) => i % 3),
    test: { images: new Float32Array(2 * features), labels: [0, 1] },
    width: features,
    standardise: true,
  });

/** All texts for one kind of adapter. */
export async function allTexts(kernels: "gpu" | "software"): Promise<Texts> {
  const texts = await Texts.record(kernels);
  const { device } = texts;
  const tunings: Record<string, Tuning> =
    kernels === "gpu"
      ? { gpu: HARDWARE }
      : { quads: SOFTWARE, alone: withValue(SOFTWARE, { share: 0 }) };
  const small = await uploadSmall(device, shape(SMALL.height, SMALL.width));
  for (const [tuning, tune] of Object.entries(tunings)) {
    const network = (what: string, options: TrainOptions, data = small, with_ = tune) =>
      texts.network(`${what} (${tuning})`, data, options, with_);

    // Every neuron and estimator, sampled or not, in one to three layers, alone and in company. The
    // slope is divided out where neurons do not sample: that is of the way back, and sampling of
    // the way there.
    for (const neuron of neurons)
      for (const { name: estimator } of neuron.estimators)
        for (const stochastic of [true, false])
          for (const layers of [1, 2, 3]) {
            const options = {
              estimator,
              stochastic,
              stochasticEvaluation: !stochastic,
              normalise: !stochastic,
            };
            const hidden = Array.from({ length: layers }, (_, i) =>
              layer(nameOf(neuron), 13 - 3 * i, options),
            );
            const what =
              `${layers} × ${nameOf(neuron)} ` +
              `${estimator}${stochastic ? ", sampled" : ", normalised"}`;
            await network(what, { hidden, members: layers === 2 ? 3 : 1 });
          }

    // Every choice of the tuner's.
    const mixed = {
      hidden: [layer("ternary", 13), layer("onehot:3", 7), layer("tanh", 100)],
      members: 2,
    };
    for (const { name, values } of CHOICES[kernels])
      for (const value of values)
        await network(`${name} ${JSON.stringify(value)}`, mixed, small, withValue(tune, value));

    // Sizes: classes, units, levels and categories, batches, members, layers, images.
    // Each of these with each name and each depth, if not all three at once.
    const manyClasses = [
      2, 4, 5, 10, 11, 23, 32, 33, 47, 61, 62, 64, 65, 100, 256, 257, 1000, 3001,
    ];
    for (const [i, classes] of manyClasses.entries()) {
      const data = await uploadSmall(device, shape(SMALL.height, SMALL.width, classes));
      for (const [n, name] of ["tanh", "onehot:5"].entries())
        for (const [d, hidden] of [[layer(name, 9)], [layer(name, 100), layer(name, 70)]].entries())
          await network(`${classes} classes`, { hidden, batch: (i + n + d) % 2 ? 71 : 50 }, data);
    }
    const manyUnits = [1, 2, 3, 4, 5, 100, 199, 800, 808, 1000, 4096, 16_384];
    for (const [i, units] of manyUnits.entries())
      for (const [n, name] of ["tanh", "binary", "onehot:2"].entries()) {
        const places = [
          [layer(name, units)],
          [layer(name, units), layer("ternary", 5)],
          [layer("tanh", 5), layer(name, units)],
        ];
        const hidden = places[(i + n) % 3] as (typeof places)[number];
        await network(`${units} ${name}`, { hidden, batch: 50 });
      }
    for (const neuron of neurons.filter(({ size }) => size))
      for (const size of [2, 3, 4, 7, 16, 17, 50, 1000])
        for (const { name: estimator } of neuron.estimators)
          await network(`${nameOf(neuron, size)} ${estimator}`, {
            hidden: [layer(nameOf(neuron, size), 7, { estimator })],
          });
    for (const { name: optimizer } of optimizers)
      for (const members of [1, 3])
        await network(`${optimizer}, ${members} members`, {
          ...{ hidden: [layer("tanh", 9), layer("onehot:5", 7)], optimizer, members },
        });
    for (const batch of [1, 2, 7, 50, 71, 400, 1000, 65_535])
      await network(`batches of ${batch}`, {
        hidden: [layer("binary", 9), layer("tanh", 9)],
        batch,
      });
    for (const members of [2, 3, 8, 16, 100, 1000])
      await network(`${members} members`, {
        hidden: [layer("onehot:5", 100), layer("tanh", 9)],
        members,
      });
    for (const layers of [8, MOST_LAYERS])
      await network(`${layers} layers`, {
        hidden: Array.from({ length: layers }, (_, i) =>
          layer(i % 2 ? "tanh" : "onehot:3", 5 + (i % 3)),
        ),
      });
    for (const [height, width] of [
      [1, 1],
      [1, 5],
      [2, 2],
      [4, 8],
      [8, 8],
      [28, 28],
      [30, 31],
      [9, 132],
      [64, 64],
    ] as const)
      await network(
        `images of ${height} × ${width}`,
        { hidden: [layer("tanh", 100)], batch: 50, members: 2 },
        await uploadSmall(device, shape(height, width)),
      );

    for (const features of [1, 2, 4, 7, 300, 1023])
      for (const name of ["tanh", "onehot:5"])
        await network(
          `${features} features`,
          { hidden: [layer(name, 100)], batch: 50, members: features === 7 ? 3 : 1 },
          await featureData(device, features),
        );

    // Losses against values. Every code below each, sampled or not where its divergence counts;
    // what no loss changes, beside the first.
    for (const task of TASKS.filter((task) => task !== "classify"))
      for (const [i, loss] of lossNames(false).entries()) {
        const valued = (what: string, options: TrainOptions, data = small, with_ = tune) =>
          network(`${task}, ${loss}, ${what}`, { ...options, task, loss }, data, with_);
        for (const neuron of neurons)
          for (const { name: estimator } of neuron.estimators)
            for (const stochastic of task === "reconstruct" ? [true, false] : [true]) {
              const options = { estimator, stochastic, normalise: !stochastic };
              const code = layer(nameOf(neuron), 5, options);
              const what = `${nameOf(neuron)} ${estimator}`;
              await valued(what, { hidden: [code] });
              const hidden = [layer("tanh", 9), code, layer("relu", 70)];
              if (i === 0 && stochastic)
                await valued(`${what} between others`, { hidden, members: 3 });
            }
        const coded = {
          hidden: [layer("tanh", 9), layer("onehot:5", 7), layer("leaky-relu", 9)],
          members: 2,
        };
        for (const batch of [1, 50, 400]) await valued(`batches of ${batch}`, { ...coded, batch });
        for (const [height, width] of [
          [2, 2],
          [3, 1],
          [4, 8],
          [28, 28],
          [9, 132],
        ] as const)
          await valued(
            `images of ${height} × ${width}`,
            { ...coded, batch: 50 },
            await uploadSmall(device, shape(height, width)),
          );
        if (i > 0) continue;
        for (const { name: optimizer } of optimizers)
          await valued(optimizer, { ...coded, optimizer });
        for (const { name, values } of CHOICES[kernels])
          for (const value of values)
            await valued(`${name} ${JSON.stringify(value)}`, coded, small, withValue(tune, value));
      }
    for (const features of [1, 7, 300])
      await network(
        `${features} features, mse`,
        { hidden: [layer("onehot:5", 100)], task: "reconstruct", loss: "mse", members: 2 },
        await featureData(device, features),
      );

    await texts.try(`verify (${tuning})`, () =>
      verify(device, parseVectors("golden.json", { ...golden, ...codes }), { tuning: tune }),
    );
  }
  for (const neuron of neurons.filter(({ activation }) => activation))
    await texts.try(`activation of ${neuron.name}`, () =>
      activation(device, nameOf(neuron), 1.5, new Float32Array(7)),
    );
  for (const order of Object.keys(ORDERS))
    for (const rounds of [10, 3])
      await texts.try(`stream ${order}`, async () => {
        for await (const _ of randomBytes(device, { order, rounds, seed: 1 } as never)) return;
      });
  const mnistLike = await uploadSmall(device, shape(28, 28, 10));
  const clock = performance.now;
  let ms = 0;
  performance.now = () => (ms += 1000); // benchmarks repeat until they have taken long enough
  await texts.try("bench kernels", () => benchKernels(device, mnistLike));
  await texts.try("bench training", () => benchTraining(device, mnistLike));
  performance.now = clock;
  return texts;
}
