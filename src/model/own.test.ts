/** Neurons and estimators from outside the catalogue: trained, saved, loaded, gone on with. */
import { describe, expect, it } from "vitest";
import { requestDevice } from "../runtime/device";
import { neurons } from "../shaders/neurons/catalogue";
import { logistic, type Neuron } from "../shaders/neurons/neuron";
import { oneHotEstimator } from "../shaders/neurons/one-hot";
import { ordered } from "../shaders/neurons/ordered";
import { DEVICE, SMALL, smallData, testDevice, uploadSmall } from "../testing";
import { activation } from "./activation";
import { decodeCheckpoint, encodeCheckpoint, memberOf } from "./checkpoint";
import { loadModel } from "./model";
import { layer } from "./own-layer";
import type { TrainOptions } from "./spec";
import { type Checkpoint, optionsOf } from "./state";
import { train } from "./training";

/** A staircase whose steps slope by `leak`, also beyond the last. */
const leakyBy = (leak: string) =>
  ordered({
    name: "leaky-staircase",
    summary: "a staircase that leaks",
    size: { name: "levels", minimum: 2, initial: 3 },
    slope: 2,
    activation: (levels) => /* wgsl */ `
${logistic}
fn activation(x: f32, slope: f32) -> vec2f {
  var f = vec2f(${leak} * x, ${leak});
  for (var i = 0; i < ${levels - 1}; i++) {
    let q = logistic(x - slope * (f32(i) - ${((levels - 2) / 2).toFixed(1)}));
    f += vec2f(q, q * (1.0 - q));
  }
  return f;
}`,
  });
const leaky = leakyBy("0.05");

/** Sampled straight-through whose gradient is twice as long. */
const bold = oneHotEstimator({
  name: "bold",
  summary: "twice the gradient",
  draws: "neuron",
  usesTau: false,
  sample: "soften(slope);\n  choose(at, pick(element));",
  backward: "jacobian(2.0 * scale);",
});

const OPTIONS: Omit<TrainOptions, "hidden"> = {
  ...{ batch: 10, epochs: 2, stepsPerEpoch: 50, reportEvery: 20, learningRate: 0.3 },
  members: 2,
};
const BOTH = [layer("onehot:3", 4, { estimator: bold }), layer(leaky, 12, { size: 4 })];

async function trained(options: Partial<TrainOptions> = {}): Promise<Checkpoint> {
  const data = await smallData();
  const training = train(await testDevice(), data, { ...OPTIONS, hidden: BOTH, ...options });
  for await (const _ of training);
  const accuracies = await training.evaluate("test");
  const { probabilities } = await training.look(data.test.pixels, 1);
  expect(Math.min(...accuracies)).toBeGreaterThan(0.8);
  expect(probabilities).toHaveLength(SMALL.test * SMALL.classes);
  const checkpoint = await training.checkpoint();
  await training.destroy();
  return checkpoint;
}

const PARTS = { neurons: [leaky], estimators: [bold] };
const encoded = async (checkpoint: Promise<Checkpoint>) => encodeCheckpoint(await checkpoint);
let saved: Promise<Uint8Array<ArrayBuffer>> | undefined;
const file = () => (saved ??= encoded(trained()));

