/** A neuron's smooth function, as its kernels compute it: what its plots show. */
import type { Device } from "../runtime/device";
import { StairstepError } from "../runtime/errors";
import { call, Program } from "../runtime/program";
import { findNeuron } from "../shaders/neurons/catalogue";
import type { Neuron } from "../shaders/neurons/neuron";
import { tabulateKernel } from "../shaders/tabulate";
import { parseNeuron } from "./spec";

/**
 * f(s·z) and its derivative by z, both [z.length], for an ordered neuron such as "ternary" or
 * "staircase:5", or one of your own, of its initial size. Throws `StairstepError` for unknown
 * neurons and for one-hot ones, which have no such function.
 */
export async function activation(
  device: Device,
  neuron: string | Neuron,
  slope: number,
  z: Float32Array<ArrayBuffer>,
): Promise<{ f: number[]; derivative: number[] }> {
  const named = typeof neuron === "string" ? parseNeuron(neuron) : undefined;
  const found = named ? findNeuron(named.neuron) : (neuron as Neuron);
  if (!found?.activation)
    throw new StairstepError(
      `${named ? neuron : found?.name} has no activation of one number: choose an ` +
        "ordered neuron, such as ternary",
    );
  const given = device.upload("z", z);
  const table = device.allocate("the table of an activation", 8 * z.length);
  const kernel = tabulateKernel(
    found.activation(named?.size ?? found.size?.initial ?? 1),
    slope,
    z.length,
  );
  (await Program.create(device, [call(kernel, { z: given, table })])).run(device);
  const pairs = new Float32Array(await device.read(table));
  given.destroy();
  table.destroy();
  return {
    f: Array.from(z, (_, i) => pairs[2 * i] as number),
    derivative: Array.from(z, (_, i) => pairs[2 * i + 1] as number),
  };
}
