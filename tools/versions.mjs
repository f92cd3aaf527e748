/**
 * Two versions of Stairstep by turns in one process: milliseconds of a step, medians, and ratios.
 * Usage: node tools/versions.mjs OLD NEW [software|gpu] [rounds], each a versions-entry.ts built by
 *   npx vite build --mode cli --ssr tools/versions-entry.ts --outDir dist/versions
 */
const [, , oldFile, newFile, kernels = "software", rounds = "5"] = process.argv;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const versions = [];
for (const file of [oldFile, newFile]) {
  const { open, RUNS } = await import(file);
  versions.push({ make: await open(kernels), RUNS });
}
console.log(`${"run".padEnd(24)}old ms    new ms    new/old   first step, ms: old, new`);
for (const run of Object.keys(versions[0].RUNS)) {
  const nets = [];
  for (const { make } of versions) nets.push(await make(run));
  const steps = Math.max(4, Math.ceil(700 / (await nets[0].time(20))));
  for (const net of nets) await net.time(10);
  const times = [[], []];
  for (let r = 0; r < Number(rounds); r++)
    for (const i of r % 2 ? [1, 0] : [0, 1]) times[i].push(await nets[i].time(steps));
  const [a, b] = times.map(median);
  const ratios = median(times[0].map((t, i) => times[1][i] / t));
  console.log(
    `${run.padEnd(24)}${a.toFixed(3).padEnd(10)}${b.toFixed(3).padEnd(10)}${(b / a).toFixed(3).padEnd(10)}${nets.map((n) => n.firstMs.toFixed(0)).join(", ")}   (median of pairs ${ratios.toFixed(3)})`,
  );
  for (const net of nets) net.destroy();
}
process.exit();
