/**
 * A second reader, written from the format's description and RFC 8259 alone, character by
 * character: 10,000 files, sound and spoilt, are sound to both readers or to neither.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { readTensors, writeTensors } from "./safetensors";

type Json = string | number | boolean | null | Json[] | Map<string, Json>;

const SIZES = new Map(
  "BOOL U8 I8 F8_E5M2 F8_E4M3 U16 I16 F16 BF16 U32 I32 F32 U64 I64 F64"
    .split(" ")
    .map((name) => [
      name,
      name.includes("64") ? 8 : name.includes("32") ? 4 : name.includes("16") ? 2 : 1,
    ]),
);
const ESCAPES = new Map([...'"\\/bfnrt'].map((c, i) => [c, '"\\/\b\f\n\r\t'[i] as string]));

/** Throws for what is no JSON, for a key twice, and for numbers that are not whole. */
class Scanner {
  private at = 0;
  constructor(private readonly text: string) {}

  all(): Json {
    const value = this.value();
    this.blank();
    this.demand(this.at === this.text.length);
    return value;
  }
  private demand(condition: boolean): void {
    if (!condition) throw new Error(`at ${this.at}`);
  }
  private blank(): void {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at++;
  }
  private take(wanted: string): void {
    this.demand(this.text.startsWith(wanted, this.at));
    this.at += wanted.length;
  }
  private next(): string {
    this.blank();
    return this.text[this.at] ?? "";
  }
  private value(): Json {
    const first = this.next();
    if (first === "{") return this.object();
    if (first === "[") return this.list();
    if (first === '"') return this.string();
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const)
      if (this.text.startsWith(word, this.at)) {
        this.take(word);
        return value;
      }
    return this.number();
  }
  private object(): Json {
    const found = new Map<string, Json>();
    this.take("{");
    if (this.next() === "}") this.at++;
    else
      for (let more = true; more; ) {
        this.demand(this.next() === '"');
        const key = this.string();
        this.demand(!found.has(key) && this.next() === ":");
        this.at++;
        found.set(key, this.value());
        more = this.next() === ",";
        this.take(more ? "," : "}");
      }
    return found;
  }
  private list(): Json {
    const found: Json[] = [];
    this.take("[");
    if (this.next() === "]") this.at++;
    else
      for (let more = true; more; ) {
        found.push(this.value());
        more = this.next() === ",";
        this.take(more ? "," : "]");
      }
    return found;
  }
  private string(): string {
    let units = "";
    this.take('"');
    for (let c = this.text[this.at] ?? ""; c !== '"'; c = this.text[this.at] ?? "") {
      this.demand(c >= " ");
      this.at++;
      units += c === "\\" ? this.escape() : c;
    }
    this.at++;
    this.demand(!/\p{Surrogate}/u.test(units)); // what is no Unicode text
    return units;
  }
  private escape(): string {
    const c = this.text[this.at++] ?? "";
    if (c !== "u") {
      this.demand(ESCAPES.has(c));
      return ESCAPES.get(c) as string;
    }
    const digits = this.text.slice(this.at, this.at + 4);
    this.demand(/^[0-9a-fA-F]{4}$/.test(digits));
    this.at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
  private number(): number {
    const digits = /^(0|[1-9][0-9]*)(?![0-9.eE])/.exec(this.text.slice(this.at, this.at + 40))?.[0];
    this.demand(digits !== undefined);
    this.at += digits?.length ?? 0;
    return Number(digits);
  }
}

const isWhole = (value: Json | undefined): value is number =>
  typeof value === "number" && value <= 2 ** 53 - 1;

/** Whether the format allows this file. */
function isSound(file: Uint8Array): boolean {
  try {
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    if (length > 100_000_000 || 8 + length > file.length || file[8] !== 0x7b) return false;
    const bytes = file.slice(8, 8 + length);
    const header = new Scanner(Buffer.from(bytes).toString("utf8")).all();
    // What is no UTF-8 does not come back from a text as it was.
    if (!(header instanceof Map) || !Buffer.from(Buffer.from(bytes).toString("utf8")).equals(bytes))
      return false;
    const metadata = header.has("__metadata__")
      ? header.get("__metadata__")
      : new Map<string, Json>();
    if (!(metadata instanceof Map)) return false;
    for (const value of metadata.values()) if (typeof value !== "string") return false;
    header.delete("__metadata__");
    const ranges = [...header.values()].map((tensor) => {
      const part = (name: string) => (tensor as Map<string, Json>).get(name);
      const [dtype, shape, offsets] = [part("dtype"), part("shape"), part("data_offsets")];
      const size = SIZES.get(dtype as string);
      if (!size || !Array.isArray(shape) || !Array.isArray(offsets)) throw new Error("parts");
      const [begin, end, ...more] = offsets;
      if (!isWhole(begin) || !isWhole(end) || more.length > 0 || !shape.every(isWhole))
        throw new Error("numbers");
      if (shape.reduce((product, n) => product * (n as number), size) !== end - begin)
        throw new Error("length");
      return [begin, end] as const;
    });
    let end = 0;
    for (const [from, to] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
      if (from !== end) return false;
      end = to;
    }
    return 8 + length + end === file.length;
  } catch {
    return false;
  }
}

