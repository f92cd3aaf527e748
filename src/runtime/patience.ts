/**
 * Waiting in Node without taking a core. Node's Dawn learns that the GPU is done by asking in a
 * loop, as fast as the event loop turns. A software adapter computes on the very cores that this
 * loop occupies: on two cores, letting the event loop sleep a millisecond a turn while it waits
 * makes training 1.7 times faster (bench/NOTES.md).
 */
import { host, inNode } from "./outside";

const TURN_MS = 1;
let waiting = 0;
/** Whether `turn` is due: once a turn of the loop, however many waits begin and end in between. */
let due = false;
let cell: Int32Array | undefined;

function turn(): void {
  cell ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, TURN_MS);
  due = waiting > 0;
  if (due) host.setImmediate?.(turn);
}

/** `work` itself; in Node with Dawn, the event loop sleeps between turns until it is settled. */
export function patiently<T>(work: Promise<T>): Promise<T> {
  if (!inNode() || !host.setImmediate || "Deno" in globalThis) return work;
  waiting++;
  if (!due) {
    due = true;
    host.setImmediate(turn);
  }
  return work.finally(() => waiting--);
}
