/**
 * What a file is that is no IDX file to train on, or why there is none, and what to do. Loaded only
 * for such a file.
 */
import { StairstepError } from "../runtime/errors";
import type { DataSource } from "./catalogue";
import { headerOf, type Kind } from "./idx";

const UNPACK = "unpack it, and give the files in it";
const CONVERT = "write its images and labels as IDX files";

type Known = readonly (readonly [begin: RegExp, is: string, remedy: string])[];

/** Beginnings of texts, with what such a file is and the remedy. */
const TEXTS: Known = [
  [
    /^\s*<(!doctype|html|head|body|\?xml|!--)/i,
    "a web page (HTML), as a server sends it where there is no such file",
    "put the file there, or download the file itself",
  ],
  [/^version https:\/\/git-lfs/, "a pointer of Git LFS", "fetch the file with git lfs pull"],
  [/^\s*[{[]\s*["{[\]}]/, "JSON, perhaps a server's error", "download the file itself"],
  [/^BZh/, "compressed by bzip2", UNPACK],
  [/^PAR1/, "a Parquet file", CONVERT],
  [/^MATLAB/, "a MATLAB file", CONVERT],
  [/^(GIF8|BM|RIFF)/, "one picture", CONVERT],
  [/^.{8}\{"/s, "a model (safetensors)", "give it as the model, and a data set here"],
  [/^[\d\s.,;"+-]{8,}/, "text (CSV)", CONVERT],
];

/** Beginnings of other files, as hexadecimal digits. */
const BINARIES: Known = [
  [/^504b(0304|0506)/, "a zip archive (as .npz files are)", UNPACK],
  [/^.{514}7573746172/, "a tar archive", UNPACK],
  [/^fd377a585a/, "compressed by xz", UNPACK],
  [/^28b52ffd/, "compressed by zstd", UNPACK],
  [/^377abcaf/, "a 7z archive", UNPACK],
  [/^1f8b/, "gzip within gzip", "unpack it once"],
  [/^934e554d5059/, "a NumPy array", CONVERT],
  [/^89484446/, "an HDF5 file", CONVERT],
  [/^800[2-5]/, "a Python pickle", CONVERT],
  [/^(89504e47|ffd8ff)/, "one picture", CONVERT],
  [/^0[1-4]080000/, "an IDX file in the wrong byte order", "write it big-endian"],
];

const TYPES: Readonly<Record<number, string>> = {
  8: "bytes",
  9: "signed bytes",
  11: "16-bit numbers",
  12: "32-bit numbers",
  13: "floats",
  14: "doubles",
};

/** What an IDX file holds that cannot be read as what is wanted. */
function ofIdx(type: number, sizes: readonly number[], kind: Kind): readonly [string, string] {
  const shape = `[${sizes.join(", ")}]`;
  const is = `an IDX file ${shape} of ${TYPES[type] ?? `the unknown type ${type}`}`;
  if (kind === "images" && sizes.length === 4)
    return [
      `${is}, images in colour`,
      "make them grey, [count, height, width]: one number a pixel",
    ];
  if (kind === "labels" && type > 12)
    return [is, "write labels as whole numbers of one, two or four bytes"];
  if (kind === "labels" && sizes.length === 2)
    return [`${is}, several numbers an image`, "write one label an image, its class from 0"];
  return [is, `give one of ${kind === "images" ? "[count, height, width]" : "[count]"}`];
}

/** An error for a file that should be IDX and is none that can be read. */
export function causeOf(name: string, bytes: Uint8Array, kind: Kind): StairstepError {
  const error = (is: string, remedy: string) =>
    new StairstepError(`${name} is ${is}, not an IDX file of ${kind}: ${remedy}`);
  if (bytes.length === 0) return new StairstepError(`${name} is empty: download it again`);
  const header = headerOf(bytes.subarray(0, 1024));
  if (header && TYPES[header.type]) return error(...ofIdx(header.type, header.sizes, kind));
  const begin = [...bytes.subarray(0, 512)];
  const hex = begin.map((byte) => byte.toString(16).padStart(2, "0"));
  const known =
    BINARIES.find(([pattern]) => pattern.test(hex.join(""))) ??
    TEXTS.find(([pattern]) => pattern.test(String.fromCharCode(...begin)));
  if (known) return error(known[1], known[2]);
  const first = hex.slice(0, 4).join(" ");
  if (bytes[0] === 0 && bytes[1] === 0)
    return new StairstepError(
      `${name} is truncated or no IDX file (${bytes.length} bytes, from ${first}): download it ` +
        "again",
    );
  return error(
    `of a kind unknown here (it begins with ${first})`,
    `an IDX file begins with 00 00 08 0${kind === "images" ? 3 : 1}`,
  );
}

/**
 * An error for a file that did not come from an address: what fetch threw, or the server's answer.
 */
export function downloadError(
  { title, from }: DataSource,
  address: string,
  cause: unknown,
): StairstepError {
  if (!URL.canParse(address))
    return new StairstepError(
      `${address} is no whole address, and no page is here that it could be relative to: ` +
        "begin it with https://" +
        (from.manager === "npm" ? `, or leave it out to read the package ${from.package}` : ""),
    );
  if (cause instanceof Response && cause.status === 404)
    return new StairstepError(
      `${address} is not there (the server answered 404), nor is ${address}.gz: put ${title}'s ` +
        "four files into that folder, or give the folder that has them",
    );
  const why =
    cause instanceof Response ? `the server answered ${cause.status}` : messagesOf(cause as Error);
  return new StairstepError(
    `${address} could not be downloaded (${why}): check the address and the network, then try ` +
      "again",
  );
}

/** Node's fetch says what failed in the cause of its error alone. */
const messagesOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message}: ${cause.message}` : message;
