import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layerSizes } from "./buffers";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint";
import { layer } from "./own-layer";
import { readTensors, type Tensor, writeTensors } from "./safetensors";
import { neuronLayer, resolve } from "./spec";
import { optionsOf } from "./state";

const refuse = (why: string): never => {
  throw new Error(why);
};

/** A file with this header, as text or as data, and so many bytes behind it. */
function fileOf(header: unknown, bytes: number): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const entry = (shape: number[], begin: number, end: number, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("safetensors", () => {
  it("are read as they were written, whatever their names, types and shapes", () => {
    const tensor = fc
      .tuple(fc.constantFrom("F32", "U8", "F16", "I64"), fc.array(fc.nat(3), { maxLength: 3 }))
      .map(([dtype, shape]): Tensor => {
        const size = { F32: 4, U8: 1, F16: 2, I64: 8 }[dtype] as number;
        const length = shape.reduce((product, n) => product * n, size);
        return { dtype, shape, bytes: Uint8Array.from({ length }, (_, i) => i) };
      });
    const names = fc.string({ minLength: 1 }).filter((name) => !name.startsWith("__"));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 5 }),
        fc.dictionary(names, fc.string(), { maxKeys: 3 }),
        (list, metadata) => {
          const read = readTensors(writeTensors({ metadata, tensors: new Map(list) }), refuse);
          expect(new Map(read.tensors)).toEqual(new Map(list));
          expect({ ...read.metadata }).toEqual({ ...metadata });
        },
      ),
    );
  });

  it.each<[string, unknown, number, RegExp]>([
    ["a hole before the first", { a: entry([1], 4, 8) }, 8, /a begins at 4, .* ends at 0/],
    ["a hole between", { a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12, /b begins at 8/],
    ["an overlap", { a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8, /b begins at 4/],
    ["bytes behind the last", { a: entry([1], 0, 4) }, 5, /end at \d+, and it has/],
    ["bytes that are not there", { a: entry([2], 0, 8) }, 4, /end at \d+, and it has/],
    ["a shape of another length", { a: entry([3], 0, 8) }, 8, /8 bytes, and \[3\] of F32 take 12/],
    ["a type that is none", { a: entry([1], 0, 4, "F33") }, 4, /a is of type "F33"/],
    ["a type from a prototype", { a: entry([1], 0, 4, "toString") }, 4, /of type "toString"/],
    ["a negative size", { a: entry([-1], 0, 4) }, 4, /the shape \[-1\]/],
    ["a broken size", { a: entry([0.5], 0, 2) }, 2, /the shape \[0.5\]/],
    ["offsets the wrong way", { a: entry([1], 4, 0) }, 4, /-4 bytes/],
    ["three offsets", { a: { ...entry([1], 0, 4), data_offsets: [0, 4, 4] } }, 4, /offsets/],
    ["a tensor that is a text", { a: "F32" }, 0, /a has no header/],
    ["metadata that are not texts", { __metadata__: { step: 5 } }, 0, /more than texts/],
    ["a list", [], 0, /no JSON object/],
    ["a blank first", " {}", 0, /no JSON object/],
    ["a name twice", '{"a": 1, "b": {"a": 2}, "a": 3}', 0, /"a" twice/],
    ["a name twice, escaped", '{"a": 1, "\\u0061": 3}', 0, /"a" twice/],
    ["a key of a tensor twice", '{"a": {"dtype": "F32", "dtype": "F16"}}', 0, /"dtype" twice/],
  ])("with %s are refused", (_, header, bytes, why) => {
    expect(() => readTensors(fileOf(header, bytes), refuse)).toThrow(why);
  });

  it("are refused where the header is no text, or longer than the file", () => {
    expect(() => readTensors(new Uint8Array(7), refuse)).toThrow("it has 7 bytes");
    const long = fileOf("{}", 0);
    long[0] = 3;
    expect(() => readTensors(long, refuse)).toThrow("its header of 3 bytes would pass its 10");
    const broken = fileOf('{"é": 1}', 0);
    broken[11] = 0xff;
    expect(() => readTensors(broken, refuse)).toThrow("not JSON");
  });

  it("of texts with braces and quotes are not taken for objects", () => {
    const header = { __metadata__: { a: '{"b": {', b: '"a":' }, c: entry([1], 0, 4) };
    expect([...readTensors(fileOf(header, 4), refuse).tensors.keys()]).toEqual(["c"]);
  });
});

