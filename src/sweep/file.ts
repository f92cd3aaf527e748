/** The sweep file: JSON, or a module of JavaScript whose default export is the same. */
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { StairstepError } from "../index";
import { type Axis, axisOf, checkNames, SETTINGS, type Setting, seedsOf } from "./values";

/** What is trained: every combination of the values of its axes, with every seed. */
export interface Entry {
  /** What its runs are called before their settings; empty where there is one entry alone. */
  name: string;
  axes: readonly Axis[];
  seeds: readonly number[];
}

export interface SweepFile {
  /** As messages call it. */
  file: string;
  name: string;
  /** Relative data folders are beside the file. */
  folder: string;
  entries: readonly Entry[];
}

const NAMES = Object.keys(SETTINGS) as Setting[];

function refuse(why: string): never {
  throw new StairstepError(why);
}

async function load(file: string): Promise<unknown> {
  if (/\.[cm]?tsx?$/.test(file))
    refuse(
      `${file} is TypeScript, which Node 20 does not import: compile it to .js, or write the ` +
        "sweep as .json",
    );
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) =>
    refuse(`${file} cannot be read (${cause.code}): give a sweep file, .json or .js`),
  );
  if (!/\.[cm]?js$/.test(file)) {
    try {
      return JSON.parse(text.replace(/^\uFEFF/, "")); // as some editors begin a file
    } catch (cause) {
      const why = (cause as Error).message.split("\n")[0];
      return refuse(`${file} is not JSON (${why}): mend it, or name a module .js`);
    }
  }
  const module = await import(/* @vite-ignore */ pathToFileURL(resolve(file)).href).catch(
    (cause: Error) => refuse(`${file} cannot be imported (${cause.message.split("\n")[0]})`),
  );
  return module.default ?? refuse(`${file} has no default export: write export default { … }`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function entryOf(given: Record<string, unknown>, common: Record<string, unknown>): Entry {
  const { name = "", seeds, ...own } = given;
  if (typeof name !== "string") refuse(`name must be a text, got ${JSON.stringify(name)}`);
  checkNames("a run", own, NAMES);
  const { seeds: shared, ...base } = common;
  const settings = { ...base, ...own };
  const axes = Object.entries(settings).map(([key, value]) => axisOf(key as Setting, value));
  return { name, axes, seeds: seedsOf(seeds ?? shared ?? [1]) };
}

/** Checks the shape of what a file holds. Throws `StairstepError` that begins with its name. */
export function parseSweep(file: string, content: unknown): SweepFile {
  try {
    if (!isObject(content)) return refuse('a sweep is an object, such as {"lr": {"grid": [0.5]}}');
    const { name = basename(file).replace(/\.\w+$/, ""), runs = [{}], ...common } = content;
    // The folder of results has it too.
    if (typeof name !== "string" || !/^[^./\\\p{C}][^/\\\p{C}]*$/u.test(name))
      refuse(
        `name must be fit for a folder, without / or a dot first, got ${JSON.stringify(name)}`,
      );
    checkNames("a sweep", common, ["name", "runs", "seeds", ...NAMES]);
    if (!(Array.isArray(runs) && runs.length > 0 && runs.every(isObject)))
      return refuse("runs must be a list of objects, each with the settings of its own");
    const entries = runs.map((run) => entryOf(run, common));
    const names = entries.map((entry) => entry.name);
    const twice = names.find((one, i) => names.indexOf(one) !== i);
    if (twice !== undefined)
      refuse(
        twice === ""
          ? "several runs have no name: give each a name of its own"
          : `two runs are called ${twice}: give each a name of its own`,
      );
    return { file, name: name as string, folder: dirname(resolve(file)), entries };
  } catch (error) {
    if (!(error instanceof StairstepError)) throw error;
    throw new StairstepError(`${file}: ${error.message}`);
  }
}

export const readSweep = async (file: string): Promise<SweepFile> =>
  parseSweep(file, await load(file));
