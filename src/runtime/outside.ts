/** Node beside a page: whether this is one, and what a page never loads. */

/**
 * Node's globals, as properties: a bundler that meets the bare name `process` takes the code for
 * Node's, and brings one of its own into the page, or fails.
 */
export const host = globalThis as {
  process?: { versions?: { node?: string } };
  setImmediate?: (callback: () => void) => void;
};

/** Whether this is Node, or Deno or Bun, which stand for it. */
export const inNode = (): boolean => host.process?.versions?.node !== undefined;

/** Imports by a name that bundlers leave alone; each of them is told so in its own words. */
export const importOutside = <Module>(name: string): Promise<Module> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ name);
