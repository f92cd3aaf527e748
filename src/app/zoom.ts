/** The part of a run's epochs that the chart shows. */

export type Range = readonly [from: number, to: number];

/** The least part that can be seen, in epochs: two reports. */
export const LEAST = 0.2;

/** A range of this width, inside [0, until]; undefined for all of it. */
function within(from: number, width: number, until: number): Range | undefined {
  const wide = Math.max(width, Math.min(LEAST, until));
  if (wide >= until) return undefined;
  const begin = Math.min(Math.max(0, from), until - wide);
  return [begin, begin + wide];
}

/** `factor` times as wide, with `about` where it was; undefined for all epochs. */
export function zoomed(
  [from, to]: Range,
  factor: number,
  about: number,
  until: number,
): Range | undefined {
  const width = Math.max(factor * (to - from), LEAST);
  const share = (about - from) / (to - from);
  return within(about - share * width, width, until);
}

/** `by` epochs later. */
export const moved = ([from, to]: Range, by: number, until: number): Range | undefined =>
  within(from + by, to - from, until);

/** From one epoch to another, whichever way they were dragged. */
export const between = (one: number, other: number, until: number): Range | undefined =>
  within(Math.min(one, other), Math.abs(one - other), until);

/** Moved just so far that `epoch` is seen. */
export function following(range: Range, epoch: number, until: number): Range | undefined {
  const [from, to] = range;
  if (epoch < from) return moved(range, epoch - from, until);
  return epoch > to ? moved(range, epoch - to, until) : range;
}
