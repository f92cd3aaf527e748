/**
 * The command as npm runs it from a folder below: in a copy of the checkout, since npm builds the
 * command first, and other tests run the one that is here.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { copyTo } from "../../tools/copies";

const checkout = mkdtempSync(join(tmpdir(), "stairstep-npm-"));
const folder = join(checkout, "below");
copyTo(checkout);
mkdirSync(folder);
writeFileSync(join(folder, "rates.json"), '{ "lr": 0.1, "data": "none" }');
writeFileSync(join(folder, "empty.json"), "[]");
afterAll(() => rmSync(checkout, { recursive: true }));

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
