/**
 * Runs a tool written in TypeScript: node tools/run.mjs NAME [ARGUMENT …] calls `main(arguments)` of
 * tools/NAME.ts and exits with what it returns. Node 20 runs no TypeScript itself; Vite does.
 */
import { runnerImport } from "vite";

const [name, ...args] = process.argv.slice(2);
const { module } = await runnerImport(`./tools/${name}.ts`, {
  configFile: false,
  logLevel: "warn",
});
process.exitCode = await module.main(args);
