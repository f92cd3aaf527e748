/** A break of one thing, and the tests that should notice. */
export interface Mutation {
  name: string;
  /** Under src. */
  file: string;
  /** What stands there, and what it becomes. */
  text: string;
  broken: string;
  /** Part of the names of the test files that must notice. */
  tests: string;
  /** Part of the names of their tests that are run, where all would take minutes. */
  named?: string;
  /** The project of Vitest's that they run in. */
  project?: "browser" | "browser-gpu" | "node";
}
