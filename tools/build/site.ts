/** What the built page is served with: its data, its policy, and its service worker. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createGzip, gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { dataSources, FILES } from "../../src/data/catalogue.ts";

/** Files that the page serves, gzipped, as ./NAME/FILE.gz: those of npm's packages. */
const served = dataSources.flatMap(({ name, from }) =>
  from.manager === "npm"
    ? Object.values(FILES).map((file) => ({
        address: `${name}/${file}.gz`,
        path: `node_modules/${from.package}/${from.folder}/${file}`,
      }))
    : [],
);

/** Serves the data beside the page; in a build, emits its files. */
export const data = (): Plugin => ({
  name: "data",
  configureServer: (server) => {
    server.middlewares.use((request, response, next) => {
      const file = served.find(({ address }) => request.url?.endsWith(`/${address}`));
      if (!file) return next();
      response.setHeader("Content-Type", "application/gzip");
      createReadStream(file.path)
        .pipe(createGzip({ level: 1 }))
        .pipe(response);
    });
  },
  generateBundle() {
    for (const { address, path } of served)
      this.emitFile({ type: "asset", fileName: address, source: gzipSync(readFileSync(path)) });
  },
});

/** Nothing but this site's own files, and nothing inline. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src " +
  "'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'";

/**
 * In the built site: the content security policy, and a service worker that keeps the site for
 * visits without a network.
 */
export const site = (): Plugin => ({
  name: "site",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
        injectTo: "head-prepend",
      },
    ],
  },
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      const files = [
        "./",
        ...Object.keys(bundle).filter(
          (name) => !name.includes("golden") && !served.some(({ address }) => address === name),
        ),
        "icon.svg",
      ];
      const version = createHash("sha256").update(files.join()).digest("hex").slice(0, 12);
      const worker = readFileSync("src/app/service-worker.js", "utf8")
        .replace("__FILES__", JSON.stringify(files))
        .replace("__DATA__", JSON.stringify(served.map(({ address }) => `/${address}`)))
        .replace("__VERSION__", JSON.stringify(version));
      this.emitFile({ type: "asset", fileName: "sw.js", source: worker });
    },
  },
});
