import { expect, it } from "vitest";
import { SOFTWARE, smallData, testDevice } from "../../testing";
import { trained } from "../../testing-networks";
import { layer } from "../own-layer";
import { parseTunings, tuningKey, withTuning } from "./cache";
import { type Trial, tune } from "./search";

it("is tuned to tiles that leave its bits as they are, and that survive as text", async () => {
  const [device, data] = [await testDevice(), await smallData()];
  const options = { hidden: [layer("binary", 8)] };
  const trials: Trial[] = [];
  const fastest = await tune(device, data, options, (trial) => trials.push(trial));
  expect(trials.length).toBeGreaterThan(8);
  expect(trials.filter(({ msPerStep }) => !(msPerStep > 0 && Number.isFinite(msPerStep)))).toEqual(
    [],
  );
  expect(await trained(options, 40, 0, fastest)).toBe(await trained(options, 40));
  const key = tuningKey(device, data, options);
  const text = withTuning("{", key, fastest);
  expect(parseTunings(text)).toEqual({ [key]: fastest });
  expect(parseTunings(withTuning(text, "b", SOFTWARE))).toEqual({ [key]: fastest, b: SOFTWARE });
  const brokenQuads = [{ workgroup: 6 }, { splits: 8 }].map((part) =>
    JSON.stringify({ [key]: { ...fastest, tiles: { ...fastest.tiles, share: 4, ...part } } }),
  );
  for (const text of [
    "",
    "{",
    '{"a": {}}',
    JSON.stringify({ [key]: { ...fastest, headSums: -1 } }),
    ...brokenQuads,
  ])
    expect(parseTunings(text)).toEqual({});
});
