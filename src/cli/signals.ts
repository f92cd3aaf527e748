/**
 * SIGINT, SIGTERM and SIGHUP. While a run can be stopped with a checkpoint, the first one asks it
 * to; a later one ends the process at once.
 */
import { codeOfSignal } from "./exit";

export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type Signal = (typeof SIGNALS)[number];

export class Interrupted extends Error {
  constructor(readonly signal: Signal) {
    super(`stopped by ${signal}`);
  }
}

/**
 * Signals within so many milliseconds are one wish: `timeout` sends each to its command and to the
 * whole process group, and npm passes on what a terminal has sent to all. Nobody presses Ctrl-C
 * twice as fast.
 */
const ONE_WISH_MS = 200;

/**
 * Wishes that came here, and those that a supervisor passed on. A terminal sends each to both
 * processes, a scheduler to either, so what counts is the larger number.
 */
const received = {
  here: { count: 0, last: Number.NEGATIVE_INFINITY },
  passed: { count: 0, last: Number.NEGATIVE_INFINITY },
};
let handled = 0;
const wish = new AbortController();

/** Shows the cursor again and wraps lines, which a progress bar had switched off. */
const restoreTerminal = (): void => {
  if (process.stdout.isTTY) process.stdout.write("\x1b[?25h\x1b[?7h");
};

/**
 * Ends this process by the signal itself: `process.exit` would take Dawn apart while its threads
 * still work, and crash. Linux spares process 1 from that, so there it exits.
 */
function endBy(signal: NodeJS.Signals): void {
  restoreTerminal();
  if (process.pid === 1) process.exit(codeOfSignal(signal));
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** What is done with a signal, which is the `count`-th one. */
let answer = (signal: Signal, _count: number): void => endBy(signal);

function receive(signal: Signal, from: keyof typeof received): void {
  const source = received[from];
  const now = performance.now();
  if (now - source.last <= ONE_WISH_MS) return;
  source.count++;
  source.last = now;
  const count = Math.max(received.here.count, received.passed.count);
  if (count === handled) return;
  handled = count;
  answer(signal, count);
}

/** Set by a supervisor, so that no other parent's messages are taken for signals. */
export const SUPERVISED = "STAIRSTEP_SUPERVISED";

/** Called first of all. Tells a supervisor, where there is one, that its signals are awaited. */
export function watchSignals(): void {
  for (const signal of SIGNALS) process.on(signal, () => receive(signal, "here"));
  if (!process.send || !process.env[SUPERVISED]) return;
  process.on("message", (signal) => receive(signal as Signal, "passed"));
  process.on("disconnect", () => endBy("SIGTERM")); // the supervisor was killed
  process.send("ready");
}

/**
 * From here on the first signal aborts this `AbortSignal`, whose reason is an `Interrupted`, and
 * the caller sees to the rest.
 */
export function stopGently(): AbortSignal {
  answer = (signal, count) => {
    if (count === 1) wish.abort(new Interrupted(signal));
    else endBy(signal);
  };
  return wish.signal;
}

/** From here on signals are passed to another process. Returns one that came before. */
export function passSignals(pass: (signal: Signal, count: number) => void): Signal | undefined {
  answer = pass;
  return pending();
}

/** The signal that has asked this process to stop and is not answered yet. */
export const pending = (): Signal | undefined =>
  (wish.signal.reason as Interrupted | undefined)?.signal;
