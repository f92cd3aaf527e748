/** What a task makes of data: what the network reads, and what its outputs are compared with. */
import type { Dataset } from "../data/dataset";
import type { Pixels } from "../data/idx";

/** Data as a network sees it. `inputs`, `words`, `images` and the like are what it reads. */
export interface View extends Dataset {
  /** Outputs of the network: by default as many as classes. */
  readonly outputs: number;
  /** Whether `masks` are empty, and no word counts as blank. */
  readonly unmasked?: boolean;
  /** What outputs are compared with where it is neither the label nor what is read. */
  readonly wanted?: {
    /** [count, outputs], laid out as `images`. */
    readonly images: GPUBuffer;
  };
  readonly test: Dataset["test"] & { readonly wanted?: Pixels };
}

/** Data with `own` in place of theirs; what is missing still throws only when it is asked for. */
export const viewWith = (data: Dataset, own: Partial<View> & Pick<View, "outputs">): View =>
  Object.create(data, Object.getOwnPropertyDescriptors(own));
