/**
 * Runs a tool written in TypeScript: node tools/run.mjs NAME [ARGUMENT …] calls `main(arguments)`
 * of tools/NAME.ts and exits with what it returns. Node 20 runs no TypeScript itself; Vite does.
 */
import { readFileSync } from "node:fs";
import { createServer } from "vite";

const [name, ...args] = process.argv.slice(2);
const server = await createServer({
  configFile: false,
  define: { STAIRSTEP_VERSION: JSON.stringify(JSON.parse(readFileSync("package.json")).version) },
  appType: "custom",
  logLevel: "error",
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, ws: false, watch: null },
});
let status = 1;
try {
  const { main } = await server.ssrLoadModule(`/tools/${name}.ts`);
  status = await main(args);
} catch (error) {
  console.error(error);
}
await server.close();
// Dawn keeps the event loop alive.
process.exit(status);
