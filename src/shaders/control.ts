/**
 * The buffer of what steers training: the step, and each member's seed, rate and slopes. It lives
 * on the GPU and advances there, so during a step the CPU writes nothing and reads nothing back.
 */

/** WGSL types of the control buffer. Offsets are those that `packControl` writes. */
export const controlTypes = /* wgsl */ `
struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}
`;

export interface ControlMember {
  /** Non-negative integer below 2^53. */
  seed: number;
  rate: number;
  slope: number;
  tau: number;
  anneal: number;
  cap: number;
  /** Weight of the KL divergence of one-hot layers; 0 by default. */
  kl?: number;
  /** Anneal the slope of evaluation and leave that of training as it is. */
  annealEvaluationOnly?: boolean;
}

/** A slope after `epochs` epochs of annealing, as the GPU's f32 has it. */
export function annealedSlope(
  { slope, anneal, cap }: Pick<ControlMember, "slope" | "anneal" | "cap">,
  epochs: number,
): number {
  let value = Math.fround(slope);
  for (let i = 0; i < epochs; i++)
    value = Math.min(Math.fround(value * Math.fround(anneal)), Math.fround(cap));
  return value;
}

const HEADER_WORDS = 6;
const MEMBER_WORDS = 10;

const splitSeed = (seed: number): [number, number] => [seed >>> 0, Math.floor(seed / 2 ** 32)];

/** Bytes of the control buffer for `members` members. */
export const controlBytes = (members: number): number =>
  4 * (HEADER_WORDS + MEMBER_WORDS * members);

/**
 * The control buffer's contents before step `step`, with the slopes as annealing has left them by
 * then.
 */
export function packControl(
  step: number,
  epochSteps: number,
  dataSeed: number,
  members: readonly ControlMember[],
): ArrayBuffer {
  const bytes = new ArrayBuffer(controlBytes(members.length));
  const words = new Uint32Array(bytes);
  const floats = new Float32Array(bytes);
  words.set([step, epochSteps, ...splitSeed(dataSeed), step]);
  members.forEach((m, i) => {
    const at = HEADER_WORDS + MEMBER_WORDS * i;
    words.set(splitSeed(m.seed), at);
    const shown = annealedSlope(m, Math.floor(step / epochSteps));
    floats.set(
      [
        m.rate,
        m.annealEvaluationOnly ? m.slope : shown,
        m.tau,
        m.annealEvaluationOnly ? 1 : m.anneal,
        m.cap,
        shown,
        m.anneal,
        m.kl ?? 0,
      ],
      at + 2,
    );
  });
  return bytes;
}
