/** What people hand over as images or features, which need not be an array of this very page. */
import type { Pixels } from "./idx";
import { ourBytes } from "./rows";

/** Pixels, or the clamped bytes that a canvas gives. */
export type AnyPixels = Pixels | Uint8ClampedArray<ArrayBuffer>;

/**
 * The values as an array of ours, in the same memory; undefined for what is neither bytes nor
 * floats. An array of another realm (an iframe's, Jest's) is no instance of this one's class, and a
 * canvas gives clamped bytes.
 */
export function pixelsOf(values: unknown): Pixels | undefined {
  const given = values as Float32Array<ArrayBuffer> | undefined | null;
  const kind: string | undefined = given?.[Symbol.toStringTag];
  if (given && kind === "Float32Array")
    return new Float32Array(given.buffer, given.byteOffset, given.length);
  return kind === "Uint8Array" || kind === "Uint8ClampedArray"
    ? ourBytes(values as Uint8Array<ArrayBuffer>)
    : undefined;
}
