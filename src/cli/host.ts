/** What runs the command line, as results name it. */
const { bun, deno, node } = process.versions;

/** "Node v20.20.0", "Deno 2.9.6" or "Bun 1.4.5"; the last two say a version of Node, too. */
export const runtime = deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node v${node}`;

/** "linux x64" */
export const platform = `${process.platform} ${process.arch}`;
