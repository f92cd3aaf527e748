/**
 * The four files of a data set from the disk, in Node and Deno. Nothing but `import("./node")`
 * imports this file, so that browsers need not load it.
 */
import { StairstepError } from "../runtime/errors";
import { importOutside } from "../runtime/outside";
import type { DataSource } from "./catalogue";
import { checkFiles, collect, type DataFiles } from "./files";
import { checkSize, gunzip } from "./idx";
import type { DataOptions, FolderOptions } from "./options";
import { findRoles } from "./roles";
import { transposeFiles, withValidation } from "./transform";

const fileSystem = () => importOutside<typeof import("node:fs/promises")>("node:fs/promises");

/** From a folder, in Node. Throws when the folder or one of the files is missing. */
export async function filesFromFolder(folder: string): Promise<DataFiles> {
  const fs = await fileSystem();
  const present = await fs.readdir(folder).catch((cause) => {
    throw new StairstepError(
      `the data folder ${folder} cannot be read (${cause.code}): give a folder of IDX files`,
    );
  });
  const found = findRoles(present, `the data folder ${folder}`);
  return collect(async (key) => {
    const name = `${folder.replace(/\/$/, "")}/${found[key]}`;
    return { name, bytes: await readWhole(name) };
  });
}

async function readWhole(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const fs = await fileSystem();
  const failed = (cause: { code: string }): never => {
    throw new StairstepError(`${name} cannot be read (${cause.code}): give a folder of IDX files`);
  };
  checkSize(name, (await fs.stat(name).catch(failed)).size);
  return new Uint8Array(await fs.readFile(name).catch(failed));
}

/** A folder's two files of images and labels, whatever comes before those words in their names. */
async function pairFromFolder(
  folder: string,
): Promise<Pick<DataFiles, "trainImages" | "trainLabels">> {
  const fs = await fileSystem();
  const present = await fs.readdir(folder).catch((cause) => {
    throw new StairstepError(
      `the validation folder ${folder} cannot be read (${cause.code}): give first, stratified, ` +
        "or a folder of two IDX files",
    );
  });
  const one = async (what: "images" | "labels") => {
    const [found, ...others] = present.filter((name) => name.toLowerCase().includes(what));
    if (found === undefined || others.length > 0)
      throw new StairstepError(
        `the validation folder ${folder} has ${others.length === 0 ? "no" : "several"} files of ` +
          `${what}: give one of images and one of labels`,
      );
    const name = `${folder.replace(/\/$/, "")}/${found}`;
    return { name, bytes: await gunzip(name, await readWhole(name)) };
  };
  return { trainImages: await one("images"), trainLabels: await one("labels") };
}

/** A folder's files, and how they are to be uploaded. */
export async function readFolder(
  folder: string,
  { validation, transpose = false, name, ...options }: FolderOptions,
): Promise<DataOptions & { files: DataFiles }> {
  let files = await filesFromFolder(folder);
  const named = {
    name: name ?? (folder.replace(/\/+$/, "").split(/[\\/]/).at(-1) || folder),
    ...options,
  };
  if (transpose) files = transposeFiles(files);
  if (typeof validation !== "object")
    return { files, ...named, ...(validation === undefined ? {} : { validation }) };
  const pair = await pairFromFolder(validation.folder);
  const { trainImages } = transpose ? transposeFiles({ ...files, ...pair }) : pair;
  return { ...named, ...withValidation(files, { ...pair, trainImages }) };
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
  const { fileURLToPath } = await importOutside<typeof import("node:url")>("node:url");
  try {
    return fileURLToPath(new URL(folder, import.meta.resolve(`${name}/package.json`)));
  } catch {
    throw new StairstepError(
      `the package ${name} is not installed: npm install ${name}, or give a folder of IDX files`,
    );
  }
}
