/**
 * Features: inputs of f32, any sign, any scale, as rows of whole vec4s for the GPU. Loaded only for
 * such data.
 */
import { StairstepError } from "../runtime/errors";
import { pad4 } from "../shaders/kernel";
import type { Pixels } from "./idx";
import type { Scaling } from "./options";

type Features = Float32Array<ArrayBuffer>;

/**
 * Mean and 1 / deviation (of the population, in float64) of each feature of rows [count, inputs]
 * from `first` on; a constant feature keeps its scale.
 */
export function scalingOf(features: Features, inputs: number, first: number): Scaling {
  const count = features.length / inputs - first;
  const at = (i: number, k: number) => features[(first + i) * inputs + k] as number;
  const mean = new Float32Array(inputs);
  const scale = new Float32Array(inputs);
  for (let k = 0; k < inputs; k++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += at(i, k);
    let squares = 0;
    for (let i = 0; i < count; i++) squares += (at(i, k) - sum / count) ** 2;
    mean[k] = sum / count;
    // A feature that is constant but for rounding has nothing to be divided by, nor one whose
    // inverse f32 cannot hold.
    const deviation = Math.sqrt(squares / count);
    const least = Math.max(1e-7 * Math.abs(mean[k] as number), 1e-38);
    scale[k] = deviation > least ? 1 / deviation : 1;
  }
  return { mean, scale };
}

/** Rows [count, inputs] as [count, pad4(inputs)], brought to mean 0 and deviation 1 if asked. */
export function featureRows(features: Features, inputs: number, scaling?: Scaling): Features {
  const stride = pad4(inputs);
  if (stride === inputs && !scaling) return features;
  const count = features.length / inputs;
  const rows = new Float32Array(count * stride);
  const { mean, scale } = scaling ?? {};
  for (let i = 0; i < count; i++)
    for (let k = 0; k < inputs; k++)
      rows[i * stride + k] =
        ((features[i * inputs + k] as number) - (mean?.[k] ?? 0)) * (scale?.[k] ?? 1);
  return rows;
}

/** Throws `StairstepError`, behind `place`, for the first feature that is not finite. */
export function checkFinite(place: string, features: Pixels, inputs: number): void {
  if (features instanceof Uint8Array) return;
  const odd = features.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0)
    throw new StairstepError(
      `${place}feature ${odd % inputs} of row ${Math.floor(odd / inputs)} is ${features[odd]}: ` +
        "give finite numbers, of f32 up to 3.4e38, or leave the row out",
    );
}

/**
 * The training file's rows for the GPU, with what standardises them: by default what is true of
 * those that train, from `first` on. Throws `StairstepError` that names `name` for bytes, and for a
 * scaling of others.
 */
export function prepare(
  name: string,
  pixels: Pixels,
  first: number,
  inputs: number,
  standardise: boolean | Scaling,
): { rows: Features; scaling?: Scaling } {
  if (!(pixels instanceof Float32Array))
    throw new StairstepError(
      `${name} has bytes, which are seen as x / 255: leave standardise out, or give floats`,
    );
  const scaling =
    standardise === true ? scalingOf(pixels, inputs, first) : standardise || undefined;
  if (scaling && (scaling.mean.length !== inputs || scaling.scale.length !== inputs))
    throw new StairstepError(
      `the scaling is of ${scaling.mean.length} features, and ${name} has ` +
        `${inputs}: give that of a model of these features`,
    );
  const rows = featureRows(pixels, inputs, scaling);
  return scaling ? { rows, scaling } : { rows };
}
