import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Piece, type Schedule, schedule } from "./schedule";

const RUN: Schedule = {
  from: 0,
  target: 1000,
  last: 1000,
  most: 1000,
  slots: 100,
  filled: true,
  reportEvery: 100,
};

/** Pieces as a line: "fill 20 report keep, 30". */
const line = (pieces: Piece[]): string =>
  pieces
    .map(({ steps, fill, report, keep }) =>
      [fill ? "fill" : "", steps, report ? "report" : "", keep ? "keep" : ""]
        .filter(Boolean)
        .join(" "),
    )
    .join(", ");

describe("a submit", () => {
  it.each([
    ["that is one piece", { from: 10, most: 50 }, "50"],
    ["of a new network fills the ring first", { from: 10, most: 50, filled: false }, "fill 50"],
    ["fills the ring at its multiples", { from: 190, most: 20, reportEvery: 1000 }, "10, fill 10"],
    ["of a short ring", { most: 7, slots: 3 }, "fill 3, fill 3, fill 1"],
    ["reports between pieces", { most: 250 }, "fill 100 report, fill 100 report"],
    ["ends with its last report", { from: 50, most: 99 }, "50 report"],
    ["does not wait for a report out of reach", { from: 50, most: 30 }, "30"],
    ["ends with a report that it just reaches", { from: 50, most: 50 }, "50 report"],
    ["ends with the run, reported", { from: 950, target: 980, last: 980 }, "30 report"],
    [
      "past its last report, where that is the run's end",
      { from: 850, target: 980, last: 980 },
      "50 report, fill 80 report",
    ],
    ["to a target before the run's end", { from: 950, target: 980 }, "30"],
    ["does not pass a checkpoint", { from: 150, checkpointEvery: 200 }, "50 report keep"],
    [
      "keeps what it ends with alone",
      { most: 450, checkpointEvery: 400 },
      "fill 100 report, fill 100 report, fill 100 report, fill 100 report keep",
    ],
    [
      "keeps the run's end",
      { from: 950, target: 980, last: 980, checkpointEvery: 400 },
      "30 report keep",
    ],
    ["keeps nothing before a checkpoint", { most: 50, checkpointEvery: 400 }, "fill 50"],
    ["at the target does nothing", { from: 1000 }, ""],
  ] as [string, Partial<Schedule>, string][])("%s", (_, limits, expected) => {
    expect(line(schedule({ ...RUN, ...limits }))).toBe(expected);
  });
});

/** Every boundary of a run that starts anywhere, and its submits' lengths. */
const runs = fc
  .record({
    from: fc.nat(60),
    length: fc.integer({ min: 1, max: 300 }),
    slots: fc.integer({ min: 1, max: 40 }),
    reportEvery: fc.integer({ min: 1, max: 40 }),
    reportsPerCheckpoint: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    lengths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
  })
  .map(({ length, reportsPerCheckpoint, ...run }) => ({
    ...run,
    last: run.from + length,
    checkpointEvery: reportsPerCheckpoint && reportsPerCheckpoint * run.reportEvery,
  }));

describe("a run, submit by submit", () => {
  it("does every step once, and no piece passes a boundary", () => {
    fc.assert(
      fc.property(runs, ({ from, last, lengths, slots, reportEvery, checkpointEvery }) => {
        const filled: number[] = [];
        const reported: number[] = [];
        const kept: number[] = [];
        let step = from;
        for (let i = 0; step < last; i++) {
          const most = lengths[i % lengths.length] as number;
          const pieces = schedule({
            ...{ from: step, target: last, last, most, slots, reportEvery, checkpointEvery },
            filled: step > from,
          });
          const begun = step;
          for (const piece of pieces) {
            expect(piece.steps).toBeGreaterThan(0);
            if (piece.fill) filled.push(step);
            for (const every of [slots, reportEvery, checkpointEvery ?? last])
              expect(Math.floor((step + piece.steps - 1) / every)).toBe(Math.floor(step / every));
            step += piece.steps;
            if (piece.report) reported.push(step);
            if (piece.keep) kept.push(step);
            expect(piece.keep && piece !== pieces.at(-1)).toBe(false);
          }
          expect(step - begun).toBeGreaterThan(0);
          expect(step - begun).toBeLessThanOrEqual(most);
          // A submit that reports ends with a report, so that none waits for steps behind it.
          if (pieces.some(({ report }) => report)) expect(pieces.at(-1)?.report).toBe(true);
        }
        const steps = Array.from({ length: last - from }, (_, i) => from + i + 1);
        expect(step).toBe(last);
        expect(reported).toEqual(steps.filter((s) => s % reportEvery === 0 || s === last));
        expect(kept).toEqual(
          checkpointEvery ? steps.filter((s) => s % checkpointEvery === 0 || s === last) : [],
        );
        expect(filled).toEqual(
          steps.map((s) => s - 1).filter((s) => s === from || s % slots === 0),
        );
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
