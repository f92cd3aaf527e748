import type { Training } from "./training";

/** A run, of whatever reports. */
export type Run = Pick<Training<never>, "ready">;
