/**
 * A kernel as plain data: its name, bindings, constants, WGSL and launch size. The WGSL declares
 * neither bindings nor constants: the runtime writes those lines, so that each exists once.
 */
export interface Binding {
  readonly access: "read" | "readWrite";
  /** WGSL type of the whole buffer, for example `array<vec4f>`. */
  readonly type: string;
}

export const read = (type: string): Binding => ({ access: "read", type });
export const readWrite = (type: string): Binding => ({ access: "readWrite", type });

export type Bindings = Readonly<Record<string, Binding>>;

export type Constants = Readonly<Record<string, number>>;

export interface Kernel<B extends Bindings = Bindings> {
  readonly name: string;
  readonly bindings: B;
  /** Sizes that are known when the kernel is built, as `const NAME = 7u;`. */
  readonly constants?: Constants;
  /** WGSL with one entry point, `main`; flatten.ts says what its marks mean. */
  readonly wgsl: string;
  /** Whether invocations of a subgroup exchange values; their control flow must be uniform. */
  readonly subgroups?: boolean;
  /** Workgroups along x, y and z. */
  readonly workgroups: readonly [number, number, number];
}

export const ceilDiv = (n: number, d: number): number => Math.ceil(n / d);

/** Rows of activations and weights are padded with zeros to whole vec4s: the padded length. */
export const pad4 = (n: number): number => 4 * ceilDiv(n, 4);

/** Workgroup size of kernels whose invocations share nothing. */
export const WORKGROUP = 64;

/** WebGPU's limit on workgroups along one side. */
const MOST_ACROSS = 65_535;

export interface Grid {
  workgroups: [number, number, number];
  /** Workgroups along x: workgroup number = group.x + group.y * GROUPS_X. */
  constants: { GROUPS_X: number };
}

/** `groups` workgroups for each of `members`, which is group.z, in as many rows as they need. */
export function grid(groups: number, members = 1): Grid {
  const rows = ceilDiv(groups, MOST_ACROSS);
  const across = ceilDiv(groups, rows);
  return { workgroups: [across, rows, members], constants: { GROUPS_X: across } };
}

/** A grid with an invocation for each of `count` things. */
export const gridOf = (count: number, members = 1): Grid =>
  grid(ceilDiv(count, WORKGROUP), members);
