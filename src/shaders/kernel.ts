/**
 * A kernel as plain data: its name, its bindings in order, its WGSL and its launch size.
 * The WGSL declares no bindings: the runtime writes those lines from `bindings`, so a layout exists once.
 */
export interface Binding {
  readonly access: "read" | "readWrite";
  /** WGSL type of the whole buffer, for example `array<vec4f>`. */
  readonly type: string;
}

export const read = (type: string): Binding => ({ access: "read", type });
export const readWrite = (type: string): Binding => ({ access: "readWrite", type });

export type Bindings = Readonly<Record<string, Binding>>;

export interface Kernel<B extends Bindings = Bindings> {
  readonly name: string;
  readonly bindings: B;
  /** WGSL with one entry point, `main`. */
  readonly wgsl: string;
  /** Workgroups along x, y and z. */
  readonly workgroups: readonly [number, number, number];
}

export const ceilDiv = (n: number, d: number): number => Math.ceil(n / d);

/** Rows of activations and weights are padded with zeros to whole vec4s; this is the padded length. */
export const pad4 = (n: number): number => 4 * ceilDiv(n, 4);

/** The largest tile of at most `limit` that wastes the least of `count`. */
export function leastWaste(count: number, limit: number): number {
  const waste = (t: number) => ceilDiv(count, t) * t - count;
  let best = 1;
  for (let t = 2; t <= limit; t++) if (waste(t) <= waste(best)) best = t;
  return best;
}

/** WGSL lines made for i = 0 … n - 1: loops that must be unrolled so that a tile stays in registers. */
export const unroll = (n: number, line: (i: number) => string): string => Array.from({ length: n }, (_, i) => line(i)).join("\n");

/** Invocations in a workgroup for kernels whose invocations share nothing. */
export const WORKGROUP = 64;
