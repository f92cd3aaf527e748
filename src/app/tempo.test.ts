import { expect, it, vi } from "vitest";
import { Tempo } from "./tempo";

it("lets a run go fast, a step at a time, or a step a press, and ends with it", async () => {
  vi.useFakeTimers();
  try {
    const tempo = new Tempo();
    expect(await tempo.next()).toBe(Number.POSITIVE_INFINITY);

    const steps: number[] = [];
    const take = async (signal?: AbortSignal) => steps.push(await tempo.next(signal));
    tempo.set(2);
    void take();
    await vi.advanceTimersByTimeAsync(499);
    expect(steps).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(steps).toEqual([1]);

    tempo.set(0);
    tempo.step();
    tempo.step();
    await take();
    await take();
    expect(steps).toEqual([1, 1, 1]);
    void take();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(steps).toHaveLength(3);
    tempo.step();
    await vi.advanceTimersByTimeAsync(0);
    expect(steps).toEqual([1, 1, 1, 1]);

    // One that waits for a press goes on when it may go fast again.
    void take();
    tempo.set(Number.POSITIVE_INFINITY);
    await vi.advanceTimersByTimeAsync(0);
    expect(steps.at(-1)).toBe(Number.POSITIVE_INFINITY);

    tempo.set(0);
    const ended = new AbortController();
    void take(ended.signal);
    ended.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(steps).toHaveLength(6);
  } finally {
    vi.useRealTimers();
  }
});
