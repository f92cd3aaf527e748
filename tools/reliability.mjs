#!/usr/bin/env node
/**
 * npm run reliability [-- kill 50 | lose-node 20 | lose-chromium 20] [--seed 1]: what happens to runs that are interrupted.
 *
 *   kill            SIGKILL at random moments of `stairstep train --checkpoint`, then --resume
 *   lose-node       device.destroy() at random moments of a run in Node, wherever the GPU is then
 *   lose-chromium   the same in a page
 *
 * Every run must end with the weights of an undisturbed one, to the bit. Prints each, and ends with 1 on any that does not.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { inChromium, inNode } from "./places.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: "string", default: "1" } } });
const [what = "kill", times = what === "kill" ? "50" : "20"] = positionals;
let state = Number(values.seed) >>> 0;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const started = performance.now();
let wrong = 0;
const told = (i, moment, faults) => {
  if (faults.length > 0) wrong++;
  console.log(`${String(i + 1).padStart(3)}  ${moment}: ${faults.join(", ").toUpperCase() || "same bits"}`);
};

async function kill() {
  const folder = mkdtempSync(join(tmpdir(), "stairstep-kill-"));
  const built = spawnSync("npm", ["run", "-s", "build:cli"], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(built.stderr);
  const command = (args) => ["dist/cli/stairstep.js", "train", "--json", ...args];
  const settings = "--neuron staircase:4 --hidden 30 --members 2 --anneal 1.2 --epochs 2 --checkpoint-every 100".split(" ");
  const hashes = (text) => JSON.stringify(JSON.parse(text.trim().split("\n").at(-1)).members);
  const begun = performance.now();
  const whole = hashes(spawnSync(process.execPath, command(settings), { encoding: "utf8" }).stdout);
  const takes = performance.now() - begun;
  for (let i = 0; i < Number(times); i++) {
    const file = join(folder, `run-${i}`);
    const child = spawn(process.execPath, command([...settings, "--checkpoint", file]), { detached: true, stdio: "ignore" });
    const gone = new Promise((resolve) => child.on("exit", resolve));
    const moment = random(takes);
    await sleep(moment);
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // it had ended
    }
    await gone;
    const from = existsSync(file);
    const again = spawnSync(process.execPath, command(from ? ["--resume", file] : settings), { encoding: "utf8" });
    told(i, `killed after ${Math.round(moment)} ms, ${from ? "resumed" : "no checkpoint yet, begun again"}`, again.status !== 0 ? [`ended with ${again.status}`] : hashes(again.stdout) === whole ? [] : ["other bits"]);
  }
  rmSync(folder, { recursive: true });
}

/** In Node or in a page: trains once undisturbed, then loses the device at each of `moments`. Returns what came of each. */
async function lose(library, base, moments) {
  const { layer, loadMnist, requestDevice, sha256, train } = library;
  const options = { hidden: [layer("onehot:3", 20)], members: 2, anneal: 1.1, epochs: 1, reportEvery: 50, checkpointEvery: 200 };
  const run = async (moment) => {
    let device = await requestDevice();
    let losses = 0;
    const reopen = async () => {
      losses++;
      device = await requestDevice();
      return { device, data: await loadMnist(device, base) };
    };
    const training = train(device, await loadMnist(device, base), { ...options, reopen });
    let reports = 0;
    for await (const _ of training) if (++reports === moment?.report) setTimeout(() => device.destroy(), moment.later);
    const layers = [...(await training.weights(0)), ...(await training.weights(1))];
    const hashes = await Promise.all(layers.map(({ weights }) => sha256(new Uint8Array(weights.buffer))));
    device.destroy();
    return { hash: hashes.join(), losses, reports };
  };
  const whole = await run();
  const found = [];
  for (const moment of moments) {
    const { hash, losses, reports } = await run(moment);
    const wrong = [hash !== whole.hash && "other bits", losses !== 1 && `${losses} losses`, reports !== whole.reports && `${reports} reports`];
    found.push({ ...moment, wrong: wrong.filter(Boolean) });
  }
  return found;
}

/** After one of the first 15 of 20 reports, and so many milliseconds later. The GPU is a few reports ahead, and must not have come to the end. */
const moments = () => Array.from({ length: Number(times) }, () => ({ report: 1 + random(15), later: random(40) }));
const tell = (found) => found.forEach(({ report, later, wrong }, i) => told(i, `device lost ${later} ms after step ${50 * report} of 1,000`, wrong));

if (what === "kill") await kill();
else if (what === "lose-node") {
  const { library, close } = await inNode();
  tell(await lose(library, undefined, moments()));
  await close();
} else {
  const { page, data, close } = await inChromium();
  tell(await page.evaluate(`(async () => (${lose})(await import("/src/index.ts"), "${data}", ${JSON.stringify(moments())}))()`));
  await close();
}
console.log(`${what}: ${times} times, seed ${values.seed}, ${wrong} wrong, ${((performance.now() - started) / 1000).toFixed(0)} s`);
process.exit(wrong === 0 ? 0 : 1);
