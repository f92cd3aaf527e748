import { describe, expect, it } from "vitest";
import { call, Program } from "../runtime/program";
import { ALONE, HARDWARE, numbers, SOFTWARE, testDevice } from "../testing";
import {
  activeTilesKernel,
  activeTilesLength,
  activeWordsKernel,
  activeWordsLength,
  maskImages,
} from "./active";
import { affineKernel, affineTile } from "./affine";
import { transferKernel } from "./alone";
import { packControl } from "./control";
import { parameterRows } from "./initialise";
import { pad4 } from "./kernel";
import type { MatmulShape } from "./matmul";
import { updateGroup, updateKernel } from "./update";

/** f32 keeps 24 bits; sums of up to 200 products of numbers below 1 lose a few of the last. */
const TOLERANCE = 1e-4;
const RATES = [0.5, -1, 0.25];
const members = RATES.map((rate) => ({ seed: 0, rate, slope: 1, tau: 1, anneal: 1, cap: 1 }));
const control = new Uint8Array(packControl(0, 1, 0, members));

type Matrix = number[][];
const random = numbers(3);
const matrix = (rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random() - 0.5));

/** One matrix a member, in rows of `stride`; `height` rows each. */
function pack(members: Matrix[], stride: number, height: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(members.length * height * stride);
  members.forEach((m, i) => m.forEach((row, r) => all.set(row, (i * height + r) * stride)));
  return all;
}

/** Parameters with a random bias in the last row. */
const parameters = (weights: Matrix[], biases: number[][], inner: number, columns: number) =>
  pack(
    weights.map((w, i) => [...w, ...matrix(pad4(inner) - inner, 0), biases[i] as number[]]),
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
  // Long runs of columns, of ten and of eight.
  [5, 9, 800],
  [6, 5, 808],
] as const;

