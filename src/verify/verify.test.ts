import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { withValue } from "../model/tuning";
import { CHOICES } from "../model/tuning/choices";
import { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { ALONE, HARDWARE, SOFTWARE, testDevice } from "../testing";
import { CASES, type Case } from "./cases";
import vectors from "./golden.json";
import codes from "./golden-codes.json";
import { checkNetwork } from "./networks";
import { type Families, tally } from "./results";
import { parseVectors } from "./vectors";
import { verify, verifyVectors } from "./verify";

const golden = { ...vectors, ...codes };

const total = (families: Families, key: "failed" | "cases") =>
  Object.values(families).reduce((sum, f) => sum + f[key], 0);
const missed = (families: Families) =>
  Object.keys(families).filter((name) => (families[name]?.failed ?? 0) > 0);

const TRAINING = [
  "initial weights",
  "batch order",
  "blank words",
  "noise",
  "training step",
  "population",
  "several layers",
  "annealing",
  "report",
  "evaluation",
  "looks",
  "optimizers",
  "values",
];

describe("verify", () => {
  // SOFTWARE: in Node, by the command.
  for (const [name, tuning] of Object.entries({ ALONE, HARDWARE })) {
    it(`finds all as it must be with the tuning ${name}`, async () => {
      const done: number[] = [0];
      const families = await verify(await testDevice(), parseVectors("golden.json", golden), {
        tuning,
        onProgress: (n) => {
          done.push(n);
        },
      });
      expect(missed(families)).toEqual([]);
      expect(Object.keys(families)).toEqual(expect.arrayContaining(TRAINING));
      // The generator's vectors are one dispatch.
      expect(done.at(-1)).toBe(
        1 +
          [
            golden.neurons,
            golden.heads,
            golden.matmuls,
            golden.adam,
            golden.relu,
            golden.bernoulli,
            golden.kl,
            CASES,
          ].reduce((sum, { length }) => sum + length, 0),
      );
      expect(done).toEqual([...done].sort((a, b) => a - b));
    });
  }
});

/** Cases that are quick, and between them take every kernel. */
const found = (wanted: (given: Case) => boolean) => CASES.find(wanted) as Case;
const annealing = found(({ family }) => family === "annealing");
const sampled = found(({ options }) => options.hidden[0]?.neuron === "hard-binary");
const zero = found(({ options }) => options.hidden[0]?.estimator === "zero");
const relaxed = found(({ options }) => options.hidden[0]?.estimator === "concrete");
const deep = found(
  ({ family, options }) => family === "several layers" && options.hidden.length === 3,
);
const many = found(({ data }) => data === "many");
const breaking = found(({ breaks }) => breaks === true);

/** A kernel's text, what it becomes, and the families that must notice it, in this case. */
const BREAKS: [
  name: string,
  kernel: string,
  text: string,
  broken: string,
  given: Case,
  families: string[],
][] = [
  [
    "a round fewer in the batch order",
    "order",
    "round < ROUNDS;",
    "round < ROUNDS - 1u;",
    annealing,
    ["batch order"],
  ],
  ["labels of other images", "order", "labels[image]", "labels[id]", annealing, ["batch order"]],
  [
    "a limit one per cent too far",
    "initialise",
    "2.0 * unit(draw(e))",
    "2.02 * unit(draw(e))",
    annealing,
    ["initial weights"],
  ],
  [
    "members with the same initial weights",
    "initialise",
    "members[member].key",
    "members[0].key",
    annealing,
    ["initial weights"],
  ],
  [
    "members with the same noise",
    "",
    "noise_key = member.key",
    "noise_key = control.members[0].key",
    sampled,
    ["noise"],
  ],
  [
    "steps with the same noise",
    "",
    "noise_step = control.step",
    "noise_step = 0u",
    sampled,
    ["noise"],
  ],
  [
    "layers with the same noise",
    "",
    "noise_stream = NOISE_STREAM",
    "noise_stream = 1u",
    deep,
    ["noise"],
  ],
  [
    "evaluation with the noise of training",
    "score",
    "noise_stream = NOISE_STREAM",
    "noise_stream = 1u",
    sampled,
    ["noise"],
  ],
  [
    "a word that the lists of words lack",
    "lists of words",
    "any |= masks[image[r] + m]",
    "any |= masks[image[r] + m] & 0xfffffffeu",
    annealing,
    ["blank words"],
  ],
  [
    "a row that the lists of rows lack",
    "lists of rows",
    "u32(any != 0u)",
    "u32(any != 0u && row != 1u)",
    annealing,
    ["blank words"],
  ],
  [
    "an update that forgets the bias",
    "update",
    "optimize_run(bias + part, sum, rate)",
    "optimize_run(bias + part, sum, 0.0)",
    annealing,
    ["annealing", "population"],
  ],
  [
    "one learning rate for all",
    "update",
    "members[member].rate",
    "members[0].rate",
    annealing,
    ["population"],
  ],
  [
    "training that is not annealed",
    "update",
    "member.slope * member.anneal",
    "member.slope",
    annealing,
    ["annealing"],
  ],
  [
    "evaluation that is not annealed",
    "update",
    "member.shown_slope * member.shown_anneal",
    "member.shown_slope",
    annealing,
    ["looks"],
  ],
  [
    "no cap on the slope",
    "update",
    "min(member.slope * member.anneal, member.cap)",
    "member.slope * member.anneal",
    annealing,
    ["annealing"],
  ],
  [
    "evaluation at the slope of training",
    "score",
    "member.shown_slope",
    "member.slope",
    annealing,
    ["looks"],
  ],
  [
    "one temperature for all",
    "head",
    "member.tau",
    "control.members[0].tau",
    relaxed,
    ["population"],
  ],
  ["a slope that zero lends", "head", "dz[at] = 0.0", "dz[at] *= z[at]", zero, ["training step"]],
  ["no gradient from the head", "head", "/ f32(ROWS)", "* 0.0", annealing, ["annealing"]],
  [
    "classes of the second slice in the place of the first",
    "head",
    "+ 4u * c + e, output[e]",
    "+ 4u * (i % SLICE) + e, output[e]",
    many,
    ["many classes"],
  ],
  [
    "no gradient from classes behind the first slice",
    "head",
    "c < QUADS; c++",
    "c < SLICE; c++",
    many,
    ["many classes"],
  ],
  [
    "no gradient below the upper layer",
    "backward",
    "storageBarrier();",
    "storageBarrier(); if (true) { return; }",
    deep,
    ["several layers"],
  ],
  [
    "an upper layer without its bias",
    "fire and forward",
    " + bias[j]",
    "",
    deep,
    ["several layers"],
  ],
  [
    "a loss one per mille off",
    "report",
    ".loss = loss",
    ".loss = 0.999 * loss",
    annealing,
    ["report"],
  ],
  [
    "right answers of a step too few",
    "report",
    "% REPORT_EVERY + 1u)",
    "% REPORT_EVERY)",
    annealing,
    ["report"],
  ],
  ["broken weights in another layer", "finite", "1u << min", "2u << min", breaking, ["report"]],
  [
    "a wrong answer that counts",
    "score",
    "largest.index == label",
    "true",
    annealing,
    ["report", "evaluation"],
  ],
];

describe("a broken kernel", () => {
  afterEach(() => vi.restoreAllMocks());
  for (const [kind, tuning] of Object.entries({ SOFTWARE, HARDWARE })) {
    for (const [name, kernel, text, broken, given, noticing] of BREAKS) {
      it(`is noticed: ${name} (${kind})`, async () => {
        const { compile } = Device.prototype;
        let changed = 0;
        vi.spyOn(Device.prototype, "compile").mockImplementation(function (this: Device, whole) {
          const wgsl = whole.name.startsWith(kernel)
            ? whole.wgsl.replaceAll(text, broken)
            : whole.wgsl;
          if (wgsl !== whole.wgsl) changed++;
          return compile.call(this, { ...whole, wgsl });
        });
        const families: Families = {};
        for (const outcome of await checkNetwork(await testDevice(), given, tuning))
          tally(families, outcome);
        expect(changed, "no kernel has this text").toBeGreaterThan(0);
        expect(missed(families)).toEqual(expect.arrayContaining(noticing));
      });
    }
  }
});

describe("golden vectors", () => {
  it("of products hold with every tile that the tuner may choose", async () => {
    const device = await testDevice();
    const matmuls = parseVectors("golden.json", { matmuls: golden.matmuls });
    for (const [kind, built] of [["software", SOFTWARE] as const, ["gpu", HARDWARE] as const]) {
      for (const value of CHOICES[kind].flatMap(({ values }) => values)) {
        if (value.share && value.share !== device.adapter.subgroup) continue;
        const { matmuls: result } = await verifyVectors(device, matmuls, {
          tuning: withValue(built, value),
        });
        expect([value, result?.failed, result?.cases]).toEqual([value, 0, golden.matmuls.length]);
      }
    }
  });

  it("miss when one expected value of each family is changed", async () => {
    const wrong = structuredClone(golden);
    (wrong.philox[3] as { words: number[] }).words[2]! ^= 1;
    wrong.neurons[5]!.dz[0]![0]! += 1e-3;
    wrong.neurons[5]!.y[1]![1]! += 1;
    wrong.heads[1]!.loss += 1e-3;
    wrong.matmuls[2]!.c[7]! += 1;
    wrong.relu[0]!.y[1]![1]! += 1e-7;
    wrong.bernoulli[1]!.loss *= 1 + 1e-4;
    wrong.bernoulli[1]!.dlogits[2]![6]! += 1e-4;
    wrong.kl[1]!.kl *= 1 + 1e-4;
    wrong.kl[1]!.dz[2]![19]! += 1e-4;
    wrong.relu[2]!.dz[0]![0]! *= 1 + 5e-7;
    wrong.adam[1]!.after[5]![4]! *= 1 + 3e-6;
    const families = await verifyVectors(await testDevice(), parseVectors("golden.json", wrong));
    expect(total(families, "failed")).toBe(9);
    expect(total(families, "cases")).toBe(
      Object.values(golden).reduce((sum, { length }) => sum + length, 0),
    );
  });

  it("are refused with the place of the fault", () => {
    expect(() =>
      parseVectors("v.json", {
        philox: [{ counter: [1, 2, 3], key: [0, 0], words: [0, 0, 0, 0] }],
      }),
    ).toThrow(/v\.json.*philox\.0\.counter/);
    expect(() => parseVectors("v.json", {})).toThrow(/has no golden vectors/);
    const spoilt = (change: (vectors: typeof golden) => void) => () => {
      const copy = structuredClone(golden);
      change(copy);
      return parseVectors("v.json", copy);
    };
    expect(spoilt((g) => g.neurons[3]!.z[1]!.pop())).toThrow(
      /neurons\.3\.z: rows must be of one length/,
    );
    expect(spoilt((g) => g.neurons[3]!.dy.pop())).toThrow(
      /neurons\.3: z, dy, y and dz must be of one shape/,
    );
    expect(spoilt((g) => g.neurons.find(({ u }) => u)!.u!.pop())).toThrow(
      /u must have as many rows as z/,
    );
    expect(spoilt((g) => (g.neurons.find(({ u }) => u)!.u![0]![0] = 1))).toThrow(
      /neurons\.\d+\.u\.0\.0/,
    );
    expect(spoilt((g) => (g.heads[0]!.labels[0] = 4e9))).toThrow(
      /heads\.0: labels must be a class for each row/,
    );
    expect(spoilt((g) => g.heads[0]!.dlogits[0]!.pop())).toThrow(/heads\.0: logits and dlogits/);
    expect(spoilt((g) => g.relu[1]!.dy.pop())).toThrow(/relu\.1: z, dy, y and dz must be of one/);
    expect(spoilt((g) => g.adam[1]!.after[2]!.pop())).toThrow(
      /adam\.1: gradients and after must be lists of as many values as w has/,
    );
    expect(spoilt((g) => (g.adam[0]!.b2 = 0.99))).toThrow(/adam\.0\.b2: .*0\.999/);
    expect(spoilt((g) => ((g.neurons[0] as { levels?: number }).levels = 1e9))).toThrow(
      /neurons\.0\.levels/,
    );
  });

  it("parse whatever JSON comes, or refuse it, and leave prototypes alone", () => {
    const keys = fc.constantFrom(
      "philox",
      "neurons",
      "heads",
      "matmuls",
      "__proto__",
      "constructor",
      "z",
      "u",
      "counter",
      "m",
      "a",
      "labels",
    );
    const json = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "medium" },
        fc.jsonValue(),
        fc.double(),
        fc.array(tie("any"), { maxLength: 4 }),
        fc.dictionary(keys, tie("any"), { maxKeys: 5 }),
      ),
    })).any;
    fc.assert(
      fc.property(json, (value) => {
        try {
          parseVectors("v.json", JSON.parse(JSON.stringify(value) ?? "null"));
        } catch (error) {
          expect(error).toBeInstanceOf(StairstepError);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
