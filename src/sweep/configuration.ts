/** What the runs of one combination of settings share, checked as `train` checks its flags. */
import { isAbsolute, resolve as resolvePath } from "node:path";
import { checkFlags, optionsFrom, type TrainFlags } from "../cli/flags";
import { findSource } from "../data/catalogue";
import { formatBytes } from "../format";
import { layerSizes } from "../model/buffers";
import { upperPixels } from "../model/halves";
import { neuronLayer, resolve, type Spec, stepsOf as stepsOfSpec } from "../model/spec";
import type { Task } from "../model/state";
import { checkTask } from "../model/values";
import { StairstepError } from "../runtime/errors";
import { pad4 } from "../shaders/kernel";
import { parameterCount, type Sizes } from "../shaders/layout";
import { type DataChoice, type DataShape, DataShapes } from "./data";
import type { Entry, SweepFile } from "./file";
import type { Setting, Settings, Value } from "./values";

/** All but the seed. */
export interface Configuration {
  /** "lr=0.1, neuron=tanh": what tells it from the others; the sweep's name where it is alone. */
  name: string;
  /** As the file has them. */
  settings: Settings;
  data: DataChoice;
  shape: DataShape;
  /** Every default filled in; a member a seed. */
  spec: Spec;
  /** Whether results tell what the first hidden layer puts out for test images. */
  outputs: boolean;
  /** Weights and biases of a member. */
  parameters: number;
  /** Bytes of the largest buffer that a member alone needs. */
  largest: number;
  /** Multiplications of a run, in all its steps. */
  work: number;
  /** Runs of one population share it: architecture, batch, data, schedule and reports. */
  population: string;
}

/** What WGSL can address in one buffer, whatever the adapter. */
const LARGEST_BUFFER = 2 ** 32 - 4;

/** Steps of each of its runs. */
export const stepsOf = ({ spec }: Configuration): number => stepsOfSpec(spec);

const valueText = (value: Value): string =>
  Array.isArray(value) ? value.join("-") : String(value);

/** "slopeCap" for "--slope-cap", which a sweep file does not have. */
const asSettings = (message: string): string =>
  message.replace(/--([a-z]+(?:-[a-z]+)*)/g, (_, flag: string) =>
    flag.replace(/-([a-z])/g, (__, letter: string) => letter.toUpperCase()),
  );

/** The flags of `train` that these settings are. */
const flagsOf = (settings: Settings, seeds: readonly number[]): TrainFlags =>
  ({
    ...{ task: "classify", anneal: 1 },
    ...settings,
    neuron: String(settings.neuron ?? "onehot:5").split(","),
    ...(typeof settings.hidden === "number" ? { hidden: [settings.hidden] } : {}),
    lr: [settings.lr],
    slope: settings.slope === undefined ? undefined : [settings.slope],
    seeds,
  }) as unknown as TrainFlags;

/** Steps between reports: some hundred points of a curve, however long the run. */
const usualReportEvery = (steps: number): number => 100 * Math.max(1, Math.ceil(steps / 20_000));

/** What a network of this task reads of these data, and what it puts out. */
function widthsOf(task: Task, { inputs, width, classes }: DataShape) {
  if (task === "classify") return { inputs, outputs: classes };
  if (task === "reconstruct") return { inputs, outputs: inputs };
  const upper = upperPixels({ inputs, width });
  return { inputs: upper, outputs: inputs - upper };
}

const bytesOf = (sizes: readonly Sizes[], batch: number): number =>
  4 *
  Math.max(
    sizes.reduce((sum, size) => sum + parameterCount(size), 0),
    sizes.reduce((sum, { outputs }) => sum + batch * pad4(outputs), 0),
  );

/** Makes the configurations of a sweep; reads each data set once. */
export class Configurations {
  private readonly shapes = new DataShapes();
  constructor(
    private readonly sweep: SweepFile,
    private readonly axes: ReadonlySet<Setting>,
  ) {}

