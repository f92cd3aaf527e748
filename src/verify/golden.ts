/** Golden vectors, run through the kernels on the user's own adapter. */
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { call, Program } from "../runtime/program";
import { packControl } from "../shaders/control";
import { pad4 } from "../shaders/kernel";
import { parameterRows } from "../shaders/layout";
import { softmax } from "../shaders/losses/softmax";
import { findNeuron } from "../shaders/neurons/catalogue";
import { leakyRelu } from "../shaders/neurons/relu";
import { adam } from "../shaders/optimizers/adam";
import { sgd } from "../shaders/optimizers/sgd";
import { forwardKernel, type ProductShape } from "../shaders/products/forward";
import type { Tiles } from "../shaders/products/tiles";
import { updateKernel } from "../shaders/products/weight-update";
import {
  backKernel,
  fireKernel,
  inputGradientKernel,
  type LayerShape,
  lossKernel,
  philoxKernel,
} from "../shaders/standalone";
import { type Comparison, close, exact, type Outcome } from "./results";
import type { AdamVector, LayerVector, NeuronVector, ReluVector, Vectors } from "./vectors";

const MEMBER = { seed: 0, slope: 1, tau: 1, anneal: 1, cap: 1 };
/** One member whose rate is -1, so that `update` adds. */
const control = (slope = 1, tau = 1): ArrayBuffer =>
  packControl(0, 1, 0, [{ ...MEMBER, rate: -1, slope, tau }]);

/** Rows of `width` values in rows of `stride`, the rest zero. */
function pad(
  values: readonly number[],
  width: number,
  stride: number,
  height = values.length / width,
): Float32Array<ArrayBuffer> {
  const padded = new Float32Array(height * stride);
  values.forEach((value, i) => {
    padded[Math.floor(i / width) * stride + (i % width)] = value;
  });
  return padded;
}

/** Runs vectors of each family through its kernels. */
export class Golden {
  constructor(private readonly device: Device) {}

  /** Runs `calls` on buffers made from `data`, and reads those named in `outputs`. */
  private async run<Name extends string, Output extends Name>(
    data: Record<Name, ArrayBuffer | ArrayBufferView<ArrayBuffer>>,
    calls: (buffers: Record<Name, GPUBuffer>) => ReturnType<typeof call>[],
    outputs: readonly Output[],
  ): Promise<Record<Output, ArrayBuffer>> {
    const names = Object.keys(data) as Name[];
    const buffers = Object.fromEntries(
      names.map((name) => [name, this.device.upload(name, data[name])]),
    ) as Record<Name, GPUBuffer>;
    try {
      const program = await Program.create(this.device, calls(buffers));
      program.run(this.device);
      const read = await Promise.all(
        outputs.map(async (name) => [name, await this.device.read(buffers[name])] as const),
      );
      return Object.fromEntries(read) as Record<Output, ArrayBuffer>;
    } finally {
      for (const name of names) buffers[name].destroy();
    }
  }

  async philox(vectors: Vectors["philox"]): Promise<Outcome[]> {
    const { words } = await this.run(
      {
        counters: Uint32Array.from(vectors.flatMap((c) => c.counter)),
        keys: Uint32Array.from(vectors.flatMap((c) => c.key)),
        words: new Uint32Array(4 * vectors.length),
      },
      (buffers) => [call(philoxKernel(vectors.length), buffers)],
      ["words"],
    );
    const found = new Uint32Array(words);
    return vectors.map((c, i) => ({
      family: "philox",
      comparisons: c.words.map((word, w) => exact(found[4 * i + w] as number, word)),
    }));
  }

  async neuron(vector: NeuronVector): Promise<Outcome[]> {
    const shape = neuronShape(vector);
    return [{ family: shape.label, comparisons: await this.layer(shape, vector) }];
  }