describe("a neuron and an estimator from outside", () => {
  it("train to the bits of the catalogue's where their WGSL is the same", async () => {
    const theirs = neurons.find(({ name }) => name === "staircase") as Neuron;
    const mine = layer({ ...theirs, name: "mine" }, 9, { size: 4 });
    const straight = neurons.find(({ name }) => name === "onehot")?.estimators[0];
    const again = layer("onehot:3", 4, { estimator: { ...straight!, name: "again" } });
    const [own, known] = await Promise.all([
      trained({ hidden: [again, mine] }),
      trained({ hidden: [layer("onehot:3", 4), layer("staircase:4", 9)] }),
    ]);
    expect(own.weights).toEqual(known.weights);
  });

  it("leave the catalogue as it is", async () => {
    const before = neurons.map(({ name, estimators }) => [name, estimators.map((e) => e.name)]);
    await file();
    expect(neurons.map(({ name, estimators }) => [name, estimators.map((e) => e.name)])).toEqual(
      before,
    );
    expect(() => layer("leaky-staircase", 3)).toThrow("there is no neuron leaky-staircase");
    expect(() => layer("onehot:3", 4, { estimator: "bold" })).not.toThrow();
    expect(() =>
      train({} as never, {} as never, { hidden: [layer("onehot:3", 4, { estimator: "bold" })] }),
    ).toThrow("onehot has no estimator bold: choose from straight-through, hardmax");
  });

  it("take the neuron's slope, and its estimators by name", async () => {
    const training = train(await testDevice(), await smallData(), { hidden: [layer(leaky, 3)] });
    expect(training.spec.members[0]?.slope).toBe(2);
    expect(training.spec.hidden[0]).toMatchObject({ neuron: "leaky-staircase", size: 3 });
    await training.destroy();
    expect(() =>
      train({} as never, {} as never, { hidden: [layer(leaky, 3, { estimator: "gumbel" })] }),
    ).toThrow("leaky-staircase has no estimator gumbel: choose from straight-through");
  });

  it("go on from a file to the bits of a run without a break", async () => {
    const half = await trained({ epochs: 1 });
    const read = decodeCheckpoint("half", encodeCheckpoint(half), PARTS);
    const resumed = await trained({ ...optionsOf(read), epochs: 2, from: read });
    expect(resumed.weights).toEqual(decodeCheckpoint("whole", await file(), PARTS).weights);
    // The layers themselves do as well as those that the file was read with.
    const again = await trained({ from: read });
    expect(again.weights).toEqual(resumed.weights);
  });

  it("go on behind a lost device", async () => {
    const device = await requestDevice(DEVICE);
    const training = train(device, await uploadSmall(device), {
      ...OPTIONS,
      hidden: BOTH,
      reopen: async () => {
        const next = await requestDevice(DEVICE);
        return { device: next, data: await uploadSmall(next) };
      },
    });
    let lost = false;
    for await (const { step } of training) {
      if (step < 40 || lost) continue;
      lost = true;
      device.gpu.destroy();
    }
    const whole = decodeCheckpoint("whole", await file(), PARTS);
    expect((await training.checkpoint()).weights).toEqual(whole.weights);
    await training.destroy();
  });

  it("predict from a file as the run does", async () => {
    const data = await smallData();
    const read = decodeCheckpoint("it", await file(), PARTS);
    const training = train(await testDevice(), data, {
      ...OPTIONS,
      hidden: BOTH,
      from: read,
    });
    const model = await loadModel(await testDevice(), await file(), PARTS);
    for (const member of [0, 1])
      expect(await model.predict(data.test.pixels, member)).toEqual(
        (await training.look(data.test.pixels, member)).probabilities,
      );
    model.destroy();
    await training.destroy();
    const one = decodeCheckpoint("one", encodeCheckpoint(memberOf(read, 1)), PARTS);
    expect(one.hidden[1]?.own).toBe(leaky);
  });

  it("draw their curve", async () => {
    const { f, derivative } = await activation(
      await testDevice(),
      leaky,
      2,
      Float32Array.of(0, 100),
    );
    expect(f[0]).toBeCloseTo(1, 5);
    expect(derivative[1]).toBeCloseTo(0.1, 5);
  });
});

