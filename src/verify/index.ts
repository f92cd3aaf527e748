/** The public API of what proves the kernels: golden vectors, and the random stream for batteries of tests. */
export { ORDERS, type Order, randomBytes, type StreamOptions } from "./random";
export { type FamilyResult, parseVectors, type Vectors, verify } from "./verify";