  /** Each place of a layer, row by row: its output, then its gradient. */
  async layer(shape: LayerShape, vector: LayerVector): Promise<Comparison[]> {
    const width = (vector.z[0] as number[]).length;
    const stride = pad4(width);
    const rows = vector.z.length;
    const perRow = vector.u?.[0]?.length ?? 1;
    const draws = new Uint32Array(rows * pad4(perRow));
    vector.u?.forEach((row, r) =>
      row.forEach((u, i) => draws.set([Math.floor(u * 2 ** 24)], r * pad4(perRow) + i)),
    );
    const { y, dz } = await this.run(
      {
        control: control(vector.slope, vector.tau),
        z: pad(vector.z.flat(), width, stride),
        y: new Float32Array(rows * stride),
        dz: pad(vector.dy.flat(), width, stride),
        given_draws: draws,
      },
      (b) => [
        call(fireKernel(shape, "given"), {
          control: b.control,
          z: b.z,
          y: b.y,
          given_draws: b.given_draws,
        }),
        call(backKernel(shape), b),
      ],
      ["y", "dz"],
    );
    const [foundY, foundDz] = [new Float32Array(y), new Float32Array(dz)];
    const decided = vector.y.flat().every(Number.isInteger);
    const places = vector.z.flatMap((row, r) => row.map((_, i) => [r, i] as const));
    return places.flatMap(([r, i]) => {
      const [wantY, wantDz] = [vector.y[r]?.[i] as number, vector.dz[r]?.[i] as number];
      return [
        (decided ? exact : close)(foundY[r * stride + i] as number, wantY),
        close(foundDz[r * stride + i] as number, wantDz),
      ];
    });
  }

  /** Exact, but for the leak, which f32 rounds, and its product. */
  async relu({ leak, ...vector }: ReluVector): Promise<Outcome[]> {
    const neuron = leakyRelu(leak);
    const options = { size: 1, estimator: "exact", stochastic: false, normalise: false };
    const units = vector.z[0]?.length ?? 0;
    const shape = { label: "relu", neuron, options, units, rows: vector.z.length, members: 1 };
    const compared = await this.layer(shape, { ...vector, slope: 1, tau: 1 });
    const [z, comparisons] = [vector.z.flat(), [] as Comparison[]];
    for (const [i, [found, want]] of compared.entries()) {
      const whole = leak === 0 || (z[Math.floor(i / 2)] as number) > 0;
      comparisons.push([found, Math.fround(want), whole ? 0 : 2 ** -22 * Math.abs(want)]);
    }
    return [{ family: "relu", comparisons }];
  }

  async head({
    logits,
    labels,
    loss,
    dlogits,
    correct,
  }: Vectors["heads"][number]): Promise<Outcome[]> {
    const rows = logits.length;
    const classes = (logits[0] as number[]).length;
    const output = await this.run(
      {
        values: Float32Array.from(logits.flat()),
        labels: Uint32Array.from(labels),
        results: new Uint32Array(2 * rows),
      },
      (buffers) => [call(lossKernel({ loss: softmax, rows, outputs: classes }), buffers)],
      ["values", "results"],
    );
    const found = new Float32Array(output.values);
    const losses = new Float32Array(output.results).filter((_, i) => i < 2 * rows && i % 2 === 0);
    const corrects = new Uint32Array(output.results).filter((_, i) => i < 2 * rows && i % 2 === 1);
    const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
    const comparisons = dlogits.flat().map((want, i) => close(found[i] as number, want));
    comparisons.push(close(sum(losses) / rows, loss), exact(sum(corrects), correct));
    return [{ family: "heads", comparisons }];
  }

  /**
   * A product three ways: as x·w, as dz·wᵀ and as xᵀ·dz, each by the kernel that trains with it.
   */
  async matmul({ m, k, n, a, b, c }: Vectors["matmuls"][number], tiles: Tiles): Promise<Outcome[]> {
    const transpose = (x: readonly number[], rows: number, columns: number) =>
      Array.from(
        { length: x.length },
        (_, i) => x[(i % rows) * columns + Math.floor(i / rows)] as number,
      );
    const shape = (rows: number, inputs: number, outputs: number): ProductShape => ({
      label: "",
      ...{ rows, inputs, outputs, members: 1, tiles },
      source: "activations",
    });
    const parameters = (values: readonly number[], inputs: number, outputs: number) =>
      pad(values, outputs, pad4(outputs), parameterRows(inputs));
    const forward = await this.run(
      {
        x: pad(a, k, pad4(k)),
        control: control(),
        weights: parameters(b, k, n),
        z: new Float32Array(m * pad4(n)),
      },
      (buffers) => [call(forwardKernel(shape(m, k, n)), buffers)],
      ["z"],
    );
    const gradient = await this.run(
      {
        dz: pad(a, k, pad4(k)),
        weights: parameters(transpose(b, k, n), n, k),
        dx: new Float32Array(m * pad4(n)),
      },
      (buffers) => [call(inputGradientKernel(shape(m, n, k)), buffers)],
      ["dx"],
    );
    const update = await this.run(
      {
        y: pad(transpose(a, m, k), m, pad4(m)),
        dz: pad(b, n, pad4(n)),
        control: control(),
        weights: parameters([], m, n),
      },
      (buffers) => [
        call(
          updateKernel({
            label: "",
            rows: k,
            members: 1,
            tiles,
            layers: [shape(k, m, n)],
            optimizer: sgd,
            stateLength: 0,
            last: false,
          }),
          buffers,
        ),
      ],
      ["weights"],
    );
    const norm = (values: number[]) => Math.hypot(...values);
    const rowNorms = Array.from({ length: m }, (_, i) => norm(a.slice(i * k, (i + 1) * k)));
    const columnNorms = Array.from({ length: n }, (_, j) =>
      norm(Array.from({ length: k }, (_, i) => b[i * n + j] as number)),
    );
    const stride = pad4(n);
    const comparisons = [forward.z, gradient.dx, update.weights].flatMap((buffer) => {
      const found = new Float32Array(buffer);
      return c.map((want, i) => {
        const [row, column] = [Math.floor(i / n), i % n];
        return [
          found[row * stride + column] as number,
          want,
          1e-6 * k * (rowNorms[row] as number) * (columnNorms[column] as number),
        ] as const;
      });
    });
    return [{ family: "matmuls", comparisons }];
  }

