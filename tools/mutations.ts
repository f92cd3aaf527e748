/**
 * npm run mutate [-- NAME …]: breaks one thing at a time, in a copy of the project, and runs the
 * tests that should notice. A mutation that stays green is printed as SURVIVED, and the exit status
 * is 1: a test is missing.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Mutation {
  name: string;
  /** Under src. */
  file: string;
  /** What stands there, and what it becomes. */
  text: string;
  broken: string;
  /** Part of the names of the test files that must notice. */
  tests: string;
  /** Part of the names of their tests that are run, where all would take minutes. */
  named?: string;
  /** The project of Vitest's that they run in. */
  project?: "browser" | "browser-gpu" | "node";
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "one Philox round fewer",
    file: "shaders/philox.ts",
    text: "export const ROUNDS = 10",
    broken: "export const ROUNDS = 9",
    tests: "verify",
  },
  {
    name: "softmax without its maximum",
    file: "shaders/losses/softmax.ts",
    text: "return exp(output - top);",
    broken: "return exp(output);",
    tests: "softmax",
  },
  {
    name: "the sign of softmax's gradient",
    file: "shaders/losses/softmax.ts",
    text: "/ sum - select",
    broken: "/ sum + select",
    tests: "softmax",
  },
  {
    name: "a share of a row's loss is left out",
    file: "shaders/network/loss-rows.ts",
    text: "min(begin + SHARE, OUTPUTS)",
    broken: "min(begin + SHARE - 1u, OUTPUTS)",
    tests: "softmax",
  },
  {
    name: "zero gradient in place of straight-through",
    file: "shaders/neurons/ordered.ts",
    text: "dz[at] *= z[at]",
    broken: "dz[at] *= 0.0",
    tests: "verify",
  },
  {
    name: "zero lends a slope",
    file: "shaders/neurons/zero.ts",
    text: "dz[at] = 0.0",
    broken: "dz[at] *= z[at]",
    tests: "verify",
  },
  {
    name: "zero gradient of one-hot",
    file: "shaders/neurons/one-hot.ts",
    text: "d[i] = scale * p",
    broken: "d[i] = 0.0 * p",
    tests: "verify",
  },
  {
    name: "relu's gradient at 0 is 1",
    file: "shaders/neurons/relu.ts",
    text: "x > 0.0",
    broken: "x >= 0.0",
    tests: "verify/verify",
  },
  {
    name: "round in place of ceil(f - u)",
    file: "shaders/neurons/ordered.ts",
    text: "ceil(f.x - unit(draw(element)))",
    broken: "round(f.x)",
    tests: "verify",
  },
  {
    name: "ReinMax's half",
    file: "shaders/neurons/reinmax.ts",
    text: "- 0.5 * plains",
    broken: "- 0.4 * plains",
    tests: "twins",
  },
  {
    name: "Gumbel-Rao forgets the choice",
    file: "shaders/neurons/gumbel-rao.ts",
    text: "log(other + exp(p[i]) * own)",
    broken: "log(other)",
    tests: "twins",
  },
  {
    name: "ReinMax-Rao averages where ReinMax's other half is",
    file: "shaders/neurons/reinmax-rao.ts",
    text: "log(1.0 + exp(p[i]))",
    broken: "p[i]",
    tests: "twins",
  },
  {
    name: "rows draw the same on the way back",
    file: "shaders/neurons/layer.ts",
    text: "row * BACK_ROW_DRAWS",
    broken: "0u * row",
    tests: "gumbel-rao",
  },
  {
    name: "Gumbel-softmax without its temperature",
    file: "shaders/neurons/gumbel.ts",
    text: "soften(1.0 / tau)",
    broken: "soften(1.0)",
    tests: "twins",
  },
  {
    name: "the draw is biased",
    file: "shaders/philox.ts",
    text: "fn unit(bits24: u32) -> f32 {\n  return f32(bits24)",
    broken: "fn unit(bits24: u32) -> f32 {\n  return 0.99 * f32(bits24)",
    tests: "sampling",
  },
  {
    name: "evaluation takes the slope of training",
    file: "shaders/neurons/layer.ts",
    text: "let slope = member.shown_slope;",
    broken: "let slope = member.slope;",
    tests: "network",
  },
  {
    name: "slope left out of the backward pass",
    file: "shaders/neurons/ordered.ts",
    text: '"1.0" : "slope"',
    broken: '"1.0" : "1.0"',
    tests: "verify",
  },
  {
    name: "forward reads past the last input",
    file: "shaders/products/forward.ts",
    text: "entry < entries.y;",
    broken: "entry <= entries.y;",
    tests: "products",
  },
  {
    name: "head writes past the last row",
    file: "shaders/network/head.ts",
    text: "if (t < SURE_ROWS || first + t < ROWS) {\n          dz",
    broken: "if (true) {\n          dz",
    tests: "network",
  },
  {
    name: "forward adds its parts before all are there",
    file: "shaders/products/forward.ts",
    text: "  workgroupBarrier();\n  if (local >= GROUP_TILES)",
    broken: "  if (local >= GROUP_TILES)",
    tests: "products",
  },
  {
    name: "forward leaves out a part",
    file: "shaders/products/forward.ts",
    text: "var p = local + GROUP_TILES;",
    broken: "var p = local + 2u * GROUP_TILES;",
    tests: "products",
  },
  {
    name: "the input gradient reads past the last column",
    file: "shaders/products/input-gradient.ts",
    text: "j < QUADS; j++",
    broken: "j <= QUADS; j++",
    tests: "products",
  },
  {
    name: "update reads past the last row",
    file: "shaders/products/weight-update.ts",
    text: "entry < rows.y;",
    broken: "entry <= rows.y;",
    tests: "products",
  },
  {
    name: "update writes past the last column",
    file: "shaders/products/weight-update.ts",
    text: "if (part < SURE_PARTS || column + part < layer.runs) {",
    broken: "if (true) {",
    tests: "products",
  },
  {
    name: "SGD climbs",
    file: "shaders/optimizers/sgd.ts",
    text: "weight - rate",
    broken: "weight + rate",
    tests: "products",
  },
  {
    name: "KL has no gradient",
    file: "shaders/neurons/divergence.ts",
    text: "dz[at + i] += scale * z",
    broken: "dz[at + i] += 0.0 * scale * z",
    tests: "verify/verify",
  },
  {
    name: "a pixel's gradient lacks the pixel",
    file: "shaders/losses/bernoulli.ts",
    text: "/ (1.0 + e) - wanted",
    broken: "/ (1.0 + e)",
    tests: "verify/verify",
  },
  {
    name: "the outputs of a value head are read before they are there",
    file: "shaders/network/value-head.ts",
    text: "  storageBarrier();\n  value_rows",
    broken: "  value_rows",
    tests: "verify/verify",
  },
  {
    name: "complete reads its lower half for its upper",
    file: "model/values.ts",
    text: 'await half("the upper halves", 0, upper)',
    broken: 'await half("the upper halves", inputs - upper, inputs)',
    tests: "verify/verify",
  },
  {
    name: "Adam takes its first means for whole ones",
    file: "shaders/optimizers/adam.ts",
    text: "mean_weight = since_zero(0.1, control.trained + 1u);",
    broken: "mean_weight = 1.0;",
    tests: "verify/verify",
  },
  {
    name: "Adam counts a step too few",
    file: "shaders/optimizers/adam.ts",
    text: "square_weight = since_zero(0.001, control.trained + 1u);",
    broken: "square_weight = since_zero(0.001, max(control.trained, 1u));",
    tests: "verify/verify",
  },
  {
    name: "a resumed run begins its optimizer anew",
    file: "model/network.ts",
    text: "if (this.states > 0) this.device.write",
    broken: "if (this.states > 9) this.device.write",
    tests: "model/optimizers",
  },
  {
    name: "spare lanes of a quad write too",
    file: "shaders/products/weight-update.ts",
    text: "let store = at % layer.block < layer.columns;",
    broken: "let store = true;",
    tests: "products",
  },
  {
    name: "a quad mixes up its lanes",
    file: "shaders/products/tiles.ts",
    text: "quadSwapX(x), quadSwapY(x)",
    broken: "quadSwapY(x), quadSwapX(x)",
    tests: "products",
  },
  {
    name: "a quad's rows go to the next lane",
    file: "shaders/products/forward.ts",
    text: "(lane ^ i)",
    broken: "((lane + i) % 4u)",
    tests: "products",
  },
  {
    name: "forward writes past the last row",
    file: "shaders/products/forward.ts",
    text: "if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {",
    broken: "if (true) {",
    tests: "products",
  },
  {
    name: "the input gradient writes past the last row",
    file: "shaders/products/input-gradient.ts",
    text: "if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {",
    broken: "if (true) {",
    tests: "products",
  },
  {
    name: "runs are cut across rows",
    file: "shaders/products/tiles.ts",
    text: "widths.every(({ outputs, starts })",
    broken: "run > 0 || widths.every(({ outputs, starts })",
    tests: "products",
  },
  {
    name: "odd lists end with what is not blank",
    file: "shaders/blank/lists.ts",
    text: "list[at + count] = blank;",
    broken: "list[at + count] = list[at + 1u];",
    tests: "products",
  },
  {
    name: "kernels of one text are one kernel",
    file: "runtime/device.ts",
    text: "source(kernel)}`",
    broken: "kernel.wgsl}`",
    tests: "runtime",
  },
  {
    name: "a kernel believes its buffer longer than it is",
    file: "runtime/program.ts",
    text: "Math.floor(bytes / (",
    broken: "1 + Math.floor(bytes / (",
    tests: "runtime",
  },
  {
    name: "update takes another layer's gradients",
    file: "shaders/products/weight-update.ts",
    text: "outputs_at: places.outputs / run",
    broken: "outputs_at: places.inputs / run",
    tests: "network",
  },
  {
    name: "a word's part depends on its place in a list",
    file: "shaders/blank/lists.ts",
    text: "(part + m * (PARTS - BITS % PARTS)) % PARTS",
    broken: "(part + m) % PARTS",
    tests: "network",
    project: "browser-gpu",
  },
  {
    name: "every part has all words of a list",
    file: "shaders/blank/lists.ts",
    text: "any &= EVERY <<",
    broken: "any |= 0u & EVERY <<",
    tests: "products",
    project: "browser-gpu",
  },
  {
    name: "a list of words knows its first row alone",
    file: "shaders/blank/lists.ts",
    text: "min(first + r, ROWS - 1u)",
    broken: "min(first, ROWS - 1u)",
    tests: "products",
  },
  {
    name: "a list of words lacks its last row",
    file: "shaders/blank/lists.ts",
    text: "any |= masks[image[r] + m];",
    broken: "any |= select(masks[image[r] + m], 0u, r > 0u && r + 1u == TILE_ROWS);",
    tests: "products",
  },
  {
    name: "a list of rows lacks the last word of a group",
    file: "shaders/blank/lists.ts",
    text: "{ length: span }",
    broken: "{ length: Math.max(1, span - 1) }",
    tests: "products",
  },
  {
    name: "fire and forward without its barrier",
    file: "shaders/network/hidden.ts",
    text: "  }\n  storageBarrier();`;",
    broken: "  }`;",
    tests: "network",
  },
  {
    name: "backward without its barrier",
    file: "shaders/network/hidden.ts",
    text: "  storageBarrier();\n  for (var i = local; i < TILE_ROWS",
    broken: "  for (var i = local; i < TILE_ROWS",
    tests: "network",
  },
  {
    name: "head without the barrier behind fire",
    file: "shaders/network/head.ts",
    text: "  storageBarrier();\n}\n\n// The sum",
    broken: "}\n\n// The sum",
    tests: "network",
  },
  {
    name: "head without the barrier behind its parts",
    file: "shaders/network/head.ts",
    text: "    workgroupBarrier();\n    for (",
    broken: "    for (",
    tests: "network",
  },
  {
    name: "head without the barriers behind its outputs",
    file: "shaders/network/head.ts",
    text: "    workgroupBarrier();\n  }\n  storageBarrier();\n",
    broken: "  }\n",
    tests: "network",
  },
  {
    name: "head without the barrier behind its loss",
    file: "shaders/network/head.ts",
    text: "local);\n  storageBarrier();\n  gradient",
    broken: "local);\n  gradient",
    tests: "network",
  },
  {
    name: "a shared loss without the barrier behind its tops",
    file: "shaders/network/loss-rows.ts",
    text: "    workgroupBarrier();\n    var largest",
    broken: "    var largest",
    tests: "softmax",
  },
  {
    name: "a shared loss without the barrier behind its sums",
    file: "shaders/network/loss-rows.ts",
    text: "    workgroupBarrier();\n    var sum",
    broken: "    var sum",
    tests: "softmax",
  },
  {
    name: "report without its barrier",
    file: "shaders/report.ts",
    text: "workgroupBarrier();",
    broken: "",
    tests: "training",
  },
  {
    name: "batch order repeats an image",
    file: "shaders/order.ts",
    text: "let mixed = left ^",
    broken: "let mixed = left &",
    tests: "order",
  },
  {
    name: "batch order leaves the split",
    file: "shaders/order.ts",
    text: "if (x < IMAGES)",
    broken: "if (x <= IMAGES)",
    tests: "order",
  },
  {
    name: "members share noise",
    file: "shaders/neurons/layer.ts",
    text: "noise_key = member.key",
    broken: "noise_key = control.members[0].key",
    tests: "network",
  },
  {
    name: "members share initial weights",
    file: "shaders/initialise.ts",
    text: "control.members[member].key",
    broken: "control.members[0].key",
    tests: "network",
  },
  {
    name: "layers share noise",
    file: "shaders/neurons/layer.ts",
    text: "noise.layer)",
    broken: "0)",
    tests: "network",
  },
  {
    name: "the training split is evaluated from the file's beginning",
    file: "model/evaluator.ts",
    text: "[begin + first + i,",
    broken: "[first + i,",
    tests: "network",
  },
  {
    name: "a loop is written out one turn short",
    file: "shaders/flatten.ts",
    text: "{ length: count }",
    broken: "{ length: Math.max(1, count - 1) }",
    tests: "products",
  },
  {
    name: "a condition is taken away that does not hold",
    file: "shaders/flatten.ts",
    text: "Number(value) < (",
    broken: "Number(value) <= (",
    tests: "products",
  },
  {
    name: "a function ends in a loop that returns",
    file: "shaders/order.ts",
    text:
      "{ break; }\n  }\n" +
      "  return x; // behind the loop: naga wants every function to end with its value",
    broken: "{ return x; }\n  }",
    tests: "compilers",
    named: "kernels for gpu",
    project: "node",
  },
  {
    name: "the head of GPUs outgrows workgroup memory",
    file: "shaders/network/head.ts",
    text: "SLICE_QUADS = 8",
    broken: "SLICE_QUADS = 64",
    tests: "compilers",
    named: "kernels for gpu",
    project: "node",
  },
  {
    name: "a layer's first invocation is another layer's",
    file: "shaders/layout.ts",
    text: ": `  if (number >= ",
    broken: ": `  if (number > ",
    tests: "network",
    project: "browser-gpu",
  },
  {
    name: "an output between two slices is left out",
    file: "shaders/network/head.ts",
    text: "begin += SLICE)",
    broken: "begin += SLICE + 1u)",
    tests: "network",
  },
  {
    name: "outputs behind the first slice have no gradient",
    file: "shaders/network/head.ts",
    text: "for (var c = 0u; c < QUADS; c++) {\n",
    broken: "for (var c = 0u; c < SLICE; c++) {\n",
    tests: "network",
  },
  {
    name: "the second row of workgroups repeats the first",
    file: "shaders/kernel.ts",
    text: "constants: { GROUPS_X: across }",
    broken: "constants: { GROUPS_X: 0 }",
    tests: "grid",
  },
  {
    name: "steps share noise",
    file: "shaders/neurons/layer.ts",
    text: "noise_step = control.step",
    broken: "noise_step = 0u",
    tests: "network",
  },
  {
    name: "evaluation draws the noise of training",
    file: "shaders/neurons/layer.ts",
    text: "keyOf(Purpose[noise.purpose])",
    broken: "keyOf(Purpose.training)",
    tests: "verify/verify",
  },
  {
    name: "initial weights reach too far",
    file: "shaders/initialise.ts",
    text: "(2.0 * unit",
    broken: "(2.02 * unit",
    tests: "verify/verify",
  },
  {
    name: "update forgets the bias",
    file: "shaders/products/weight-update.ts",
    text: "optimize_run(bias + part, sum, rate)",
    broken: "optimize_run(bias + part, sum, 0.0)",
    tests: "verify/verify",
  },
  {
    name: "training is not annealed",
    file: "shaders/advance.ts",
    text: "min(member.slope * member.anneal, member.cap)",
    broken: "member.slope",
    tests: "verify/verify",
  },
  {
    name: "the loss of a report is one per mille off",
    file: "shaders/report.ts",
    text: ".loss = loss",
    broken: ".loss = 0.999 * loss",
    tests: "verify/verify",
  },
  {
    name: "a neuron from outside is not what its layer fires",
    file: "model/spec.ts",
    text: "own: layer.own,",
    broken: "own: undefined,",
    tests: "model/own",
  },
  {
    name: "a changed neuron from outside is taken for the file's",
    file: "model/own.ts",
    text: "    at < 0,",
    broken: "    at < 1e9,",
    tests: "model/own",
  },
  {
    name: "a file does not have how a neuron from outside is evaluated",
    file: "model/own.ts",
    text: "...Object.values(training ?? {}), evaluation?.fire]",
    broken: "...Object.values(training ?? {})]",
    tests: "model/own",
  },
  {
    name: "an estimator from outside goes into the catalogue",
    file: "model/own.ts",
    text: "return { ...neuron, estimators: [...neuron.estimators, estimator] };",
    broken: "return Object.assign(neuron, { estimators: [...neuron.estimators, estimator] });",
    tests: "model/own",
  },
  {
    name: "a resumed run takes a changed neuron",
    file: "model/fits.ts",
    text: "  checkOwn(from.hidden, spec.hidden);",
    broken: "",
    tests: "model/own",
  },
  {
    name: "NaN is near its twin",
    file: "verify/neuron.ts",
    text: "if (error <= tolerance) return;",
    broken: "if (!(error > tolerance)) return;",
    tests: "verify/neuron",
  },
  {
    name: "gradients are not compared with the twin's",
    file: "verify/golden.ts",
    text: "close(foundDz[r * stride + i] as number, wantDz),",
    broken: "close(wantDz, wantDz),",
    tests: "verify/neuron",
  },
];