describe("a model", () => {
  const spec = resolve({ hidden: [layer("tanh", 2)] });
  const hidden = spec.hidden.map((one) => neuronLayer(one, "training"));
  const weights = [
    layerSizes(hidden, 3, 2).map(({ inputs, outputs }) => ({
      weights: Float32Array.from({ length: inputs * outputs }, (_, i) => i),
      bias: new Float32Array(outputs),
    })),
  ];
  const file = encodeCheckpoint({ ...optionsOf(spec), step: 5, inputs: 3, classes: 2, weights });

  it("is read from Node's buffers, which share memory, and from a page's", () => {
    const whole = decodeCheckpoint("model", file);
    const pooled = Buffer.concat([Buffer.from("before"), file]).subarray(6);
    for (const given of [Buffer.from(file), pooled, file.buffer])
      expect(decodeCheckpoint("model", given)).toEqual(whole);
    expect(whole.weights).toEqual(weights);
    expect(() => decodeCheckpoint(file as never, undefined as never)).toThrow(
      "decodeCheckpoint takes a name for its messages, then the bytes",
    );
  });
  const changed = (change: (tensors: Map<string, Tensor>) => void) => {
    const { metadata, tensors } = readTensors(file, refuse);
    const copy = new Map(tensors);
    change(copy);
    return () => decodeCheckpoint("m", writeTensors({ metadata, tensors: copy }));
  };
  const tensor = (tensors: Map<string, Tensor>, name = "layer1.weight") =>
    tensors.get(name) as Tensor;

  it("comes back as it was", () => {
    expect(decodeCheckpoint("m", file).weights).toEqual(weights);
  });

  it("is refused for settings that no run has", () => {
    const told = (change: object) => {
      const { metadata, tensors } = readTensors(file, refuse);
      const model = JSON.stringify({ ...JSON.parse(metadata.model ?? ""), ...change });
      return expect(() =>
        decodeCheckpoint("m", writeTensors({ metadata: { ...metadata, model }, tensors })),
      );
    };
    told({ step: -5 }).toThrow("m is not a Stairstep model (its step is -5): give");
    told({ step: 20_001 }).toThrow("its step is 20001, and its run ends after 20000");
    told({ data: null }).toThrow("m is not a Stairstep model (its data has no name and finger");
    told({ data: { name: "a", fingerprint: 5, validation: "first 1" } }).toThrow("its data has no");
    told({ members: [{ ...spec.members[0], learningRate: -1 }] }).toThrow("learning rate must be");
    told({ hidden: [{ ...spec.hidden[0], units: 3 }] }).toThrow("[3, 2], and its settings say");
    told({ hidden: "tanh" }).toThrow("a run needs hidden, a list of layers");
  });

  it("is refused for what its tensors are not, by name and with the remedy", () => {
    const set = (part: Partial<Tensor>) =>
      changed((t) => t.set("layer1.weight", { ...tensor(t), ...part }));
    expect(set({ shape: [2, 3] })).toThrow(
      "layer1.weight has the shape [2, 3]: transpose it, to [inputs, outputs] [3, 2]",
    );
    expect(set({ shape: [6] })).toThrow("the shape [6], and its settings say [3, 2]");
    expect(set({ dtype: "F16", shape: [3, 4] })).toThrow("layer1.weight is F16, not F32");
    expect(changed((t) => t.delete("layer2.bias"))).toThrow("layer2.bias is missing");
    expect(changed((t) => t.set("layer9.bias", tensor(t)))).toThrow(
      "layer9.bias is none of its network's",
    );
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(
        changed((t) => {
          const bytes = tensor(t).bytes.slice();
          new DataView(bytes.buffer).setFloat32(8, value, true);
          t.set("layer1.weight", { ...tensor(t), bytes });
        }),
      ).toThrow(`layer1.weight holds ${value} at place 2`);
  });
});

it.each([
  ["<!doctype html><title>404</title>", "it is a web page"],
  ["\n  <html><body>", "it is a web page"],
  ["\x1f\x8b\x08\x00\x00\x00\x00\x00\x00", "it is gzipped: unpack it"],
  ["PK\x03\x04\x00\x00\x00\x00\x00", "it is a zip archive"],
  ["\x80\x04\x95\x00\x00\x00\x00\x10\x00", "it is a pickle"],
  ["\x93NUMPY\x01\x00\x00", "it is a NumPy array"],
  ["\x89HDF\r\n\x1a\n\x00", "it is an HDF5 file"],
  ["version https://git-lfs.github.com", "it is a Git LFS pointer"],
  // The beginning of a model, cut off: 0x213c bytes of header, which is "<!" too.
  ["<!\0\0\0\0\0\0{", "its header of 8508 bytes would pass its 9"],
])("files that are none are told by what they are: %j", (content, told) => {
  const bytes = Uint8Array.from(content, (letter) => letter.charCodeAt(0));
  const refuse = (why: string): never => {
    throw new Error(why);
  };
  expect(() => readTensors(bytes, refuse)).toThrow(told);
});
