/** Data for the command line: a set of the catalogue, installed if need be, or a folder. */
import { existsSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { type Command, Option } from "commander";
import {
  type Checkpoint,
  type DataSource,
  type Dataset,
  type Device,
  dataSources,
  type FolderOptions,
  findSource,
  loadFolder,
  loadSource,
  oneSided,
  StairstepError,
} from "../index";
import { mayInstall } from "./consent";
import { EXIT, endsWith } from "./exit";
import { installPackage } from "./packages";

export interface DataFlags {
  data?: string;
  validation?: string;
  transpose?: boolean;
  standardise?: boolean;
  dataSeed?: number;
}

const names = dataSources.map(({ name }) => name).join(", ");

/** `--data` and what belongs to it. */
export const addDataOptions = (command: Command): Command =>
  command
    .option("--data <set>", `${names}, or a folder of IDX files, raw or gzipped (default: mnist)`)
    .addOption(
      new Option(
        "--validation <split>",
        "first: the training file's first twelfth; stratified: a twelfth of each class; or a " +
          "folder of its images and labels (default: first for MNIST and Fashion-MNIST, whose " +
          "results are published so, else stratified)",
      ),
    )
    .option("--transpose", "swap rows and columns of images, which EMNIST has the other way round")
    .option(
      "--standardise",
      "bring each feature of IDX files of floats or whole numbers to mean 0 and deviation 1",
    );

/** Throws `StairstepError` when Debian's package is not there and could not be installed. */
async function install({ name, title, from }: DataSource): Promise<void> {
  if (from.manager !== "debian" || existsSync(from.folder)) return;
  if (await mayInstall(`Debian's package ${from.package}, which has ${title}`))
    installPackage(from.package, console.error);
  if (!existsSync(from.folder))
    throw new StairstepError(
      `${title} was not found: install Debian's package ${from.package}, ` +
        `or give a folder of its four IDX files with --data (reproduce: --${name})`,
    );
}

/** The split that the flags ask for, else that of the run to go on with, whose seed stays. */
function splitOf(
  { validation, dataSeed = 1 }: DataFlags,
  from: Checkpoint | undefined,
): Pick<FolderOptions, "validation" | "seed"> {
  const [way, drawn] = from?.data?.validation.split(" ") ?? [];
  const seed = way === "stratified" ? Number(drawn) : dataSeed;
  const wanted = validation ?? way;
  if (wanted === undefined) return { seed };
  if (wanted === "first" || wanted === "stratified") return { validation: wanted, seed };
  return { validation: { folder: wanted } };
}

/** Whether to standardise: as the flag says, and as the model that goes on was. */
function standardiseOf({ standardise }: DataFlags, from: Checkpoint | undefined) {
  if (standardise && from && !from.scaling)
    throw new StairstepError(
      "the model was trained without --standardise: leave it out, or train a new one",
    );
  return from ? (from.scaling ?? false) : (standardise ?? false);
}

/** Opens what `--data` names: a set of the catalogue, or else a folder. */
export const openData = (
  device: Device,
  flags: DataFlags = {},
  from?: Checkpoint,
): Promise<Dataset> => load(device, flags, from).catch(endsWith(EXIT.data));

const looksLikeEmnist = (folder: string): boolean =>
  [basename(folder), ...(existsSync(folder) ? readdirSync(folder) : [])].some((name) =>
    /^emnist/i.test(name),
  );

async function load(device: Device, flags: DataFlags, from?: Checkpoint): Promise<Dataset> {
  const { data: where = "mnist", transpose } = flags;
  const source = findSource(where);
  const split = { ...splitOf(flags, from), standardise: standardiseOf(flags, from) };
  if (!source) {
    if (!transpose && looksLikeEmnist(where))
      console.error(
        "Note        EMNIST has rows and columns of its images swapped: --transpose turns them",
      );
    return loadFolder(device, where, { ...split, ...(transpose ? { transpose } : {}) });
  }
  if (transpose || typeof split.validation === "object")
    return endsWith(EXIT.usage)(
      new StairstepError(
        `${transpose ? "--transpose" : "--validation FOLDER"} is for folders, not for ` +
          `${source.title} by name: leave it out, or give a folder with --data`,
      ),
    );
  await install(source);
  const { validation, ...more } = split;
  const way = validation === undefined ? {} : { validation };
  return loadSource(device, source, undefined, { ...way, ...more });
}

/** Says which splits lack classes. */
export function warnOfSplits(data: Dataset): void {
  for (const sentence of oneSided(data)) console.error(`Warning     ${sentence}`);
  if (data.identity.validation.startsWith("first") && oneSided(data).length > 0)
    console.error("            --validation stratified takes a share of each class.");
}