for (const [name, { tiles }] of Object.entries({ SOFTWARE, ALONE, HARDWARE })) {
  describe(`matrix products of three members with the tiles for ${name}`, () => {
    for (const [rows, inner, columns] of SIZES) {
      const members = [0, 1, 2];
      const shape: MatmulShape = {
        label: "test",
        rows,
        inner,
        columns,
        members: 3,
        input: "activations",
        tiles,
      };
      const a = members.map(() => matrix(rows, inner));
      const w = members.map(() => matrix(inner, columns));
      const g = members.map(() => matrix(rows, columns));
      const biases = members.map(() => matrix(1, columns)[0] as number[]);
      const b = parameters(w, biases, inner, columns);

      it(`A·B + bias, ${rows} × ${inner} × ${columns}`, async () => {
        const c = new Float32Array(3 * rows * pad4(columns));
        const found = await run(
          affineKernel(shape),
          { a: pack(a, pad4(inner), rows), control, b, c },
          "c",
        );
        const expected = members.map((m) =>
          product(a[m] as Matrix, w[m] as Matrix).map((row) =>
            row.map((x, j) => x + (biases[m]?.[j] as number)),
          ),
        );
        expectClose(found, expected, pad4(columns), rows);
      });

      it(`G·Bᵀ, ${rows} × ${inner} × ${columns}`, async () => {
        const c = new Float32Array(3 * rows * pad4(inner));
        const found = await run(
          transferKernel(shape),
          { g: pack(g, pad4(columns), rows), b, c },
          "c",
        );
        expectClose(
          found,
          members.map((m) => product(g[m] as Matrix, transpose(w[m] as Matrix))),
          pad4(inner),
          rows,
        );
      });

      it(`B - rate · Aᵀ·G and the bias, ${rows} × ${inner} × ${columns}`, async () => {
        const kernel = updateKernel({ ...shape, layers: [shape], advance: false });
        const found = await run(
          kernel,
          { y: pack(a, pad4(inner), rows), g: pack(g, pad4(columns), rows), control, b },
          "b",
        );
        const expected = members.map((m) => {
          const step = product(transpose(a[m] as Matrix), g[m] as Matrix);
          const weights = (w[m] as Matrix).map((row, k) =>
            row.map((x, j) => x - (RATES[m] as number) * (step[k]?.[j] as number)),
          );
          const bias = (biases[m] as number[]).map(
            (x, j) =>
              x -
              (RATES[m] as number) *
                (g[m] as Matrix).reduce((sum, row) => sum + (row[j] as number), 0),
          );
          return [
            ...weights,
            ...Array.from({ length: pad4(inner) - inner }, () => Array(columns).fill(0)),
            bias,
          ];
        });
        expectClose(found, expected, pad4(columns), parameterRows(inner));
      });
    }

    // 13 pixels make no whole words; 48 are six rows of two words. Even rows and words are taken in
    // twos.
    for (const [inner, rowWords, rows] of [
      [13, 1, 11],
      [17, 1, 12],
      [48, 2, 11],
      [48, 2, 26],
    ] as const) {
      it(`reads ${rows} gathered u8 images of ${inner} pixels as x / 255, in both directions, also from lists of what is active, with the same bits where sums are not split`, async () => {
        const [columns, images, slots] = [6, 40, 3];
        // Mostly blank, so that many a word holds something in one row of a tile alone.
        const pixels = Array.from({ length: images }, () =>
          Array.from({ length: inner }, () =>
            random() < 0.06 ? 1 + Math.floor(random() * 255) : 0,
          ),
        );
        const packed = new Uint8Array(images * pad4(inner));
        pixels.forEach((row, i) => packed.set(row, i * pad4(inner)));
        const chosen = Array.from({ length: slots * rows }, (_, i) => (7 * i + 3) % images);
        const batches = Uint32Array.from(chosen.flatMap((image) => [image, 0]));
        const x = chosen
          .slice(0, rows)
          .map((image) => (pixels[image] as number[]).map((p) => p / 255));
        const w = matrix(inner, columns);
        const g = matrix(rows, columns);
        const b = parameters([w], [Array(columns).fill(0)], inner, columns);
        const step = product(transpose(x), g);
        const found = await Promise.all(
          [false, true].map(async (active) => {
            const input = { slots, rowWords, active };
            const shape: MatmulShape = {
              label: "pixels",
              rows,
              inner,
              columns,
              members: 1,
              input,
              tiles,
            };
            const list = { rows, words: pad4(inner) / 4, rowWords, slots };
            const masks = maskImages(packed, list);
            const empty = (length: number) => new Uint32Array(length);
            const tileKernel = activeTilesKernel(list, affineTile(shape));
            const wordKernel = activeWordsKernel(list, updateGroup(shape));
            const tileLists = await run(
              tileKernel,
              { masks, batches, list: empty(activeTilesLength(list, affineTile(shape))) },
              "list",
            );
            const wordLists = await run(
              wordKernel,
              { masks, batches, list: empty(activeWordsLength(list, updateGroup(shape))) },
              "list",
            );
            const common = { a: packed, batches, control, b };
            const forward = await run(
              affineKernel(shape),
              { ...common, lists: tileLists, c: new Float32Array(rows * pad4(columns)) },
              "c",
            );
            const updated = await run(
              updateKernel({ ...shape, layers: [shape], advance: false }),
              { ...common, lists: wordLists, g: pack([g], pad4(columns), rows) },
              "b",
            );
            expectClose(forward, [product(x, w)], pad4(columns), rows);
            expectClose(
              updated,
              [w.map((row, k) => row.map((v, j) => v - 0.5 * (step[k]?.[j] as number)))],
              pad4(columns),
              parameterRows(inner),
            );
            return [...forward, ...updated];
          }),
        );
        // The parts of a split sum follow the lists.
        if (tiles.splits === 1) expect(found[1]).toEqual(found[0]);
      });
    }
  });
}
