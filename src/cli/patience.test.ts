/** Waiting in Node, which the tests in a browser do not see. */
import { expect, it } from "vitest";
import { patiently } from "../runtime/patience";

it("sleeps once a turn of the event loop, however many waits came in succession", async () => {
  const original = globalThis.setImmediate;
  let sleeps = 0;
  let turns = 0;
  let over = false;
  const count = () => {
    turns++;
    if (!over) original(count);
  };
  original(count);
  globalThis.setImmediate = ((callback: () => void) =>
    original(() => {
      sleeps++;
      callback();
    })) as typeof setImmediate;
  try {
    // Each ends between two turns, and the next begins before the loop has turned.
    for (let i = 0; i < 50; i++) await patiently(new Promise((resolve) => setTimeout(resolve, 1)));
  } finally {
    globalThis.setImmediate = original;
    over = true;
  }
  expect(sleeps).toBeGreaterThan(0);
  expect(sleeps).toBeLessThanOrEqual(turns + 1);
});
