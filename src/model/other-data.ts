import type { Dataset } from "../data/dataset";
import type { DataIdentity } from "../data/options";
import type { Checkpoint } from "./state";

/**
 * What tells this data from that of a checkpoint; nothing where they are the same, or where an old
 * checkpoint does not say.
 */
export function otherData({ data: theirs }: Checkpoint, { identity }: Dataset): string | undefined {
  if (!theirs) return undefined;
  const tell = (
    { name, fingerprint, validation, standardised }: DataIdentity,
    split: boolean,
  ): string => {
    const way = `validation ${validation}${standardised ? ", standardised" : ""}`;
    return `${name} (${split ? way : fingerprint})`;
  };
  const same = theirs.fingerprint === identity.fingerprint;
  return same &&
    theirs.validation === identity.validation &&
    theirs.standardised === identity.standardised
    ? undefined
    : `the model was trained on ${tell(theirs, same)}, and this is ${tell(identity, same)}`;
}
