/** The journey of a person with files of their own, in any browser. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "playwright/test";
import { madeUpFolder } from "../tools/made-up.ts";

/** What the journey does with a browser's page. */
export interface Driver {
  /** Opens the page at the settings of `fragment`, and waits for its data. */
  open(fragment: string): Promise<void>;
  /** Chooses files for the page's input of this id. */
  give(id: string, paths: string[]): Promise<void>;
  click(selector: string): Promise<void>;
  text(id: string): Promise<string>;
  /** Waits until the text of #`id` matches. */
  reads(id: string, expected: RegExp): Promise<void>;
}

const NAMES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];

export async function ownData(page: Driver): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "stairstep-own-"));
  // As large as MNIST's images, with as many classes.
  const plain = madeUpFolder(join(folder, "plain"), 10, 28);
  const read = (name: string) => readFileSync(join(plain, name));
  const paths = NAMES.map((name) => join(plain, name));
  const written = (name: string, content: Buffer | string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  try {
    const settings = "neuron=tanh&units=10&epochs=1";
    await page.open(settings);

    // One cause, one message, with the file's name as it is.
    const [, ...others] = paths;
    const broken = written("train-images-idx3-ubyte", "<!DOCTYPE html><title>404</title>");
    await page.give("files", [broken, ...others]);
    await page.reads(
      "message",
      /^train-images-idx3-ubyte is a web page \(HTML\).*download the file/,
    );
    await page.give("files", [broken]);
    await page.reads(
      "message",
      /^The files given: there is no train-labels-idx1-ubyte.* but train-images/,
    );
    await page.give("load", [written("my model.safetensors", "x")]);
    await page.reads(
      "message",
      /^my model\.safetensors is not a Stairstep model .* or the page wrote$/,
    );

    // Two gzip members with zeros behind them, by EMNIST's names.
    mkdirSync(join(folder, "emnist"));
    const images = read(NAMES[0] as string);
    const members = [images.subarray(0, 5000), images.subarray(5000)].map((part) => gzipSync(part));
    const zipped = Buffer.concat([...members, Buffer.alloc(512)]);
    const emnist = NAMES.map((name, i) =>
      written(
        `emnist/emnist-own-${name.replace("t10k", "test")}.gz`,
        i === 0 ? zipped : gzipSync(read(name)),
      ),
    );
    await page.give("files", emnist);
    await page.reads("dataset", /your data: 110 images to learn from, 10 classes/);
    await page.reads("message", /^EMNIST has rows and columns of its images swapped\. Turn them$/);
    await page.click("#train");
    await page.reads("train", /^Train again$/);
    const outcome = () => Promise.all(["validation", "test"].map((id) => page.text(id)));
    const trained = await outcome();

    // After a reload the page has MNIST, and says that this run is of other data.
    await page.open(settings);
    await page.reads("message", /^Your last run \(10 tanh neurons\) is kept/);
    await page.click("#message button");
    const told =
      /^The model was trained on your data \([0-9a-f]{16}\), and this is MNIST \([0-9a-f]+\): give/;
    await page.reads("message", told);
    expect(await page.text("validation")).toBe("–");
    await page.give("files", paths); // the same content, under other names and not zipped
    await page.reads("train", /^Train again$/);
    expect(await outcome()).toEqual(trained);

    // Told to go on over MNIST, it does, and is at chance there.
    await page.open(settings);
    await page.click("#message button");
    await page.reads("message", told);
    await page.click("#message button");
    await page.reads("train", /^Train again$/);
    expect(Number.parseFloat(await page.text("test"))).toBeLessThan(40);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