  private place(path: string): string {
    return isAbsolute(path) ? path : resolvePath(this.sweep.folder, path);
  }

  private dataOf({ data = "mnist", validation, ...rest }: Settings, dataSeed: number): DataChoice {
    const where = String(data);
    const split = validation === undefined ? undefined : String(validation);
    const named = split === undefined || split === "first" || split === "stratified";
    return {
      data: findSource(where) ? where : this.place(where),
      validation: named ? split : this.place(split),
      transpose: rest.transpose === true,
      standardise: rest.standardise === true,
      dataSeed,
    };
  }

  private name(entry: Entry, settings: Settings): string {
    const varied = Object.entries(settings)
      .filter(([setting]) => this.axes.has(setting as Setting))
      .map(([setting, value]) => `${setting}=${valueText(value)}`);
    // Runs that are named apart need no more words for what their entry alone decides.
    const own = entry.axes.filter(({ values }) => values.length > 1).map(({ setting }) => setting);
    const shown =
      entry.name === ""
        ? varied
        : varied.filter((text) => own.includes(text.slice(0, text.indexOf("=")) as Setting));
    return [...(entry.name === "" ? [] : [entry.name]), ...shown].join(", ") || this.sweep.name;
  }

  /** Throws `StairstepError` that names the run for settings that make none. */
  async of(entry: Entry, settings: Settings): Promise<Configuration> {
    const name = this.name(entry, settings);
    try {
      const flags = flagsOf(settings, entry.seeds);
      checkFlags(flags, (flag) => settings[flag as Setting] !== undefined);
      const { reportEvery: given } = settings as { reportEvery?: number };
      const own = given === undefined ? {} : { reportEvery: given };
      const resolved = resolve({ ...optionsFrom(flags, false), ...own });
      const usual = usualReportEvery(stepsOfSpec(resolved));
      const spec = { ...resolved, reportEvery: given ?? usual };
      const data = this.dataOf(settings, spec.dataSeed);
      const shape = await this.shapes.of(data);
      const outputs = settings.outputs === true;
      if (spec.task !== "classify") {
        checkTask(spec, shape.dtype);
        if (outputs)
          throw new StairstepError(
            `outputs are of networks that classify, and the task is ${spec.task}: leave it out`,
          );
      }
      const hidden = spec.hidden.map((layer) => neuronLayer(layer, "training"));
      const { inputs, outputs: width } = widthsOf(spec.task, shape);
      const sizes = layerSizes(hidden, inputs, width);
      const largest = bytesOf(sizes, spec.batch);
      if (largest > LARGEST_BUFFER)
        throw new StairstepError(
          `a network of ${sizes.map(({ inputs }) => inputs).join(" – ")} – ${width} at ` +
            `batch ${spec.batch} needs ${formatBytes(largest)} in one buffer, and no adapter has ` +
            `more than ${formatBytes(LARGEST_BUFFER)}: use fewer units or images`,
        );
      if (stepsOfSpec(spec) * spec.batch >= 2 ** 32)
        throw new StairstepError(
          `${stepsOfSpec(spec)} steps of ${spec.batch} pass the 2^32 samples that batches count: ` +
            "train fewer epochs",
        );
      const { members: _, reportEvery: __, checkpointEvery: ___, ...shared } = spec;
      // What a result holds, where it is not as usual.
      const held = spec.reportEvery === usual && !outputs ? [] : [spec.reportEvery, outputs];
      const products = sizes.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
      return {
        ...{ name, settings, data, shape, spec, outputs, largest },
        parameters: sizes.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0),
        work: 3 * products * spec.batch * stepsOfSpec(spec),
        population: JSON.stringify([shared, shape.identity, ...held]),
      };
    } catch (error) {
      if (!(error instanceof StairstepError)) throw error;
      throw new StairstepError(`${this.sweep.file}, run ${name}: ${asSettings(error.message)}`);
    }
  }
}
