/** The public API of the golden vectors. */

export { type FamilyResult, parseVectors, type Vectors, verify } from "./verify";
