/** Fashion-MNIST's four IDX files: where Debian's package puts them, installed if need be. */
import { existsSync } from "node:fs";
import { StairstepError } from "../index";
import { installPackage } from "./packages";

const FOLDER = "/usr/share/datasets/fashion-mnist";

/**
 * The folder given, or the system's. Throws `StairstepError` when there is none and none could be
 * installed.
 */
export function findFashion(given: string | undefined, say: (line: string) => void): string {
  if (given !== undefined) return given;
  if (!existsSync(FOLDER)) installPackage("dataset-fashion-mnist", say);
  if (existsSync(FOLDER)) return FOLDER;
  throw new StairstepError(
    "Fashion-MNIST was not found: install Debian's package dataset-fashion-mnist, or give a folder of its four IDX files with --fashion",
  );
}
