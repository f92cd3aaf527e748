/** The four files of a data set: by HTTP, or chosen or dropped by a person. node.ts reads disks. */
import { StairstepError } from "../runtime/errors";
import { type DataSource, dataSources, FILES, type FileKey } from "./catalogue";
import { sha256 } from "./fingerprint";
import { checkSize, gunzip, kindOf } from "./idx";

export type DataFiles = Record<FileKey, { name: string; bytes: Uint8Array<ArrayBuffer> }>;

/** The four, in order. */
export const keys = Object.keys(FILES) as FileKey[];

/** The four files as `read` gives them, unzipped where they are zipped. */
export async function collect(
  read: (key: FileKey) => Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }>,
): Promise<DataFiles> {
  const files = await Promise.all(
    keys.map(async (key) => {
      const { name, bytes: raw } = await read(key);
      const bytes = await gunzip(name, raw);
      const kind = key.endsWith("Images") ? "images" : "labels";
      if (!kindOf(bytes, kind)) throw (await import("./causes")).causeOf(name, bytes, kind);
      return [key, { name, bytes }] as const;
    }),
  );
  return Object.fromEntries(files) as DataFiles;
}

/** Throws unless the files are those of the catalogue. */
export async function checkFiles(
  { title, sha256: expected }: DataSource,
  files: DataFiles,
  remedy: string,
): Promise<DataFiles> {
  for (const key of keys) {
    const digest = await sha256(files[key].bytes);
    if (digest !== expected[key]) {
      const [got, wanted] = [digest, expected[key]].map((hex) => `${hex.slice(0, 16)}…`);
      throw new StairstepError(
        `${files[key].name} is not the ${title} file: ` +
          `its SHA-256 is ${got}, expected ${wanted}; ${remedy}`,
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

/** From files a person chose or dropped. Throws with the names that are missing, and those seen. */
export async function filesFromList(list: Iterable<File>): Promise<DataFiles> {
  const given = [...list];
  const { findRoles } = await import("./roles");
  const found = findRoles(
    given.map(({ name }) => name),
    "the files given",
  );
  return collect(async (key) => {
    const file = given.find(({ name }) => name === found[key]) as File;
    return { name: file.name, bytes: await bytesOf(file) };
  });
}

export interface FetchOptions {
  /**
   * Hears of the download, once all files have begun: bytes so far, and of all files, as far as the
   * server says.
   */
  onProgress?: (received: number, expected: number) => void;
  /** In place of the network's, for example one that looks into a cache first. */
  fetch?: (address: URL) => Promise<Response>;
}

/** MNIST by HTTP: as `fetchFiles`. */
export const fetchMnist = (base: string | URL, options?: FetchOptions): Promise<DataFiles> =>
  fetchFiles(dataSources[0], base, options);

/**
 * A data set of the catalogue by HTTP: its four files in the folder `base`, which may be relative
 * to the page, gzipped (NAME.gz) or raw; checked against their SHA-256.
 */
export async function fetchFiles(
  source: DataSource,
  base: string | URL,
  { onProgress, fetch: get = (address) => fetch(address) }: FetchOptions = {},
): Promise<DataFiles> {
  const progress = new Map<FileKey, [number, number]>();
  const files = await collect(async (key) => {
    let name = `${base}`;
    const failed = async (cause: unknown): Promise<never> => {
      throw (await import("./causes")).downloadError(source, name, cause);
    };
    const open = async (file: string): Promise<Response> => {
      const folder = new URL(`${base}`.replace(/\/?$/, "/"), globalThis.document?.baseURI);
      const address = new URL(file, folder);
      name = address.href;
      return get(address);
    };
    let response = await open(`${FILES[key]}.gz`).catch(failed);
    // Some servers have a page for what is not there.
    if (response.status === 404 || response.headers.get("Content-Type")?.startsWith("text/html"))
      response = await open(FILES[key]).catch(failed);
    if (!response.ok) await failed(response);
    const tell = (received: number) => {
      progress.set(key, [
        received,
        Math.max(received, Number(response.headers.get("Content-Length") ?? 0)),
      ]);
      const sum = (i: 0 | 1) => [...progress.values()].reduce((total, pair) => total + pair[i], 0);
      if (progress.size === keys.length) onProgress?.(sum(0), sum(1));
    };
    const received = (bytes: number) => {
      checkSize(name, bytes);
      tell(bytes);
    };
    return { name, bytes: await readAll(response, received).catch(failed) };
  });
  return checkFiles(source, files, "reload the page to download it again");
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
