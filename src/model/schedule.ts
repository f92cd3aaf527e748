/**
 * What a submit does: pieces of steps, and between them batches to order, reports to make, and a
 * checkpoint to keep. Pure, so that every boundary of a run can be tested without a GPU.
 */

export interface Schedule {
  /** Steps done. */
  from: number;
  /** The step to come to, in this submit or a later one. */
  target: number;
  /** The run's last step, which is reported whatever `reportEvery` says. */
  last: number;
  /** Steps of a submit, at the most. */
  most: number;
  /** Steps whose batches the ring holds. It is filled at each multiple of this. */
  slots: number;
  /** Whether the ring holds the batches of the step after `from` already. */
  filled: boolean;
  reportEvery: number;
  /** A multiple of `reportEvery`; without it, nothing is kept. */
  checkpointEvery?: number | undefined;
}

/** Steps without a boundary between them. */
export interface Piece {
  steps: number;
  /** Fill the ring before these steps. */
  fill: boolean;
  /** Report after them. */
  report: boolean;
  /** Keep the weights as they are after them. Of the last piece of a submit alone. */
  keep: boolean;
}

const nextMultiple = (step: number, of: number): number => step - (step % of) + of;

/**
 * The step that a submit ends with. One that reaches a report ends with its last one, so that
 * reports come as soon as they can; none passes a checkpoint, so that its weights can be kept.
 */
function endOf({ from, target, most, reportEvery, checkpointEvery }: Schedule): number {
  const checkpoint = checkpointEvery ? nextMultiple(from, checkpointEvery) : target;
  const reach = Math.min(target, from + most, checkpoint);
  const lastReport = reach - (reach % reportEvery);
  return reach < target && lastReport > from ? lastReport : reach;
}

/** The next submit, piece by piece; nothing where `from` has come to `target`. */
export function schedule(limits: Schedule): Piece[] {
  const { from, last, slots, filled, reportEvery, checkpointEvery } = limits;
  const end = endOf(limits);
  const pieces: Piece[] = [];
  let step = from;
  while (step < end) {
    const next = Math.min(end, nextMultiple(step, slots), nextMultiple(step, reportEvery));
    pieces.push({
      steps: next - step,
      fill: step % slots === 0 || (step === from && !filled),
      report: next % reportEvery === 0 || next === last,
      keep: checkpointEvery !== undefined && (next % checkpointEvery === 0 || next === last),
    });
    step = next;
  }
  return pieces;
}
