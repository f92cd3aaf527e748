/** What decides a result is checked or said: data, split, kernels, version. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { labelFile } from "../data/write-idx";
import { readTensors, writeTensors } from "../model/safetensors";
import { build, stairstep } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-honest-"));
const file = (name: string) => join(folder, name);
const SETTINGS = "--neuron tanh --hidden 8 --batch 20 --steps 200";

/** The settings of a saved model, changed. */
function changed(name: string, change: (model: Record<string, unknown>) => void): string {
  const refuse = (why: string): never => {
    throw new Error(why);
  };
  const { metadata, tensors } = readTensors(new Uint8Array(readFileSync(file("model"))), refuse);
  const model = JSON.parse(metadata.model ?? "");
  change(model);
  const written = { metadata: { ...metadata, model: JSON.stringify(model) }, tensors };
  writeFileSync(file(name), writeTensors(written));
  return file(name);
}

beforeAll(() => {
  build();
  madeUpFolder(file("a"), 4);
  madeUpFolder(file("b"), 4);
  const path = file("b/train-images-idx3-ubyte");
  const bytes = readFileSync(path);
  bytes[5000] = 255 - (bytes[5000] as number);
  writeFileSync(path, bytes);
  const { status, stderr } = stairstep(
    `train ${SETTINGS} --data ${file("a")} --save ${file("model")}`,
  );
  expect([status, stderr]).toEqual([0, ""]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const OTHER = /the model was trained on a \([0-9a-f]{16}\), and this is (b|MNIST) \([0-9a-f]{16}\)/;

it("a run goes on with the data that it was trained on, and with no other", () => {
  for (const data of [` --data ${file("b")}`, ""]) {
    const { status, stdout, stderr } = stairstep(
      `train --resume ${file("model")}${data} --steps 400`,
    );
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(OTHER);
  }
  const split = stairstep(`train --resume ${file("model")} --data ${file("a")} --validation first`);
  expect(split.stderr).toMatch(
    /on a \(validation stratified 1\), and this is a \(validation first 4\)/,
  );
  const seeded = `--data ${file("a")} --steps 200 --data-seed 2 --save ${file("seeded")}`;
  stairstep(`train --neuron tanh --hidden 8 ${seeded}`);
  for (const more of ["", " --validation stratified"]) {
    const again = `train --resume ${file("seeded")} --data ${file("a")} --steps 300${more}`;
    expect(stairstep(again)).toMatchObject({ status: 0, stderr: "" });
  }
  const same = stairstep(`train --resume ${file("model")} --data ${file("a")} --steps 400`);
  expect(same).toMatchObject({ status: 0, stderr: "" });
});

it("a model is evaluated on other data only when that is wanted", () => {
  const alike = stairstep(`evaluate ${file("model")} --data ${file("b")}`);
  expect([alike.status, alike.stdout]).toEqual([3, ""]);
  const forgotten = stairstep(`evaluate ${file("model")}`);
  expect([forgotten.status, forgotten.stdout]).toEqual([3, ""]);
  expect(forgotten.stderr).toMatch(OTHER);
  expect(forgotten.stderr).toContain("give that with --data, or go on with --other-data");
  const wanted = stairstep(`evaluate ${file("model")} --data ${file("b")} --other-data --json`);
  expect(wanted.status).toBe(0);
  expect(wanted.stderr).toMatch(new RegExp(`^Note {8}${OTHER.source}\n$`));
  const { data, trainedOn } = JSON.parse(wanted.stdout);
  expect([data.name, trainedOn.name]).toEqual(["b", "a"]);
});

it("what else keeps a run from its bits is said: kernels, version, and what is not known", () => {
  const goesOn = (model: string, more = "") =>
    stairstep(`train --resume ${model} --data ${file("a")} --steps 300${more}`);
  const { kernels } = JSON.parse(
    stairstep(`evaluate ${file("model")} --data ${file("a")} --json`).stdout,
  );
  const other = kernels === "gpu" ? "software" : "gpu";
  expect(goesOn(file("model"), ` --kernels ${other}`).stderr).toMatch(
    new RegExp(
      `was made by ${kernels} kernels, and these are ${other} ones: .*--kernels ${kernels}`,
    ),
  );
  const old = changed("old", (model) => Object.assign(model, { version: "0.0.1" }));
  expect(goesOn(old).stderr).toMatch(/old was made by Stairstep 0\.0\.1, and this is /);
  const before = changed("before", (model) => delete model.data);
  expect(goesOn(before).stderr).toMatch(/does not say what data it was trained on/);
});

it("a file sorted by class is split by class, and a one-sided split is named", () => {
  const sorted = madeUpFolder(file("sorted"), 4);
  const path = join(sorted, "train-images-idx3-ubyte");
  const bytes = readFileSync(path);
  const images = Array.from({ length: 48 }, (_, i) => bytes.subarray(16 + 144 * i, 160 + 144 * i));
  // Each twenty times, for a validation set large enough that what it lacks tells something.
  const order = Array.from({ length: 960 }, (_, i) => i % 48).sort((i, j) => (i % 4) - (j % 4));
  const head = Buffer.from(bytes.subarray(0, 16));
  head.writeUInt32BE(order.length, 4);
  writeFileSync(path, Buffer.concat([head, ...order.map((i) => images[i] as Buffer)]));
  writeFileSync(join(sorted, "train-labels-idx1-ubyte"), labelFile(order.map((i) => i % 4)));

  const train = `train ${SETTINGS} --data ${sorted}`;
  const stratified = stairstep(train);
  expect(stratified).toMatchObject({ status: 0, stderr: "" });
  expect(stratified.stdout).toMatch(
    /880 images to learn from, 80 for validation \(of each class its share, seed 1\)/,
  );
  expect(stratified.stdout).toMatch(/Accuracy {4}validation (9|100)/);
  expect(stairstep(`${train} --validation first`).stderr).toBe(
    "Warning     all 80 images of the validation set have the class 0; accuracies mislead.\n" +
      "            --validation stratified takes a share of each class.\n",
  );
});
