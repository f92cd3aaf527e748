/** The built page on a server of a journey's own, which can be updated while a tab is open. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const ROOT = "dist/page";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export interface Site {
  address: string;
  /** Another version takes the place of what was: its parts have other names. */
  update(): void;
  close(): void;
}

export async function serveSite(): Promise<Site> {
  let updated = false;
  const server = createServer(({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const file = join(ROOT, pathname === "/" ? "index.html" : pathname);
    const gone = updated && pathname.startsWith("/assets/");
    if (gone || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    response.setHeader("Cache-Control", "no-store");
    if (pathname !== "/sw.js" || !updated) return response.end(readFileSync(file));
    const worker = readFileSync(file, "utf8");
    response.end(
      worker
        .replace(/stairstep-site-[^`]+/, "stairstep-site-another")
        .replace(/\["\.\/".*?\]/, "[]"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://localhost:${port}/`,
    update: () => {
      updated = true;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