/** What is done to a sound file: to its header's text, and to its bytes. */
const TEXT_SPOILERS: ((text: string, n: number) => string)[] = [
  (text) => ` ${text}`,
  (text) => `\ufeff${text}`,
  (text) => text.replace(/ +$/, "\n\t"),
  (text) => text.replace(/ +$/, "\0"),
  (text) => text.replace("}", ",}"),
  (text) => text.replace("]", ",]"),
  (text) => text.replace(/"F32"/, "'F32'"),
  (text) =>
    text.replace(/"(F32|U8)"/, (all, name, at) => (at % 2 ? `"${name.toLowerCase()}"` : all)),
  (text) => text.replace('"dtype"', '"dtype":"U8","dtype"'),
  (text) => text.replace('"shape"', '"shape":[1],"\\u0073hape"'),
  (text) => text.replace('"shape"', '"extra":[{}],"shape"'),
  (text) => text.replace("{", '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},'),
  (text) => text.replace("{", '{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},'),
  (text) => text.replace("{", '{"__proto__":{"dtype":"U8","shape":[],"data_offsets":[0,1]},'),
  (text) => text.replace('"__metadata__":{', '"__metadata__":{"n":1,'),
  (text) => text.replace('"__metadata__":{', '"__metadata__":{"lone":"\\ud800",'),
  (text) => text.replace('"__metadata__":{', '"__metadata__":{"pair":"\\ud83d\\ude00",'),
  (text) => text.replace('"__metadata__":{', '"__metadata__":{"a\tb":"",'),
  (text) => text.replace('"__metadata__":{', '"__metadata__":{"{\\"":"[{",'),
  (text) => text.replace(/"__metadata__":\{.*?\}/, '"__metadata__":null'),
  (text) => text.replace(/"__metadata__":\{.*?\},?/, ""),
  (text, n) => text.replace(/\d+/g, (digits, at) => (at % 7 === n % 7 ? `${digits}.0` : digits)),
  (text, n) => text.replace(/\d+/g, (digits, at) => (at % 7 === n % 7 ? `0${digits}` : digits)),
  (text, n) => text.replace(/\d+/g, (digits, at) => (at % 5 === n % 5 ? `-${digits}` : digits)),
  (text, n) => text.replace(/\d+/g, (digits, at) => (at % 5 === n % 5 ? `${digits}e0` : digits)),
  (text, n) =>
    text.replace(/\d+/g, (digits, at) => (at % 5 === n % 5 ? `${Number(digits) + 1}` : digits)),
  (text, n) => text.replace(/\d+/, () => `${2n ** BigInt(50 + (n % 20))}`),
  (text, n) => text.slice(0, n % text.length) + text.slice((n % text.length) + 1),
  (text, n) => text.slice(0, n % text.length) + '{}[],:"0\\ '[n % 10] + text.slice(n % text.length),
];
const BYTE_SPOILERS: ((file: Uint8Array<ArrayBuffer>, n: number) => Uint8Array<ArrayBuffer>)[] = [
  (file, n) => file.slice(0, n % (file.length + 1)),
  (file, n) => file.slice(0, Math.max(0, file.length - 1 - (n % 4))),
  (file, n) => Uint8Array.from([...file, ...new Array(1 + (n % 3)).fill(0)]),
  (file, n) => file.map((byte, i) => (i === n % file.length ? byte ^ (1 << (n % 8)) : byte)),
  (file, n) => file.map((byte, i) => (i === 8 + (n % 40) ? 0xff : byte)),
  (file, n) => file.map((byte, i) => (i === 0 ? byte + (n % 5) - 2 : byte)),
];

function withHeader(file: Uint8Array<ArrayBuffer>, change: (text: string) => string) {
  const length = new DataView(file.buffer).getUint32(0, true);
  const text = change(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const header = new TextEncoder().encode(text);
  const changed = new Uint8Array(8 + header.length + file.length - 8 - length);
  new DataView(changed.buffer).setUint32(0, header.length, true);
  changed.set(header, 8);
  changed.set(file.subarray(8 + length), 8 + header.length);
  return changed;
}

const tensor = fc
  .tuple(fc.constantFrom(...SIZES.keys()), fc.array(fc.nat(3), { maxLength: 3 }))
  .map(([dtype, shape]) => {
    const length = shape.reduce((product, n) => product * n, SIZES.get(dtype) as number);
    return { dtype, shape, bytes: new Uint8Array(length) };
  });
const names = fc.constantFrom("a", "b", "layer1.weight", "é", "😀", '"{', "toString", "__proto__");
const spoiling = fc.array(
  fc.tuple(fc.nat(TEXT_SPOILERS.length + BYTE_SPOILERS.length - 1), fc.nat(10_000)),
  { maxLength: 2 },
);

it("agrees with a reader written from the specification about 10,000 files", () => {
  const counts = { sound: 0, not: 0 };
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 4 }),
      fc.dictionary(names, fc.string(), { maxKeys: 2 }),
      spoiling,
      (list, metadata, spoilers) => {
        let file = writeTensors({ metadata, tensors: new Map(list) });
        for (const [which, n] of spoilers) {
          const spoil = TEXT_SPOILERS[which];
          file =
            spoil && file.length > 8 + new DataView(file.buffer).getUint32(0, true)
              ? withHeader(file, (text) => spoil(text, n))
              : (BYTE_SPOILERS[which % BYTE_SPOILERS.length]?.(file, n) ?? file);
          if (file.length < 8) break;
        }
        let ours = true;
        try {
          readTensors(file, (why) => {
            throw new SyntaxError(why);
          });
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
          ours = false;
        }
        const sound = isSound(file);
        counts[sound ? "sound" : "not"]++;
        expect(ours).toBe(sound);
      },
    ),
    { seed: 1, numRuns: 10_000 },
  );
  console.log(`${counts.sound} sound files, ${counts.not} that are not: both readers agree`);
  expect(Math.min(counts.sound, counts.not)).toBeGreaterThan(2000);
});