  /**
   * The weights of one input that is 1, whose gradients are dz, and the biases: to 10⁻⁶ of the
   * largest value that each has had, since f32 rounds it there.
   */
  async adam({ w, lr, gradients, after }: AdamVector, tiles: Tiles): Promise<Outcome[]> {
    const [inputs, outputs, stride] = [1, w.length, pad4(w.length)];
    const length = parameterRows(inputs) * stride;
    const shape = { label: "", rows: 1, inputs, outputs, members: 1, tiles } as const;
    const kernel = updateKernel({
      ...{ ...shape, layers: [{ ...shape, source: "activations" }], optimizer: adam },
      ...{ stateLength: length, last: false },
    });
    let weights = new Float32Array(length);
    weights.set(w);
    weights.set(w, length - stride);
    let state = new Float32Array(adam.state * length);
    const comparisons: Comparison[] = [];
    const largest = w.map(Math.abs);
    for (const [step, gradient] of gradients.entries()) {
      const given = {
        y: Float32Array.of(1, 0, 0, 0),
        dz: pad(gradient, outputs, stride),
        control: packControl(step, 1, 0, [{ ...MEMBER, rate: lr }]),
        ...{ weights, state },
      };
      const calls = (buffers: Record<keyof typeof given, GPUBuffer>) => [call(kernel, buffers)];
      const found = await this.run(given, calls, ["weights", "state"]);
      [weights, state] = [new Float32Array(found.weights), new Float32Array(found.state)];
      for (const [j, want] of (after[step] as number[]).entries()) {
        const scale = (largest[j] = Math.max(largest[j] as number, Math.abs(want)));
        for (const at of [j, length - stride + j])
          comparisons.push([weights[at] as number, want, 1e-6 * scale]);
      }
    }
    return [{ family: "adam", comparisons }];
  }
}

/**
 * The golden file's names as the catalogue's. Throws for what the catalogue lacks, or rows that do
 * not fit.
 */
function neuronShape({
  name,
  neuron,
  activation,
  levels,
  categories,
  estimator,
  stochastic,
  normalise,
  z,
  u,
}: NeuronVector): LayerShape {
  const known = findNeuron(activation === "hard-sigmoid" ? "hard-binary" : neuron);
  if (!known)
    throw new StairstepError(
      `golden vector "${name}" is of neuron ${neuron}, which this version does not have`,
    );
  const options = {
    size: levels ?? categories ?? 1,
    estimator: estimator ?? known.estimators[0]?.name ?? "",
    stochastic,
    normalise,
  };
  const chosen = known.estimators.find((e) => e.name === options.estimator);
  if (!chosen)
    throw new StairstepError(
      `golden vector "${name}" is of estimator ${options.estimator}, which ${known.name} does ` +
        "not have",
    );
  const group = known.group(options.size);
  const width = z[0]?.length ?? 0;
  const forward = chosen.draws === "category" ? width : width / group;
  const draws = forward + (chosen.backDraws ?? 0) * width;
  if (width % group !== 0 || (stochastic && chosen.draws !== "none" && u?.[0]?.length !== draws)) {
    throw new StairstepError(
      `golden vector "${name}" has rows of ${width} values and ${u?.[0]?.length ?? 0} ` +
        "uniforms, which do not fit its neuron",
    );
  }
  return {
    neuron: known,
    options,
    units: width / group,
    label: estimator ? `${neuron} ${estimator}` : known.name,
    rows: z.length,
    members: 1,
  };
}
