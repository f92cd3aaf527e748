/** What `stairstep train` says of a run before its first report. */
import { neuronName, thousands } from "../format";
import {
  type Checkpoint,
  type Dataset,
  type Device,
  optionsOf,
  type Training,
  VERSION,
} from "../index";
import { platform, runtime } from "./host";
import type { ValueRun } from "./losses";

/** A run of any task. */
export type Run = Training | ValueRun;

/** Says what keeps a run from ending with the bits that it would have had. */
export function noteOrigin(
  file: string,
  { data, version, kernels }: Checkpoint,
  device: Device,
): void {
  const note = (text: string) => console.error(`Note        ${text}`);
  if (!data)
    note(
      `${file} is of an older version and does not say what data it was trained on: that this is ` +
        "the same is not checked",
    );
  if (kernels && kernels !== device.kernels)
    note(
      `${file} was made by ${kernels} kernels, and these are ${device.kernels} ones: their last ` +
        `bits differ (--kernels ${kernels} goes on with the same)`,
    );
  if (version && version !== VERSION)
    note(`${file} was made by Stairstep ${version}, and this is ${VERSION}: bits may differ`);
}

/** What decides the result, and where it is computed: the first line of `--json`. */
export function beginning(training: Run, device: Device, data: Dataset, from?: Checkpoint) {
  const { adapter, kernels } = device;
  return {
    run: optionsOf(training.spec),
    data: data.identity,
    ...(from ? { from: { step: from.step, version: from.version } } : {}),
    version: VERSION,
    adapter: adapter.name,
    software: adapter.software,
    kernels,
    host: { runtime, platform },
  };
}

export async function describe(
  training: Run,
  device: Device,
  data: Dataset,
  from?: Checkpoint,
): Promise<void> {
  const network = await training.ready();
  const parameters = network.sizes.reduce(
    (sum, { inputs, outputs }) => sum + (inputs + 1) * outputs,
    0,
  );
  const { hidden, members } = training.spec;
  const layers = hidden.map((l) => `${l.units} ${neuronName(l.neuron, l.size)}`).join(" – ");
  const times = members.length > 1 ? ` × ${members.length} members` : "";
  const inputs = network.sizes[0]?.inputs;
  const shape = `${inputs} – ${layers} – ${network.data.outputs}`;
  console.log(`Adapter     ${device.description}`);
  const { identity, training: learned, validation } = data;
  const [way, seed] = identity.validation.split(" ");
  const how = way === "stratified" ? `of each class its share, seed ${seed}` : "the first";
  console.log(
    `Data        ${identity.name}, ${thousands(learned.count)} images to learn from, ` +
      `${thousands(validation.labels.length)} for validation (${how})`,
  );
  console.log(`Network     ${shape}, ${thousands(parameters)} parameters${times}`);
  if (from) console.log(`Resumed     after ${thousands(from.step)} steps`);
}
