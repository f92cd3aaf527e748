import { StairstepError } from "./errors";

/** Throws for a key that is none, which JavaScript would let be ignored. */
export function checkKeys(what: string, given: object, keys: readonly string[]): void {
  for (const key of Object.keys(given))
    if (!keys.includes(key))
      throw new StairstepError(`${what} has no ${key}: choose from ${keys.join(", ")}`);
}
