/**
 * Acts 1 and 2 in numbers: a neuron at z on its stair, what it puts out, and where a learning step
 * takes it by the slope that its estimator gives.
 */
import type { Twin } from "../verify/index";

/** A staircase that is steep enough to see its stairs, and soft enough to see its curve. */
export const LAYER = { neuron: "staircase", estimator: "straight-through", size: 5 } as const;
export const SLOPE = 5;
/** The largest |z| that is shown. */
export const REACH = 2.5;
/** What y should be, and how far a step goes: z ← z - RATE · dLoss/dz, Loss = (y - WANTED)² / 2. */
export const WANTED = 2;
export const RATE = 0.25;

export interface Standing {
  z: number;
  y: number;
  /** dy/dz as the estimator has it. */
  slope: number;
}

export const within = (z: number): number => Math.min(REACH, Math.max(-REACH, z));

/** A neuron at z that rounds. */
export function standing(twin: Twin, z: number): Standing {
  const { y, back } = twin({ z: [z], u: undefined, slope: SLOPE, tau: 1, size: LAYER.size });
  return { z, y: y[0] as number, slope: back([1])[0] as number };
}

/** How far a learning step moves z. */
export const stepFrom = ({ y, slope }: Standing): number => RATE * (WANTED - y) * slope;

/** z while the picture passes by: `passed` is 0 at the foot of the window, and 1 at its head. */
export const scrolled = (passed: number): number => within((2 * passed - 1) * REACH);

/** Corners of a stair through [x, y] in order of x: each jump straight up, halfway between two. */
export function corners(points: readonly (readonly [x: number, y: number])[]): [number, number][] {
  return points.flatMap(([x, y], i): [number, number][] => {
    const [before, level] = points[i - 1] ?? [x, y];
    if (level === y) return i === 0 || i === points.length - 1 ? [[x, y]] : [];
    const jump = (before + x) / 2;
    return [
      [jump, level],
      [jump, y],
    ];
  });
}
