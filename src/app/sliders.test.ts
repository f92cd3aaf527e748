import { expect, it } from "vitest";
import { nearest } from "./sliders";

it("stands at the stop that is nearest by ratio, whatever the number", () => {
  const stops = [0.1, 0.2, 0.5, 1, 2];
  for (const [value, place] of [
    [0.1, 0],
    [0.3, 1],
    [0.33, 2],
    [1.3, 3],
    [1e-9, 0],
    [1e9, 4],
  ] as const)
    expect(nearest(stops, value), `${value}`).toBe(place);
});
