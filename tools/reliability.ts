/**
 * npm run reliability [-- kill 50 | term 50 | term-one 50 | lose-node 20 | lose-chromium 20]
 * [--seed 1]: what happens to runs that are interrupted.
 *
 *   kill            SIGKILL at random moments of `stairstep train --checkpoint`, then --resume
 *   term            SIGTERM, after which the run must end with 75
 *   term-one        the same to process 1, as in a container
 *   lose-node       device.destroy() at random moments of a run in Node, wherever the GPU is then
 *   lose-chromium   the same in a page
 *
 * A signal that comes when the run has told its result already stops nothing: that is said, and
 * another is sent in its place. Every run must end with the weights of an undisturbed one, to the
 * bit. Prints each, and ends with 1 on any that does not.
 */
import { parseArgs } from "node:util";
import * as library from "../src/index";
import { interrupt, isHow, Log } from "./interrupt";
import { inChromium, withAdapter } from "./places";
import { Random } from "./random";

type Library = typeof library;
/** A device is lost after this report, and so many milliseconds later. */
interface Moment {
  report: number;
  later: number;
}
interface Outcome extends Moment {
  wrong: string[];
}

/**
 * In Node or in a page: trains once undisturbed, then loses the device at each of `moments`. Sent
 * to the page as text, so it uses what it is given alone.
 */
async function lose(
  { layer, loadMnist, requestDevice, sha256, train }: Library,
  base: string | undefined,
  moments: readonly Moment[],
): Promise<Outcome[]> {
  const options = {
    hidden: [layer("onehot:3", 20)],
    members: 2,
    anneal: 1.1,
    epochs: 1,
    reportEvery: 50,
    checkpointEvery: 200,
  };
  const run = async (moment?: Moment) => {
    let device = await requestDevice();
    let losses = 0;
    const reopen = async () => {
      losses++;
      device = await requestDevice();
      return { device, data: await loadMnist(device, base) };
    };
    const training = train(device, await loadMnist(device, base), { ...options, reopen });
    let reports = 0;
    for await (const _ of training)
      if (++reports === moment?.report) setTimeout(() => device.destroy(), moment.later);
    const layers = [...(await training.weights(0)), ...(await training.weights(1))];
    const hashes = await Promise.all(
      layers.map(({ weights }) => sha256(new Uint8Array(weights.buffer))),
    );
    device.destroy();
    return { hash: hashes.join(), losses, reports };
  };
  const whole = await run();
  const found = [];
  for (const moment of moments) {
    const { hash, losses, reports } = await run(moment);
    const wrong = [];
    if (hash !== whole.hash) wrong.push("other bits");
    if (losses !== 1) wrong.push(`${losses} losses`);
    if (reports !== whole.reports) wrong.push(`${reports} reports`);
    found.push({ ...moment, wrong });
  }
  return found;
}

/** After one of the first 15 of 20 reports: the GPU is a few ahead, and must not be at the end. */
const momentsOf = (times: number, random: Random): Moment[] =>
  Array.from({ length: times }, () => ({ report: 1 + random.below(15), later: random.below(40) }));

async function loseInChromium(moments: readonly Moment[]): Promise<Outcome[]> {
  const { page, data, close } = await inChromium();
  const call = `(${lose})(await import("/src/index.ts"), "${data}", ${JSON.stringify(moments)})`;
  const found = await page.evaluate<Outcome[]>(`(async () => ${call})()`);
  await close();
  return found;
}

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seed: { type: "string", default: "1" } },
  });
  const [what = "kill", given = what.startsWith("lose") ? "20" : "50"] = positionals;
  const [times, random, log] = [Number(given), new Random(Number(values.seed)), new Log()];
  const started = performance.now();
  if (isHow(what)) await interrupt(what, times, random, log);
  else {
    if (what === "lose-node") withAdapter();
    const moments = momentsOf(times, random);
    const found = await (what === "lose-node"
      ? lose(library, undefined, moments)
      : loseInChromium(moments));
    for (const { report, later, wrong } of found)
      log.add(`device lost ${later} ms after step ${50 * report} of 1,000`, wrong);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const late = isHow(what) ? ` met a run, ${log.late} more came too late` : "";
  console.log(
    `${what}: ${times} times${late}, seed ${values.seed}, ${log.wrong} wrong, ${seconds} s`,
  );
  return log.wrong === 0 ? 0 : 1;
}
