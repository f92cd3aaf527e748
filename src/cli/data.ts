/** Data for the command line: a set of the catalogue, installed if need be, or a folder. */
import { existsSync } from "node:fs";
import {
  type DataSource,
  type Dataset,
  type Device,
  dataSources,
  findSource,
  loadFolder,
  loadSource,
  StairstepError,
} from "../index";
import { installPackage } from "./packages";

/** For the help of an option that names data. */
const names = dataSources.map(({ name }) => name).join(", ");
export const DATA_HELP = `${names}, or a folder of IDX files, raw or gzipped (default: mnist)`;

/** Throws `StairstepError` when Debian's package is not there and could not be installed. */
function install({ name, title, from }: DataSource): void {
  if (from.manager !== "debian" || existsSync(from.folder)) return;
  installPackage(from.package, console.error);
  if (!existsSync(from.folder))
    throw new StairstepError(
      `${title} was not found: install Debian's package ${from.package}, ` +
        `or give a folder of its four IDX files with --data (reproduce: --${name})`,
    );
}

/** `where` is a name of the catalogue, or else a folder. */
export async function openData(device: Device, where = "mnist"): Promise<Dataset> {
  const source = findSource(where);
  if (!source) return loadFolder(device, where);
  install(source);
  return loadSource(device, source);
}
