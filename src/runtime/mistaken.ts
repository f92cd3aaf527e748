/** What to say of an argument that is something else than it should be. Loaded where one is. */
import { StairstepError } from "./errors";

/** A value as a message has it: texts and numbers as they are, objects by what they are. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  // By the platform's own name, as a minifier leaves a class none that helps.
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  return `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind === "Object" ? "object" : kind}`;
}

/** "the device is a promise: await it"; of anything else, what to `give`. */
export function mistaken(what: string, value: unknown, give: string): StairstepError {
  const waits = typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
  return new StairstepError(
    `${what} is ${waits ? "a promise: await it" : `${shown(value)}: give ${give}`}`,
  );
}

/** Of what should be a `Device`. */
export const noDevice = (value: unknown): StairstepError =>
  mistaken("the device", value, "what requestDevice opens");

const isDevice = (value: unknown) => (value as { gpu?: unknown } | undefined)?.gpu !== undefined;

/** Of what should be a `Device` and a `Dataset`, one of which is not. */
export const noDeviceOrData = (device: unknown, data: unknown): StairstepError =>
  isDevice(device)
    ? mistaken("the data", data, "what loadMnist, loadFolder or datasetFrom makes")
    : noDevice(device);

/** Of what should be a `Device` and a `DataSource`, one of which is not. */
export const noDeviceOrSource = (device: unknown, source: unknown): StairstepError =>
  isDevice(device) ? mistaken("the source", source, "one of dataSources") : noDevice(device);

/** Of what should be a `Device`, and a `Checkpoint` or the bytes of a file, one of which is not. */
export const noDeviceOrModel = (device: unknown, model: unknown): StairstepError =>
  isDevice(device)
    ? mistaken(
        "a model",
        model,
        "a checkpoint, or a file's bytes: of a Response, await response.arrayBuffer()",
      )
    : noDevice(device);

/** Of what should be images or features as the data have them; `sound` where they are some. */
export const noImages = (
  value: unknown,
  dtype: "u8" | "f32",
  sound: false | undefined | { length: number },
  inputs: number,
): StairstepError =>
  sound
    ? new StairstepError(
        `${sound.length} pixels make no whole images of ${inputs}: give a multiple of ${inputs}`,
      )
    : mistaken(
        "what it is to see",
        value,
        dtype === "u8" ? "pixels as a Uint8Array of 0 … 255" : "features as a Float32Array",
      );

/** Of a network without classes, and so without an accuracy. */
export const noAccuracy = (task: string): StairstepError =>
  new StairstepError(`${task} has no accuracy: use measure`);

/** Of what `throttle` gave. */
export const noSteps = (most: number): StairstepError =>
  new StairstepError(`throttle must give 1 step or more, got ${most}`);

/** Of what was destroyed and is used again. */
export const destroyed = (what: string, by: string): StairstepError =>
  new StairstepError(`this ${what} was destroyed: make another by ${by}`);

/** Of a network that is asked for classes, and knows none. */
export const noProbabilities = (task: string): StairstepError =>
  new StairstepError(
    `a network of the task ${task} gives no probabilities of classes: use measure for its losses`,
  );
