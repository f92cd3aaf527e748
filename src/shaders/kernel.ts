/**
 * A kernel as plain data: its name, its bindings in order, its WGSL and its launch size. The WGSL
 * declares no bindings: the runtime writes those lines from `bindings`, so a layout exists once.
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
  /**
   * Whether it passes values between the invocations of a subgroup; its control flow must be theirs
   * together.
   */
  readonly subgroups?: boolean;
  /** Workgroups along x, y and z. */
  readonly workgroups: readonly [number, number, number];
}

export const ceilDiv = (n: number, d: number): number => Math.ceil(n / d);

/**
 * Rows of activations and weights are padded with zeros to whole vec4s; this is the padded length.
 */
export const pad4 = (n: number): number => 4 * ceilDiv(n, 4);

/**
 * Workgroups, for each member, in as many rows as WebGPU's limit of 65,535 a side makes necessary;
 * `index` is the WGSL of a workgroup's number, and `group.z` the member.
 */
export function spread(
  groups: number,
  members = 1,
): { workgroups: [number, number, number]; index: string } {
  const rows = ceilDiv(groups, 65535);
  const across = ceilDiv(groups, rows);
  return {
    workgroups: [across, rows, members],
    index: rows === 1 ? "group.x" : `(group.x + group.y * ${across}u)`,
  };
}

/** Software adapters run four invocations in step: work that loops alike is laid out in fours. */
export const inFours = (n: number): number => pad4(n);

/**
 * A tile of at most `limit`: the largest that divides `count`, or, where none does above half of
 * `limit`, the one whose last wastes least.
 */
export function goodTile(count: number, limit: number): number {
  const waste = (t: number) => ceilDiv(count, t) * t - count;
  const most = Math.min(count, limit);
  let best = most;
  for (let t = most; 2 * t >= most; t--) if (waste(t) < waste(best)) best = t;
  return best;
}

/**
 * How many of its places even the last tile has: those need no condition, which software adapters
 * pay dearly.
 */
export const sure = (count: number, tile: number): number =>
  count - (ceilDiv(count, tile) - 1) * tile;

/** WGSL of `body` for row `first + t` of a tile, conditional where the last tile may lack it. */
export const ifRow = (rows: number, tile: number, t: number, body: string): string =>
  t < sure(rows, tile) ? `{ ${body} }` : `if (first + ${t}u < ${rows}u) { ${body} }`;

/**
 * WGSL lines made for i = 0 … n - 1: loops that must be unrolled so that a tile stays in registers.
 */
export const unroll = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => line(i)).join("\n");

/**
 * WGSL of a loop over `name` from `from` on below `to`, which is more. Software adapters run the
 * body of a `for` once more than it goes round, with nothing to do; this loop looks at its end,
 * which pays where it goes round a few times and leaves little behind.
 */
export const atLeastOnce = (name: string, from: string, to: string, body: string): string =>
  `{ var ${name} = ${from}; loop { ${body}\n continuing { ${name}++; break if ${name} >= ${to}; } } }`;

/** Invocations in a workgroup for kernels whose invocations share nothing. */
export const WORKGROUP = 64;

/**
 * WGSL of `values[index]` for numbers known beforehand, and of the index whose range, from
 * `starts[index]` on, holds `at`.
 */
export const pick = (index: string, values: readonly number[]): string =>
  values
    .slice(1)
    .reduce(
      (before, value, i) => `select(${before}, ${value}u, ${index} > ${i}u)`,
      `${values[0]}u`,
    );
export const indexOf = (at: string, starts: readonly number[]): string =>
  starts.slice(1).reduce((sum, start) => `${sum} + u32(${at} >= ${start}u)`, "0u");
/** Where each of some lengths, one behind the other, begins. */
export const startsOf = (lengths: readonly number[]): number[] =>
  lengths.map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0));
