/** Which of some files is which of a data set's four, by their names. */
import { StairstepError } from "../runtime/errors";
import { FILES, type FileKey } from "./catalogue";

type Roles = Record<FileKey, string>;
const KEYS = Object.keys(FILES) as FileKey[];

/** "train-images.idx3-ubyte.gz" and "train-images-idx3-ubyte" are spellings of one name. */
const canonical = (name: string): string =>
  name.toLowerCase().replace(/\.gz$/, "").replace(".", "-");

/** "emnist-letters-" and trainImages of emnist-letters-train-images-idx3-ubyte.gz. */
function roleOf(name: string): { set: string; key: FileKey } | undefined {
  const found = /^(?:(.*)[-_. ])?(train|t10k|test)[-_. ](images|labels)\b/i.exec(name);
  if (!found) return undefined;
  const [, set = "", part = "", what = ""] = found;
  const half = part.toLowerCase() === "train" ? "train" : "test";
  return {
    set: set.toLowerCase(),
    key: `${half}${what.toLowerCase() === "images" ? "Images" : "Labels"}`,
  };
}

const some = (names: readonly string[]): string =>
  names.length === 0
    ? "nothing"
    : names.slice(0, 4).join(", ") + (names.length > 4 ? ` and ${names.length - 4} others` : "");

/**
 * MNIST's names, or those of EMNIST, QMNIST and others that put a name before them and write
 * "test". Throws with what is missing and what was seen in `place`; and where there are several
 * sets, with their names.
 */
export function findRoles(names: readonly string[], place: string): Roles {
  const exact = (key: FileKey) => names.find((name) => canonical(name) === FILES[key]);
  const sets = new Map<string, Partial<Roles>>();
  for (const name of names) {
    const role = roleOf(name);
    if (role) sets.set(role.set, { [role.key]: name, ...sets.get(role.set) });
  }
  const whole = [...sets].filter(([, set]) => KEYS.every((key) => set[key]));
  const [own, ...others] = whole;
  const missing = KEYS.filter((key) => !exact(key));
  if (missing.length === 0)
    return Object.fromEntries(KEYS.map((key) => [key, exact(key)])) as Roles;
  if (own && others.length === 0) return own[1] as Roles;
  if (own)
    throw new StairstepError(
      `${place}: there are several data sets (${some(whole.map(([name]) => name || "train…"))}): ` +
        "give one alone",
    );
  throw new StairstepError(
    `${place}: there is no ${missing.map((key) => FILES[key]).join(", ")} (or .gz), but ` +
      `${some(names)}: a data set is ${Object.values(FILES).join(", ")}`,
  );
}
