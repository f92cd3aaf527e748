/** How work is cut up, before any kernel runs: no GPU is needed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupCount } from "./blank/lists";
import { bitsOf, maskImages, maskLength } from "./blank/masks";
import { flatten } from "./flatten";
import { ceilDiv, grid, gridOf, pad4 } from "./kernel";
import { layerPlaces, layerTable, parameterCount, startsOf } from "./layout";
import { mostRows, sliceQuads } from "./network/head";
import { goodTile, quadTile, rowsOfTile, runLength, sure } from "./products/tiles";
import { updateGroup } from "./products/weight-update";

const size = fc.integer({ min: 1, max: 2000 });

describe("grids", () => {
  it("keep one row as long as WebGPU's limit of a side allows", () => {
    expect(grid(65_535)).toEqual({ workgroups: [65_535, 1, 1], constants: { GROUPS_X: 65_535 } });
    expect(grid(65_536, 3).workgroups).toEqual([32_768, 2, 3]);
  });

  it("have room for everything, and no side is too long", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (count) => {
        const [x, y] = gridOf(count).workgroups;
        expect(64 * x * y).toBeGreaterThanOrEqual(count);
        expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
      }),
    );
  });
});

describe("tiles", () => {
  it("divide the rows where they can, and waste least where they cannot", () => {
    const found = [
      [50, 25],
      [50, 16],
      [71, 25],
      [3, 8],
      [13, 4],
    ].map(([count, limit]) => goodTile(count as number, limit as number));
    expect(found).toEqual([25, 10, 24, 3, 2]);
  });

  it("of a quad cost least, the largest of those that cost the same", () => {
    expect([quadTile(50, 25), quadTile(50, 16), quadTile(33, 25), quadTile(1, 25)]).toEqual([
      25, 16, 20, 1,
    ]);
  });

  it("cover all rows, keep to the limit, and know what the last one has", () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 64 }), (count, limit) => {
        for (const tile of [goodTile(count, limit), quadTile(count, limit)]) {
          expect(tile).toBeLessThanOrEqual(limit);
          expect((ceilDiv(count, tile) - 1) * tile + sure(count, tile)).toBe(count);
        }
      }),
    );
  });

  it("of the forward product are of the kind that the tuning asks for", () => {
    const tiles = { forwardRows: 25, gradientRows: 8, updateWords: 2, updateParts: 7 };
    const rest = { workgroup: 4, splits: 1 };
    expect(rowsOfTile(71, { ...tiles, ...rest, share: 0 })).toBe(goodTile(71, 25));
    expect(rowsOfTile(71, { ...tiles, ...rest, share: 4 })).toBe(quadTile(71, 25));
    expect(
      updateGroup({ inputs: 784, source: "activations" }, { ...tiles, ...rest, share: 0 }),
    ).toBe(2);
    expect(updateGroup({ inputs: 3, source: "activations" }, { ...tiles, ...rest, share: 0 })).toBe(
      1,
    );
    expect(updateGroup({ inputs: 3, source: "activations" }, { ...tiles, ...rest, share: 4 })).toBe(
      4,
    );
  });
});

describe("runs", () => {
  const width = (outputs: number, together = 1, starts: number[] = [0]) => ({
    outputs,
    together,
    starts,
  });
  it("are vec4s without quads, and with them what fills four lanes", () => {
    expect(runLength([width(100)], { share: 0 })).toBe(4);
    expect(runLength([width(100)], { share: 4 })).toBe(5);
    expect(runLength([width(500)], { share: 4 })).toBe(5);
    expect(runLength([width(800)], { share: 4 })).toBe(10);
  });

  it("cut every row of every buffer whole", () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 3 }), (outputs) => {
        const starts = startsOf(outputs.map(pad4));
        const run = runLength(
          outputs.map((n, i) => width(n, 1, [starts[i] as number])),
          { share: 4 },
        );
        for (const [i, n] of outputs.entries()) {
          expect(pad4(n) % run).toBe(0);
          expect((starts[i] as number) % run).toBe(0);
        }
      }),
    );
  });
});

describe("the head's slices", () => {
  it("are alike, at most eight vec4s, and leave room for a row at least", () => {
    expect([10, 32, 33, 62, 1000].map(sliceQuads)).toEqual([3, 8, 5, 8, 8]);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 70_000 }), (outputs) => {
        expect(sliceQuads(outputs)).toBeLessThanOrEqual(8);
        expect(mostRows(outputs, 64)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

describe("layout", () => {
  const sizes = [
    { inputs: 784, outputs: 100 },
    { inputs: 100, outputs: 10 },
  ];
  it("puts layers one behind the other, members side by side", () => {
    expect(startsOf([4, 0, 7])).toEqual([0, 4, 4]);
    expect(sizes.map(parameterCount)).toEqual([785 * 100, 101 * 12]);
    expect(layerPlaces(sizes, 2, 50)).toEqual([
      { weights: 0, inputs: 0, outputs: 0 },
      { weights: 2 * 78_500, inputs: 0, outputs: 2 * 50 * 100 },
    ]);
  });

  it("is looked up from the last layer down", () => {
    const layers = [3, 5].map((width) => ({ width, last: width === 5, limit: { f32: 0.5 } }));
    expect(layerTable([0, 30], layers)).toBe(
      `struct Layer {
  width: u32,
  last: bool,
  limit: f32,
}
fn layer_at(number: u32) -> Layer {
  if (number >= 30u) {
    return Layer(
      /* width */ 5u,
      /* last */ true,
      /* limit */ 0.5);
  }
  return Layer(
    /* width */ 3u,
    /* last */ false,
    /* limit */ 0.5);
}`,
    );
  });
});

describe("what is blank", () => {
  it("has whole rows of pixels in a u32 of a mask", () => {
    expect([1, 7, 8, 33].map(bitsOf)).toEqual([32, 28, 32, 32]);
    expect(maskLength({ words: 196, rowWords: 7 })).toBe(7);
    expect([
      groupCount({ words: 196, rowWords: 7 }, 4),
      groupCount({ words: 5, rowWords: 1 }, 4),
    ]).toEqual([49, 2]);
  });

  it("is told word by word, whatever the pixels' place in memory", () => {
    const pixels = new Uint8Array(1 + 2 * 4 * 5).subarray(1);
    pixels[3] = 1; // word 0 of image 0
    pixels[20 + 17] = 9; // word 4 of image 1
    expect([...maskImages(pixels, { words: 5, rowWords: 1 })]).toEqual([1, 1 << 4]);
  });
});

describe("flatten", () => {
  it("writes marked loops out, the inner ones too, and blocks where something is declared", () => {
    const text = `const ROWS = 2u;
  for (var r = 0u; r < ROWS; r++) { // unroll
    for (var i = 0u; i < 2u; i++) { // unroll
      sum[r][i] += 1.0;
    }
    let x = r;
  }
