#!/usr/bin/env node
/**
 * npm run mutate [-- NAME …]: breaks one kernel at a time, in a copy of the project, and runs the tests that should
 * notice. A mutation that stays green is printed as SURVIVED, and the exit status is 1: a test is missing.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** [name, file under src, text, broken text, tests, project]. The text must occur in the file. Tests run in Chromium unless another of Vitest's projects is named. */
const MUTATIONS = [
  ["one Philox round fewer", "shaders/philox.ts", "const ROUNDS = 10", "const ROUNDS = 9", "verify"],
  ["softmax without its maximum", "shaders/softmax.ts", "let top = logits[at + best]", "let top = 0.0", "softmax"],
  ["softmax gradient's sign", "shaders/softmax.ts", "/ sum - select", "/ sum + select", "softmax"],
  ["zero gradient in place of straight-through", "shaders/neurons/ordered.ts", "dz[at] *= z[at]", "dz[at] *= 0.0", "verify"],
  ["zero gradient of one-hot", "shaders/neurons/one-hot.ts", "d[${i}] = scale * p", "d[${i}] = 0.0 * p", "verify"],
  ["round in place of ceil(f - u)", "shaders/neurons/ordered.ts", "ceil(f.x - unit(draw(element)))", "round(f.x)", "verify"],
  ["ReinMax's half", "shaders/neurons/reinmax.ts", "- 0.5 * plains", "- 0.4 * plains", "twins"],
  ["Gumbel-softmax without its temperature", "shaders/neurons/gumbel.ts", "soften(1.0 / tau)", "soften(1.0)", "twins"],
  ["the draw is biased", "shaders/philox.ts", "fn unit(bits24: u32) -> f32 {\n  return f32(bits24)", "fn unit(bits24: u32) -> f32 {\n  return 0.99 * f32(bits24)", "sampling"],
  ["evaluation takes the slope of training", "shaders/layer.ts", '"shown_slope" : "slope"', '"slope" : "slope"', "network"],
  ["slope left out of the backward pass", "shaders/neurons/ordered.ts", '"1.0" : "slope"', '"1.0" : "1.0"', "verify"],
  ["affine reads past the last input", "shaders/matmul.ts", "n < ${to}; n +=", "n <= ${to}; n +=", "matmul"],
  ["head writes past the last row", "shaders/kernel.ts", "t < sure(rows, tile) ?", "t < tile ?", "network"],
  ["affine adds its parts before all are there", "shaders/affine.ts", "sum${t};`)}\n  workgroupBarrier();", "sum${t};`)}", "matmul"],
  ["affine leaves out the first part", "shaders/affine.ts", "local + ${perGroup}u; p <", "local + 2u * ${perGroup}u; p <", "matmul"],
  ["transfer reads past the last column", "shaders/transfer.ts", "j < ${quads}u", "j <= ${quads}u", "matmul"],
  ["update reads past the last row", "shaders/update.ts", '"0u", `${rows}u`', '"0u", `${rows + 1}u`', "matmul"],
  ["update writes past the last column", "shaders/update-tile.ts", "q < size.sureParts ? [] :", "true ? [] :", "matmul"],
  ["update climbs", "shaders/update-tile.ts", "old[${c}] - rate", "old[${c}] + rate", "matmul"],
  ["a quad's spare lanes write too", "shaders/update-tile.ts", "size.spare ? `if (${size.spare}) { return; }` : \"\"", "\"\"", "matmul"],
  ["a quad mixes up its lanes", "shaders/quad.ts", '"quadSwapX", "quadSwapY"', '"quadSwapY", "quadSwapX"', "matmul"],
  ["a quad's rows go to the next lane", "shaders/quad.ts", "(lane ^ ${t % lanes}u)", "((lane + ${t % lanes}u) % 4u)", "matmul"],
  ["affine and transfer write past the last row", "shaders/quad.ts", "surely ? body", "true ? body", "matmul"],
  ["runs are cut across rows", "shaders/quad.ts", "all.every(({ columns, starts })", "run > 0 || all.every(({ columns, starts })", "matmul"],
  ["odd lists end with what is not blank", "shaders/active.ts", "list[at + count] = blank;", "list[at + count] = list[at + 1u];", "matmul"],
  ["kernels of one text are one kernel", "runtime/device.ts", "${source(kernel)}`", "${kernel.wgsl}`", "runtime"],
  ["a kernel believes its buffer longer than it is", "runtime/program.ts", "Math.floor(bytes / (", "1 + Math.floor(bytes / (", "runtime"],
  ["update takes another layer's gradients", "shaders/update.ts", '`${of("outputs")} +', '`${of("inputs")} +', "network"],
  ["the list of tiles knows its first row alone", "shaders/active.ts", "min(first + ${t}u, ROWS - 1u)", "min(first, ROWS - 1u)", "matmul"],
  ["the list of tiles lacks its last row", "shaders/active.ts", "any |= masks[image${t} + m];", "any |= select(masks[image${t} + m], 0u, ${t + 1 === tile && tile > 1});", "matmul"],
  ["the list of words lacks the last word of a group", "shaders/active.ts", "{ length: span }", "{ length: Math.max(1, span - 1) }", "matmul"],
  ["forward without its barrier", "shaders/between.ts", "  storageBarrier();\n  ${sharedOut(", "  ${sharedOut(", "network"],
  ["backward without its barrier", "shaders/between.ts", "  storageBarrier();\n  for (var i = local", "  for (var i = local", "network"],
  ["head without the barrier behind fire", "shaders/head.ts", "storageBarrier();", "", "network"],
  ["head without the barrier behind its parts", "shaders/head.ts", "sum${t}_${c};`)}\n  workgroupBarrier();", "sum${t}_${c};`)}", "network"],
  ["head without the barrier behind its logits", "shaders/head.ts", "  }\n  workgroupBarrier();\n  #if", "  }\n  #if", "network"],
  ["head without the barrier behind softmax", "shaders/head.ts", "  workgroupBarrier();\n  ${held}", "  ${held}", "network"],
  ["softmax without the barrier behind its logits", "shaders/alone.ts", "given[row * CLASSES + i]; }\n  workgroupBarrier();", "given[row * CLASSES + i]; }", "softmax"],
  ["softmax without the barrier behind its result", "shaders/alone.ts", "labels[row]); }\n  workgroupBarrier();", "labels[row]); }", "softmax"],
  ["report without its barrier", "shaders/report.ts", "workgroupBarrier();", "", "training"],
  ["batch order repeats an image", "shaders/order.ts", "let mixed = left ^", "let mixed = left &", "order"],
  ["batch order leaves the split", "shaders/order.ts", "if (x < ${images}u)", "if (x <= ${images}u)", "order"],
  ["members share noise", "shaders/layer.ts", "noise_key = member.key", "noise_key = control.members[0].key", "network"],
  ["members share initial weights", "shaders/initialise.ts", "control.members[member].key", "control.members[0].key", "network"],
  ["layers share noise", "shaders/layer.ts", "noise.layer)}u", "0)}u", "network"],
  ["the training split is evaluated from the file's beginning", "model/evaluator.ts", "[begin + first + i,", "[first + i,", "network"],
  // What no other compiler minds, and what only the kernels for GPUs show.
  ["a function ends in a loop that returns", "shaders/order.ts", "{ break; }\n  }\n  return x; // behind the loop: naga wants every function to end with its value", "{ return x; }\n  }", "compilers", "node"],
  ["the head of GPUs outgrows workgroup memory", "shaders/head.ts", "SLICE_QUADS = 8", "SLICE_QUADS = 64", "compilers", "node"],
  ["all layers' updates take the pixels' place", "shaders/update.ts", "if (number < ${lower * tiles.workgroup}u)", "if (number < ${(lower + 1) * tiles.workgroup}u)", "network", "browser-gpu"],
  ["a class between two slices is left out", "shaders/head.ts", "begin += SLICE", "begin += SLICE + 1u", "network"],
  ["classes behind the first slice have no gradient", "shaders/head.ts", "c < QUADS; c++", "c < SLICE; c++", "network"],
  ["the second row of workgroups repeats the first", "shaders/kernel.ts", "(group.x + group.y * ${across}u)", "group.x", "kernel"],
  ["steps share noise", "shaders/layer.ts", "noise_step = control.step", "noise_step = 0u", "network"],
  ["evaluation draws the noise of training", "shaders/layer.ts", "stream(Purpose[noise.purpose],", "stream(Purpose.training,", "verify/verify"],
  ["initial weights reach too far", "shaders/initialise.ts", "(2.0 * unit", "(2.02 * unit", "verify/verify"],
  ["update forgets the bias", "shaders/update-tile.ts", "[${c}] -= rate *", "[${c}] -= 0.0 *", "verify/verify"],
  ["training is not annealed", "shaders/update.ts", "min(member.slope * member.anneal, member.cap)", "member.slope", "verify/verify"],
  ["the loss of a report is one per mille off", "shaders/report.ts", ".loss = loss", ".loss = 0.999 * loss", "verify/verify"],
];

