import { StairstepError } from "./errors";

/**
 * Throws for a key that is none, which JavaScript would let be ignored, and for what has no keys.
 */
export function checkKeys(what: string, given: object, keys: readonly string[]): void {
  if (typeof given !== "object" || !given)
    throw new StairstepError(`${what} is ${given}: give an object of ${keys.join(", ")}`);
  for (const key of Object.keys(given))
    if (!keys.includes(key))
      throw new StairstepError(`${what} has no ${key}: choose from ${keys.join(", ")}`);
}
