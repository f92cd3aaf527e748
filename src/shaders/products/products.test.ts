import { describe, expect, it } from "vitest";
import { call, Program } from "../../runtime/program";
import { ALONE, HARDWARE, numbers, SOFTWARE, testDevice } from "../../testing";
import { rowListsKernel, rowListsLength, wordListsKernel, wordListsLength } from "../blank/lists";
import { maskImages } from "../blank/masks";
import { packControl } from "../control";
import { type Kernel, pad4 } from "../kernel";
import { parameterRows } from "../layout";
import { sgd } from "../optimizers/sgd";
import { inputGradientKernel } from "../standalone";
import { forwardKernel, type ProductShape } from "./forward";
import { rowsOfTile } from "./tiles";
import { updateGroup, updateKernel } from "./weight-update";

/** f32 keeps 24 bits; sums of up to 200 products of numbers below 1 lose a few of the last. */
const TOLERANCE = 1e-4;
const RATES = [0.5, -1, 0.25];
const members = RATES.map((rate) => ({ seed: 0, rate, slope: 1, tau: 1, anneal: 1, cap: 1 }));
const control = new Uint8Array(packControl(0, 1, 0, members));

type Matrix = number[][];
/** Random matrices, the same whichever tests run before. */
const matrices = (seed: number) => {
  const random = numbers(seed);
  return (rows: number, columns: number): Matrix =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => random() - 0.5));
};

/** One matrix a member, in rows of `stride`; `height` rows each. */
function pack(members: Matrix[], stride: number, height: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(members.length * height * stride);
  members.forEach((m, i) => m.forEach((row, r) => all.set(row, (i * height + r) * stride)));
  return all;
}

/** Parameters with a random bias in the last row. */
const parameters = (weights: Matrix[], biases: number[][], inner: number, columns: number) =>
  pack(
    weights.map((w, i) => [...w, ...Array(pad4(inner) - inner).fill([]), biases[i] as number[]]),
    pad4(columns),
    parameterRows(inner),
  );

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) =>
    (b[0] as number[]).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] as number), 0)),
  );
const transpose = (a: Matrix): Matrix =>
  (a[0] as number[]).map((_, j) => a.map((row) => row[j] as number));

/** The output buffer goes on behind what is asked for, and nothing may be written there. */
const GUARD = 2048;

async function run(
  kernel: Parameters<typeof call>[0],
  data: Record<string, ArrayBufferView<ArrayBuffer>>,
  output: string,
): Promise<Float32Array<ArrayBuffer>> {
  const device = await testDevice();
  const given = data[output] as ArrayBufferView<ArrayBuffer>;
  const wanted = new Uint8Array(given.byteLength + GUARD).fill(7);
  wanted.set(new Uint8Array(given.buffer, given.byteOffset, given.byteLength));
  const buffers = Object.fromEntries(
    Object.entries({ ...data, [output]: wanted }).map(([name, values]) => [
      name,
      device.upload(name, values),
    ]),
  );
  const program = await Program.create(device, [call(kernel, buffers)]);
  program.run(device);
  const bytes = await device.read(buffers[output] as GPUBuffer);
  expect(new Set(new Uint8Array(bytes, given.byteLength, GUARD))).toEqual(new Set([7]));
  return new Float32Array(bytes, 0, given.byteLength / 4);
}

function expectClose(
  found: Float32Array,
  expected: Matrix[],
  stride: number,
  height: number,
): void {
  expected.forEach((m, i) =>
    m.forEach((row, r) =>
      row.forEach((want, c) => {
        const got = found[(i * height + r) * stride + c] as number;
        if (!(Math.abs(got - want) <= TOLERANCE))
          expect.fail(`member ${i}, row ${r}, column ${c}: ${got} instead of ${want}`);
      }),
    ),
  );
}

