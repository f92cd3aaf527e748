/**
 * Timing on the GPU: whole submits of many repetitions, so that nothing but the kernels' own time
 * counts.
 */
import type { Device } from "../runtime/device";
import { type Call, call, Program } from "../runtime/program";
import { type Rounds, timeRounds } from "../runtime/rounds";
import { ceilDiv, type Kernel, read, readWrite } from "../shaders/kernel";

const ROUNDS: Rounds = { rounds: 5, ms: 60 };

/** Milliseconds of one run of `calls`, the median of five rounds. */
export async function time(device: Device, calls: readonly Call[]): Promise<number> {
  const program = await Program.create(device, calls);
  const ms = await timeRounds((times) => {
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      program.encode(pass, times);
      pass.end();
    });
    return device.done();
  }, ROUNDS);
  device.check();
  return ms;
}

/** Most that an adapter does, by two kernels that do nothing else. */
export interface Roofline {
  /** Multiply-adds in registers, two operations each, in 10⁹ operations a second. */
  gflops: number;
  /**
   * The same with each sum carried from one turn of a loop to the next after a single multiply-add,
   * which costs software adapters more than the arithmetic.
   */
  carriedGflops: number;
  /** Bytes read and written by a copy, in 10⁹ a second. */
  gbs: number;
}

const LANES = 64;

/**
 * `chains` independent vec4 multiply-add chains an invocation, `each` multiply-adds of every one in
 * a turn of the loop.
 */
function fmaKernel(invocations: number, chains: number, length: number, each: number): Kernel {
  return {
    name: "fma",
    bindings: { out: readWrite("array<vec4f>") },
    constants: { WORKGROUP: LANES, CHAINS: chains, EACH: each, TURNS: length / each },
    wgsl: `
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(1.0 + f32(id.x) * 1e-9);
  var x = array<vec4f, CHAINS>(); // registers
  for (var c = 0u; c < CHAINS; c++) { // unroll
    x[c] = vec4f(f32(id.x + c));
  }
  for (var i = 0u; i < TURNS; i++) {
    for (var e = 0u; e < EACH; e++) { // unroll
      for (var c = 0u; c < CHAINS; c++) { // unroll
        x[c] = fma(x[c], a, a);
      }
    }
  }
  for (var c = 0u; c < CHAINS; c++) { // unroll
    out[id.x] += x[c];
  }
}`,
    workgroups: [invocations / LANES, 1, 1],
  };
}

const copyKernel = (quads: number): Kernel => ({
  name: "copy",
  bindings: { source: read("array<vec4f>"), copy: readWrite("array<vec4f>") },
  wgsl: `
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.y * ${quads / 64}u + id.x;
  copy[at] = source[at];
}`,
  workgroups: [ceilDiv(quads / 64, 256), 64, 1],
});

/** Measures the adapter's roofline; of a few numbers of chains the best counts. */
export async function roofline(device: Device): Promise<Roofline> {
  const [invocations, length] = device.adapter.software ? [2048, 256] : [1 << 20, 512];
  const out = device.allocate("fma", 16 * invocations);
  const best = async (each: number): Promise<number> => {
    let gflops = 0;
    for (const chains of [3, 4, 6, 8, 12]) {
      const ms = await time(device, [call(fmaKernel(invocations, chains, length, each), { out })]);
      gflops = Math.max(gflops, (2 * 4 * chains * length * invocations) / ms / 1e6);
    }
    return gflops;
  };
  const carriedGflops = await best(1);
  const gflops = Math.max(carriedGflops, await best(16));
  out.destroy();
  // As much as caches cannot hold, or as one buffer may.
  const fits = 2 ** Math.floor(Math.log2(device.limits.maxStorageBufferBindingSize / 16));
  const quads = device.adapter.software ? 1 << 20 : Math.min(fits, 1 << 24);
  const [source, copy] = [
    device.allocate("copied", 16 * quads),
    device.allocate("copy", 16 * quads),
  ];
  const gbs =
    (2 * 16 * quads) / (await time(device, [call(copyKernel(quads), { source, copy })])) / 1e6;
  source.destroy();
  copy.destroy();
  return { gflops, carriedGflops, gbs };
}