/** The mutations whose text is not in their file any more. */
export const stale = (root: string): string[] =>
  MUTATIONS.filter(
    ({ file, text }) => !readFileSync(join(root, "src", file), "utf8").includes(text),
  ).map(({ name, file }) => `${name} (${file})`);

/** A copy of the project in a temporary folder, with the same packages. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), "stairstep-mutations-"));
  for (const name of ["src", "tools", "package.json", "tsconfig.json", "vite.config.ts"])
    cpSync(name, join(folder, name), {
      recursive: true,
      filter: (path) => !path.endsWith("node_modules"),
    });
  for (const modules of ["node_modules", "tools/hosts/node_modules"])
    if (existsSync(modules)) symlinkSync(join(process.cwd(), modules), join(folder, modules));
  return folder;
}

/** Runs the tests with the mutation; whether they noticed, and a line about it. */
function run(folder: string, mutation: Mutation) {
  const { name, file, text, broken, tests, named, project } = mutation;
  const path = join(folder, "src", file);
  const source = readFileSync(path, "utf8");
  writeFileSync(
    path,
    source.replace(text, () => broken),
  );
  const only = named ? ["--testNamePattern", named] : [];
  const args = ["vitest", "run", "--project", project ?? "browser", tests, ...only];
  const { status, stdout } = spawnSync("npx", args, { cwd: folder, encoding: "utf8" });
  writeFileSync(path, source);
  const failed = /Tests.*?(\d+) failed/.exec(stdout)?.[1];
  const how = failed ? ` (${failed} tests of ${tests})` : " (no test ran to its end)";
  return {
    red: status !== 0,
    line: status === 0 ? `SURVIVED  ${name}` : `red       ${name}${how}`,
  };
}

/** Takes the mutations whose names contain one of `wanted`, or all. Returns the exit status. */
export function main(wanted: readonly string[]): number {
  const lost = stale(process.cwd());
  if (lost.length > 0) throw new Error(`these mutations lack their text: ${lost.join(", ")}`);
  const chosen = MUTATIONS.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const folder = copy();
  let survived = 0;
  for (const mutation of chosen) {
    const { red, line } = run(folder, mutation);
    if (!red) survived++;
    console.log(line);
  }
  rmSync(folder, { recursive: true });
  return survived === 0 ? 0 : 1;
}