const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "stairstep-mutations-"));
for (const name of ["src", "tools", "package.json", "tsconfig.json", "vite.config.ts"])
  cpSync(name, join(folder, name), { recursive: true, filter: (path) => !path.endsWith("node_modules") });
for (const modules of ["node_modules", "tools/hosts/node_modules"].filter((path) => existsSync(path)))
  symlinkSync(join(process.cwd(), modules), join(folder, modules));

for (const [name, file, text] of MUTATIONS)
  if (!readFileSync(join(folder, "src", file), "utf8").includes(text)) throw new Error(`${file} has no ${JSON.stringify(text)}: mend the mutation "${name}"`);

let survived = 0;
for (const [name, file, text, broken, tests, project = "browser"] of MUTATIONS.filter(([name]) => wanted.length === 0 || wanted.some((w) => name.includes(w)))) {
  const path = join(folder, "src", file);
  const source = readFileSync(path, "utf8");
  writeFileSync(path, source.replace(text, () => broken));
  const { status, stdout } = spawnSync("npx", ["vitest", "run", "--project", project, tests], { cwd: folder, encoding: "utf8" });
  writeFileSync(path, source);
  const failed = /Tests.*?(\d+) failed/.exec(stdout)?.[1];
  if (status === 0) survived++;
  console.log(`${status === 0 ? "SURVIVED" : "red     "}  ${name}${failed ? ` (${failed} tests of ${tests})` : status === 0 ? "" : " (no test ran to its end)"}`);
}
rmSync(folder, { recursive: true });
process.exitCode = survived === 0 ? 0 : 1;