const SIZES = [
  [1, 1, 1],
  [1, 7, 5],
  [2, 3, 1],
  [13, 17, 19],
  [50, 31, 10],
  [53, 4, 101],
  [27, 130, 23],
  // Long runs of outputs, of ten and of eight.
  [5, 9, 800],
  [6, 5, 808],
] as const;

/** The kernel without the marks that flatten looks for. */
const asWritten = (kernel: Kernel): Kernel => ({
  ...kernel,
  wgsl: kernel.wgsl.replace(/ \/\/ (unroll|registers)/g, ""),
});

const update = (shape: ProductShape) =>
  updateKernel({ ...shape, layers: [shape], optimizer: sgd, stateLength: 0, last: false });

for (const [name, { tiles }] of Object.entries({ SOFTWARE, ALONE, HARDWARE })) {
  describe(`products of three members with the tiles for ${name}`, () => {
    for (const [rows, inputs, outputs] of SIZES) {
      const matrix = matrices(rows * inputs * outputs);
      const members = [0, 1, 2];
      const shape: ProductShape = {
        ...{ label: "test", rows, inputs, outputs, members: 3, tiles },
        source: "activations",
      };
      const x = members.map(() => matrix(rows, inputs));
      const w = members.map(() => matrix(inputs, outputs));
      const g = members.map(() => matrix(rows, outputs));
      const biases = members.map(() => matrix(1, outputs)[0] as number[]);
      const weights = parameters(w, biases, inputs, outputs);

      it(`x·w + bias, ${rows} × ${inputs} × ${outputs}`, async () => {
        const z = new Float32Array(3 * rows * pad4(outputs));
        const given = { x: pack(x, pad4(inputs), rows), control, weights, z };
        const found = await run(forwardKernel(shape), given, "z");
        const expected = members.map((m) =>
          product(x[m] as Matrix, w[m] as Matrix).map((row) =>
            row.map((value, j) => value + (biases[m]?.[j] as number)),
          ),
        );
        expectClose(found, expected, pad4(outputs), rows);
      });

      it(`is the same bits flattened, ${rows} × ${inputs} × ${outputs}`, async () => {
        const z = new Float32Array(3 * rows * pad4(outputs));
        const dx = new Float32Array(3 * rows * pad4(inputs));
        const [packedX, dz] = [pack(x, pad4(inputs), rows), pack(g, pad4(outputs), rows)];
        for (const [kernel, given, output] of [
          [forwardKernel(shape), { x: packedX, control, weights, z }, "z"],
          [inputGradientKernel(shape), { dz, weights, dx }, "dx"],
          [update(shape), { y: packedX, dz, control, weights }, "weights"],
        ] as const)
          expect(await run(asWritten(kernel), given, output)).toEqual(
            await run(kernel, given, output),
          );
      });

      it(`dz·wᵀ, ${rows} × ${inputs} × ${outputs}`, async () => {
        const dx = new Float32Array(3 * rows * pad4(inputs));
        const given = { dz: pack(g, pad4(outputs), rows), weights, dx };
        const found = await run(inputGradientKernel(shape), given, "dx");
        const expected = members.map((m) => product(g[m] as Matrix, transpose(w[m] as Matrix)));
        expectClose(found, expected, pad4(inputs), rows);
      });

      it(`w - rate · xᵀ·dz and the bias, ${rows} × ${inputs} × ${outputs}`, async () => {
        const dz = pack(g, pad4(outputs), rows);
        const given = { y: pack(x, pad4(inputs), rows), dz, control, weights };
        const found = await run(update(shape), given, "weights");
        const expected = members.map((m) => {
          const step = product(transpose(x[m] as Matrix), g[m] as Matrix);
          const rate = RATES[m] as number;
          const rowsOf = (w[m] as Matrix).map((row, k) =>
            row.map((value, j) => value - rate * (step[k]?.[j] as number)),
          );
          const bias = (biases[m] as number[]).map(
            (value, j) =>
              value - rate * (g[m] as Matrix).reduce((sum, row) => sum + (row[j] as number), 0),
          );
          const padding = Array.from({ length: pad4(inputs) - inputs }, () =>
            Array(outputs).fill(0),
          );
          return [...rowsOf, ...padding, bias];
        });
        expectClose(found, expected, pad4(outputs), parameterRows(inputs));
      });
    }

    // 13 pixels make no whole words; 48 are six rows of two words. Even rows are taken in twos.
    for (const [inputs, rowWords, rows] of [
      [13, 1, 11],
      [17, 1, 12],
      [48, 2, 11],
      [48, 2, 26],
    ] as const) {
      describe(`of ${rows} gathered u8 images of ${inputs} pixels`, () => {
        const [outputs, images, slots] = [6, 40, 3];
        const random = numbers(rows + inputs);
        const matrix = matrices(rows * inputs);
        // Mostly blank, so that many a word holds something in one row of a tile alone.
        const pixels = Array.from({ length: images }, () =>
          Array.from({ length: inputs }, () =>
            random() < 0.06 ? 1 + Math.floor(random() * 255) : 0,
          ),
        );
        const packed = new Uint8Array(images * pad4(inputs));
        pixels.forEach((row, i) => packed.set(row, i * pad4(inputs)));
        const chosen = Array.from({ length: slots * rows }, (_, i) => (7 * i + 3) % images);
        const batches = Uint32Array.from(chosen.flatMap((image) => [image, 0]));
        const x = chosen
          .slice(0, rows)
          .map((image) => (pixels[image] as number[]).map((p) => p / 255));
        const w = matrix(inputs, outputs);
        const g = matrix(rows, outputs);
        const weights = parameters([w], [Array(outputs).fill(0)], inputs, outputs);
        const list = { rows, words: pad4(inputs) / 4, rowWords, slots };
        const given = { images: packed, batches, control, weights };

        const shapeOf = (listed: boolean): ProductShape => ({
          ...{ label: "images", rows, inputs, outputs, members: 1, tiles },
          source: { dtype: "u8", slots, rowWords, listed },
        });
        const lists = async (kernel: Parameters<typeof call>[0], length: number) => {
          const masks = maskImages(packed, list);
          const found = await run(
            kernel,
            { masks, batches, list: new Uint32Array(length) },
            "list",
          );
          return new Uint32Array(found.buffer, 0, found.length);
        };
        const forward = async (listed: boolean) => {
          const tile = rowsOfTile(rows, tiles);
          const words = await lists(
            wordListsKernel(list, tile, tiles.splits),
            wordListsLength(list, tile, tiles.splits),
          );
          const z = new Float32Array(rows * pad4(outputs));
          return run(forwardKernel(shapeOf(listed)), { ...given, lists: words, z }, "z");
        };
        const updated = async (listed: boolean) => {
          const group = updateGroup(shapeOf(listed), tiles);
          const found = await lists(rowListsKernel(list, group), rowListsLength(list, group));
          const dz = pack([g], pad4(outputs), rows);
          return run(update(shapeOf(listed)), { ...given, lists: found, dz }, "weights");
        };

        for (const listed of [false, true]) {
          const how = listed ? "by the lists of what is not blank" : "whole";
          it(`forward, ${how}, as x / 255`, async () => {
            expectClose(await forward(listed), [product(x, w)], pad4(outputs), rows);
          });
          it(`update, ${how}, as x / 255`, async () => {
            const step = product(transpose(x), g);
            const expected = w.map((row, k) =>
              row.map((value, j) => value - 0.5 * (step[k]?.[j] as number)),
            );
            expectClose(await updated(listed), [expected], pad4(outputs), parameterRows(inputs));
          });
        }
        it("lists leave the bits as they are", async () => {
          expect(await forward(true)).toEqual(await forward(false));
          expect(await updated(true)).toEqual(await updated(false));
        });
      });
    }
  });
}
