/** Cases that people have reported, by the command alone, in folders of a few made-up images. */
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { madeUpFolder } from "../../tools/made-up";
import { idx } from "../data/write-idx";
import { build, COMMAND, stairstep } from "./built";

const folder = mkdtempSync(join(tmpdir(), "stairstep-reported-"));
const file = (name: string) => join(folder, name);
const DATA = `--data ${file("data")}`;
const TRAIN = `train ${DATA} --neuron tanh --hidden 8 --batch 20 --steps 200`;

beforeAll(() => {
  build();
  madeUpFolder(file("data"), 4);
  expect(stairstep(`${TRAIN} --save ${file("model")}`).status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Entry {
  shape: number[];
  data_offsets: [number, number];
}

describe("a model whose header does not tell what it holds is refused", () => {
  /** The model with its header's text changed, and what is behind it. */
  function changed(name: string, change: (header: string, bytes: Buffer) => string): string {
    const model = readFileSync(file("model"));
    const length = Number(model.readBigUInt64LE());
    const bytes = Buffer.from(model.subarray(8 + length));
    const header = Buffer.from(change(model.toString("utf8", 8, 8 + length), bytes));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(header.length));
    const path = file(name.replaceAll(" ", "-"));
    writeFileSync(path, Buffer.concat([size, header, bytes]));
    return path;
  }
  const weights = (header: string): Entry => JSON.parse(header)["layer1.weight"];

  it.each<[string, string, (header: string, bytes: Buffer) => string]>([
    [
      "transposed",
      "layer1.weight has the shape [8, 144]: transpose it, to [inputs, outputs] [144, 8]",
      (header, bytes) => {
        const { data_offsets } = weights(header);
        const matrix = bytes.subarray(...data_offsets); // [144, 8], of float32
        const rows = Buffer.from(matrix);
        for (let i = 0; i < 144; i++)
          for (let j = 0; j < 8; j++)
            matrix.writeFloatLE(rows.readFloatLE(4 * (8 * i + j)), 4 * (144 * j + i));
        return header.replace("[144,8]", "[8,144]");
      },
    ],
    [
      "of NaN alone",
      "layer1.weight holds NaN at place 0",
      (header, bytes) => {
        const { data_offsets } = weights(header);
        for (let at = data_offsets[0]; at < data_offsets[1]; at += 4)
          bytes.writeFloatLE(Number.NaN, at);
        return header;
      },
    ],
    [
      "overlapping",
      "layer1.weight begins at 0, and what is before ends at 32",
      (header) => {
        const all = JSON.parse(header);
        all["layer1.bias"].data_offsets = [0, 32];
        return JSON.stringify(all);
      },
    ],
    [
      "with a name twice",
      '"layer1.bias" twice',
      (header) => {
        const bias = JSON.stringify(JSON.parse(header)["layer1.bias"]);
        return header.trim().replace(/\}$/, `,"layer1.bias":${bias}}`);
      },
    ],
  ])("%s", (name, why, change) => {
    const { status, stdout, stderr } = stairstep(`evaluate ${changed(name, change)} ${DATA}`);
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toContain(why);
  });

  it("with bytes behind the last tensor; and NaN is the file's on resume, not the rate's", () => {
    const longer = file("longer");
    writeFileSync(longer, Buffer.concat([readFileSync(file("model")), Buffer.alloc(4)]));
    expect(stairstep(`evaluate ${longer} ${DATA}`)).toMatchObject({ status: 3, stdout: "" });
    const nan = changed("nan", (header, bytes) => {
      bytes.writeFloatLE(Number.NaN, weights(header).data_offsets[0]);
      return header;
    });
    const resumed = stairstep(`train --resume ${nan} ${DATA} --steps 400`);
    expect(resumed.stderr).toMatch(/^error: .*layer1\.weight holds NaN at place 0/);
    expect(resumed.status).toBe(3);
  });
});

describe("where a model is to be saved", () => {
  it("a link stays one, and its target is written, with the permissions that it had", () => {
    writeFileSync(file("target"), "old");
    chmodSync(file("target"), 0o600);
    symlinkSync("target", file("link"));
    expect(stairstep(`${TRAIN} --save ${file("link")}`).status).toBe(0);
    expect(lstatSync(file("link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(file("target"))).toEqual(readFileSync(file("model")));
    expect(statSync(file("target")).mode & 0o777).toBe(0o600);
  });

  it("a pipe stays one, and is refused", () => {
    execFileSync("mkfifo", [file("pipe")]);
    const { status, stdout, stderr } = stairstep(`${TRAIN} --save ${file("pipe")}`);
    expect(lstatSync(file("pipe")).isFIFO()).toBe(true);
    expect(stderr).toContain("is a device or pipe, not a plain file");
    expect([status, stdout]).toEqual([3, ""]);
  });

  it("two runs with one checkpoint both end, and leave one that is whole", async () => {
    const keep = `--checkpoint ${file("both")} --checkpoint-every 100`;
    const args = `${TRAIN.replace("200", "3000")} ${keep}`.split(" ");
    const codes = [1, 2].map(() => {
      const child = spawn(process.execPath, [COMMAND, ...args], { stdio: "ignore" });
      return new Promise((resolve) => child.on("close", resolve));
    });
    expect(await Promise.all(codes)).toEqual([0, 0]);
    expect(stairstep(`evaluate ${file("both")} ${DATA}`).status).toBe(0);
  });
});

describe("a data folder", () => {
  const NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] as const;
  const [IMAGES, LABELS] = NAMES;
  const other = (name: string, change: (path: (name: string) => string) => void): string => {
    const place = madeUpFolder(file(name), 4);
    change((part) => join(place, part));
    return `${TRAIN} --data ${place}`.replace(`${DATA} `, "");
  };

  it.each<[string, string, string | Uint8Array, string]>([
    ["a web page", IMAGES, "<!DOCTYPE html><title>404</title>", "is a web page (HTML)"],
    ["a zip archive", IMAGES, "PK\x03\x04\x14\x00\x00\x00\x08\x00", "is a zip archive"],
    ["floats", LABELS, idx([48], new Uint8Array(192), 0xd01), "of floats"],
    [
      "one-hot labels",
      LABELS,
      idx([48, 4], new Uint8Array(192), 0x802),
      "several numbers an image",
    ],
  ])("with %s is refused as what it is", (name, part, content, why) => {
    const train = other(name.replaceAll(" ", "-"), (path) => writeFileSync(path(part), content));
    const { status, stdout, stderr } = stairstep(train);
    expect(stderr).toContain(part);
    expect(stderr).toContain(why);
    expect([status, stdout]).toEqual([3, ""]);
  });

  it("with one channel an image, a table of labels and EMNIST's names is read", () => {
    const train = other("emnist", (path) => {
      const images = readFileSync(path(IMAGES)).subarray(16);
      writeFileSync(path(IMAGES), idx([48, 12, 12, 1], images));
      const table = Buffer.alloc(48 * 8 * 4);
      readFileSync(path(LABELS))
        .subarray(8)
        .forEach((label, i) => void table.writeInt32BE(label, 32 * i));
      writeFileSync(path(LABELS), idx([48, 8], table, 0xc02));
      for (const set of ["train", "t10k"])
        for (const what of ["images-idx3", "labels-idx1"])
          renameSync(
            path(`${set}-${what}-ubyte`),
            path(`emnist-own-${set.replace("t10k", "test")}-${what}-ubyte`),
          );
    });
    const { status, stdout } = stairstep(train);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/Accuracy {4}validation/)]);
  });

  it("that lacks a file is refused with what was seen in it", () => {
    const place = file("lacking");
    mkdirSync(place);
    copyFileSync(join(file("data"), IMAGES), join(place, IMAGES));
    const { status, stderr } = stairstep(`train --data ${place}`);
    expect(stderr).toMatch(new RegExp(`there is no ${LABELS}.* but ${IMAGES}`));
    expect(status).toBe(3);
  });
});