`;
    expect(flatten(text)).toBe(`const ROWS = 2u;
  {
    sum[0u][0u] += 1.0;
    sum[0u][1u] += 1.0;
    let x = 0u;
  }
  {
    sum[1u][0u] += 1.0;
    sum[1u][1u] += 1.0;
    let x = 1u;
  }
`);
  });

  it("turns marked arrays into variables, each in its own block", () => {
    const text = `const N = 2u;
fn f() {
  var a = array<array<vec4f, N>, N>(); // registers
  a[0u][1u] = a[1u][0u];
}
fn g() {
  var a = array<f32, N>(); // registers
  a[1u] = 2.0;
}
`;
    expect(flatten(text)).toBe(`const N = 2u;
fn f() {
  var a_0_0 = vec4f();
  var a_0_1 = vec4f();
  var a_1_0 = vec4f();
  var a_1_1 = vec4f();
  a_0_1 = a_1_0;
}
fn g() {
  var a_0 = f32();
  var a_1 = f32();
  a_1 = 2.0;
}
`);
  });

  it("takes conditions away that surely hold", () => {
    const text = (sure: number) =>
      `const SURE = ${sure}u;\n  if (2u < SURE || row < 3u) {\n    x += 1u;\n  }\n`;
    expect(flatten(text(3))).toBe("const SURE = 3u;\n  {\n    x += 1u;\n  }\n");
    expect(flatten(text(2))).toBe(text(2));
  });

  it("leaves long loops as they are, and says what it cannot do", () => {
    const loop = (mark: string, turns: string) =>
      `  for (var i = 0u; i < ${turns}; i++) { // ${mark}\n    x += i;\n  }\n`;
    for (const [mark, turns] of [
      ["unroll", "65u"],
      ["unroll 2", "3u"],
    ] as const)
      expect(flatten(loop(mark, turns))).toBe(loop(mark, turns).replace(` // ${mark}`, ""));
    expect(() => flatten("  for (var i = 1u; i < 3u; i++) { // unroll\n  }\n")).toThrow(
      "a mark is not understood:   for (var i = 1u; i < 3u; i++) {",
    );
    expect(flatten(loop("unroll 3", "3u"))).toBe("  x += 0u;\n  x += 1u;\n  x += 2u;\n");
    expect(() => flatten(loop("unroll", "ROWS"))).toThrow("ROWS is no constant of this kernel");
    expect(() => flatten("  var a = array<f32, 2>(); // registers\n  a[i] = 1.0;\n")).toThrow(
      "a is marked // registers and has a variable index",
    );
  });
});