describe("a file with what is not the catalogue's", () => {
  it("names what is to be passed", async () => {
    const bytes = await file();
    const decoded = (parts?: Parameters<typeof decodeCheckpoint>[2]) => () =>
      decodeCheckpoint("run.safetensors", bytes, parts);
    expect(decoded()).toThrow(
      "run.safetensors has an estimator bold, which onehot does not have: pass it, " +
        "{ estimators: [yours] }",
    );
    expect(decoded({ estimators: [bold] })).toThrow(
      "run.safetensors has neurons leaky-staircase, which are not the catalogue's: pass them, " +
        "{ neurons: [yours] }",
    );
    expect(decoded({ neuron: [leaky] } as never)).toThrow("has no neuron: choose from neurons");
    await expect(loadModel(await testDevice(), bytes)).rejects.toThrow(
      "this file has an estimator",
    );
  });

  it("refuses a neuron of the name with other WGSL, and quotes the line", async () => {
    const bytes = await file();
    const other = leakyBy("0.06");
    const changed = 'its WGSL had "var f = vec2f(0.05 * x, 0.05);" and has "var f = vec2f(0.06';
    const parts = { ...PARTS, neurons: [other] };
    expect(() => decodeCheckpoint("it", bytes, parts)).toThrow(changed);
    await expect(loadModel(await testDevice(), bytes, parts)).rejects.toThrow(changed);
    const from = decodeCheckpoint("it", bytes, PARTS);
    const hidden = [BOTH[0]!, layer(other, 12, { size: 4 })];
    const training = train(await testDevice(), await smallData(), { ...OPTIONS, hidden, from });
    await expect(training.ready()).rejects.toThrow(changed);
    // Rounding alone, which training does not do.
    const down = {
      ...leaky,
      estimators: leaky.estimators.map((one) => ({
        ...one,
        code: (options: Parameters<typeof one.code>[0]) => {
          const code = one.code(options);
          return { ...code, fire: code.fire.replace("round(", "floor(") };
        },
      })),
    };
    expect(() => decodeCheckpoint("it", bytes, { ...PARTS, neurons: [down] })).toThrow(
      'had "y[at] = round(f.x);" and has "y[at] = floor(f.x);": give it as it was, or train anew',
    );
    const fewer = { ...leaky, estimators: [{ ...leaky.estimators[0]!, draws: "none" as const }] };
    expect(() => decodeCheckpoint("it", bytes, { ...PARTS, neurons: [fewer] })).toThrow(
      "draws neuron",
    );
  });

  it("takes blanks and comments for nothing", async () => {
    const bytes = await file();
    const airy = {
      ...leaky,
      estimators: leaky.estimators.map((one) => ({
        ...one,
        code: (options: Parameters<typeof one.code>[0]) => {
          const { shared, fire, back } = one.code(options);
          return { shared: `${shared}\n// mine`, fire: fire.replaceAll(" * ", "*"), back };
        },
      })),
    };
    expect(() => decodeCheckpoint("it", bytes, { ...PARTS, neurons: [airy] })).not.toThrow();
  });

  it("has WGSL, whatever else it may say", async () => {
    const text = new TextDecoder("latin1").decode(await file());
    const broken = text.replace(/\\"own\\":\\"/, (found) => found.replace("own", "owm"));
    expect(broken).not.toBe(text);
    const bytes = Uint8Array.from(broken, (c) => c.charCodeAt(0));
    expect(() => decodeCheckpoint("it", bytes, PARTS)).toThrow("it is not a Stairstep model");
  });
});

describe("what is no neuron or estimator", () => {
  const real = { ...leaky, name: "mine" };
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "a neuron is undefined: give a name of the catalogue, or an object"],
    ["a number", 5, "a neuron is 5: give"],
    ["no name", { ...real, name: undefined }, "the name of a neuron is undefined: give it one of"],
    ["a name with a size", { ...real, name: "mine:5" }, 'the name of a neuron is "mine:5": give'],
    [
      "a name of the catalogue",
      { ...real, name: "tanh" },
      "a neuron from outside is called tanh, as one of the catalogue is: give it another name",
    ],
    ["a size", { ...real, size: 5 }, "size of the neuron mine is 5: give { name"],
    ["a slope", { ...real, slope: -1 }, "slope of the neuron mine is -1: give a number above 0"],
    ["a group", { ...real, group: 3 }, "group of the neuron mine is 3: give a function"],
    ["an empty group", { ...real, group: () => 0 }, "group(3) of the neuron mine is 0: give how"],
    ["an activation", { ...real, activation: "x" }, 'activation of the neuron mine is "x": give'],
    ["no estimators", { ...real, estimators: [] }, "estimators of the neuron mine are []: list"],
    ["an estimator", { ...real, estimators: [null] }, "an estimator of mine is null: give"],
    [
      "two of a name",
      { ...real, estimators: [real.estimators[0], real.estimators[0]] },
      "the neuron mine has two estimators straight-through: give each",
    ],
    [
      "draws",
      { ...real, estimators: [{ ...bold, draws: "all" }] },
      'draws of the estimator bold is "all": choose from none, neuron, category',
    ],
    [
      "draws of the backward pass",
      { ...real, estimators: [{ ...bold, backDraws: -1 }] },
      "backDraws of the estimator bold is -1: give a whole number of 0 or more",
    ],
    [
      "no code",
      { ...real, estimators: [{ ...bold, code: "" }] },
      'code of the estimator bold is ""',
    ],
    [
      "code without a function",
      {
        ...real,
        estimators: [{ ...bold, code: () => ({ shared: "", fire: "fn fire(", back: "" }) }],
      },
      'code of mine by bold has a back of "": give WGSL with fn back(…)',
    ],
  ])("%s is refused", (_, given, message) => {
    expect(() => layer(given as Neuron, 5)).toThrow(message);
  });

  it("an estimator of a name that the neuron has is refused", () => {
    expect(() => layer("onehot:3", 5, { estimator: { ...bold, name: "gumbel" } })).toThrow(
      "onehot has an estimator gumbel already: give yours another name",
    );
    expect(() => layer(leaky, 5, { size: 1 })).toThrow(
      "leaky-staircase needs 2 or more levels, got 1: try leaky-staircase:3",
    );
  });

  it("wrong WGSL is answered with kernel, line and caret", async () => {
    const wrong = ordered({
      name: "wrong",
      summary: "",
      activation: () => "fn activation(x: f32, slope: f32) -> vec2f {\n  return vec2f(q, 1.0);\n}",
    });
    const training = train(await testDevice(), await smallData(), { hidden: [layer(wrong, 5)] });
    await expect(training.ready()).rejects.toThrow(
      new RegExp(
        "^kernel head does not compile on this adapter: mend its WGSL if it is yours.*\\n" +
          "line \\d+: .*q.*\\n {4}return vec2f\\(q, 1\\.0\\);\\n {17}\\^",
        "s",
      ),
    );
  });
});
