/** Tunings as networks take them. What finds and keeps them (search.ts, cache.ts) lies above. */
export * from "./defaults";
