/** A generator for tools that must repeat: linear congruential, good enough to spoil files with. */
export class Random {
  state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A whole number from 0 below `limit`. */
  below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * limit);
  }

  /** One of `list`. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}
