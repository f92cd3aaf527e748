/**
 * The public API of what proves the kernels: golden vectors, networks beside their twins, and the
 * random stream for batteries of tests.
 */
export { ORDERS, type Order, randomBytes, type StreamOptions } from "./random";
export type { Families, FamilyResult } from "./results";
export { goldenVectors, parseVectors, type Vectors } from "./vectors";
export { type VerifyOptions, verify, verifyVectors } from "./verify";
