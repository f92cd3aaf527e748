/**
 * The four files of a data set from the disk, in Node and Deno. Nothing but `import("./node")`
 * imports this file, so that browsers need not load it.
 */
import { StairstepError } from "../runtime/errors";
import { type DataSource, FILES, type FileKey } from "./catalogue";
import { canonical, checkFiles, collect, type DataFiles, keys, requireAll } from "./files";
import { checkSize } from "./idx";

/** Named by variables, so that bundlers for the browser leave the imports alone. */
const NODE_FS = "node:fs/promises";
const NODE_URL = "node:url";

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

/** A data set of the catalogue from its package, in Node, checked against its SHA-256. */
export async function filesFromPackage(source: DataSource): Promise<DataFiles> {
  const { manager, package: name, folder } = source.from;
  const again =
    manager === "npm" ? "run npm ci to install it again" : `install Debian's package ${name} again`;
  const path = manager === "npm" ? await npmFolder(name, folder) : folder;
  return checkFiles(source, await filesFromFolder(path), again);
}

async function npmFolder(name: string, folder: string): Promise<string> {
  const { fileURLToPath } = (await import(
    /* @vite-ignore */ NODE_URL
  )) as typeof import("node:url");
  try {
    return fileURLToPath(new URL(folder, import.meta.resolve(`${name}/package.json`)));
  } catch {
    throw new StairstepError(
      `the package ${name} is not installed: run npm ci, or give a folder of IDX files with --data`,
    );
  }
}
