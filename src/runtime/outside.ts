/** What a page never loads, and no bundler is to look for: modules of Node, and Dawn. */

/** Imports by a name that bundlers leave alone; each of them is told so in its own words. */
export const importOutside = <Module>(name: string): Promise<Module> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ name);
