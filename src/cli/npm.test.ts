/** The command as npm runs it from a folder below. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";

mkdirSync("dist", { recursive: true });
const folder = mkdtempSync(join("dist", "below-"));
writeFileSync(join(folder, "rates.json"), '{ "lr": 0.1, "data": "none" }');
writeFileSync(join(folder, "empty.json"), "[]");
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [
    "stairstep -- sweep rates.json",
    `rates.json, run rates: the data folder ${resolve(folder, "none")} cannot be read`,
  ],
  ["reproduce -- --from empty.json", "empty.json has no run tanh of baseline"],
])("npm run %s finds what is beside the caller", (args, error) => {
  const { status, stderr } = spawnSync("npm", ["run", "-s", ...args.split(" ")], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, VITEST: "" },
  });
  expect(stderr).toContain(`error: ${error}`);
  expect(status).toBeGreaterThan(1);
});
