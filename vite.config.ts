/** The page (default), the command line (--mode cli), the library (--mode lib), and the tests. */
import { createHash } from "node:crypto";
import { existsSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigEnv } from "vite";
import { defineConfig, type TestProjectConfiguration, type ViteUserConfig } from "vitest/config";
import type { TestSpecification } from "vitest/node";
import manifest from "./package.json" with { type: "json" };
import { dataSources } from "./src/data/catalogue.ts";
import { data, site } from "./tools/build/site.ts";
import { maps, shaders, vectors } from "./tools/build/texts.ts";

/**
 * This checkout, for Vite, which takes what is behind # in a path for no part of it, and %20
 * for a blank: there, by a link. Tests load modules by their real paths, so there are none there.
 */
function checkout(): string {
  const path = process.cwd();
  if (!/[#%]/.test(path)) return path;
  if (process.env.VITEST)
    throw new Error(`Vitest runs no tests in ${path}: clone to a path without # and %`);
  const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
  const link = join(tmpdir(), `stairstep-${name}`);
  if (!existsSync(link)) symlinkSync(path, link);
  return link;
}

const define = { STAIRSTEP_VERSION: JSON.stringify(manifest.version) };

/** Packages of data, which must stay files. */
const packages = dataSources.flatMap(({ from }) => (from.manager === "npm" ? [from.package] : []));

/** What every user of the library needs: without the tuner (c…, s…), benchmarks and vectors. */
const NOT_CORE = [
  ...["standalone", "stream", "rounds", "node", "kernels", "model\\.", "causes", "check-options"],
  ...["checkpoint", "diagnosis", "features", "fits", "from-arrays", "hosts", "look", "members"],
  ...["mistaken", "pixels", "read-checkpoint", "safetensors", "uses"],
  ...["network/hidden", "other-data", "own", "products/input", "roles", "split"],
  ...["together", "transform", "write-idx", "tuning/[cs]"],
  ...[
    "code",
    "crop",
    "from-file",
    "halves",
    "linear-probe",
    "measure",
    "reporting",
    "word-index",
    "value",
    "evaluator",
    "report",
    "network/score",
    "network/value",
    "neurons/divergence",
  ],
  "losses/(?:bernoulli|mse|values)",
];
const CORE = new RegExp(`/src/(format|(shaders|runtime|data|model)/(?!${NOT_CORE.join("|")}))`);

/** Tests of pure functions beside their code, which need neither a browser nor a GPU. */
const PURE = [
  "src/{api,format,readme}.test.ts",
  "src/app/{acts,advice,article,control,curves,guesses,mnist-form,names,questions}.test.ts",
  "src/app/{eight,scale,sliders,spread,tempo,zoom,alphabet/reader}.test.ts",
  "src/data/{catalogue,causes,node,split}.test.ts",
  "src/model/{kernels,linear-probe,pace,recovery,safetensors,safetensors-strict}.test.ts",
  "src/model/{schedule,word-index}.test.ts",
  "src/shaders/planning.test.ts",
  "src/sweep/*.test.ts",
];

/** Test files in Node that take minutes each, the longest first. */
const LONGEST = ["deno", "cli", "compilers", "package", "sweep", "reproduce", "signals", "pages"];

export default defineConfig(async (env): Promise<ViteUserConfig> => {
  const root = checkout();
  const config = { ...(await configFor(env)), define };
  return root === process.cwd() ? config : { ...config, root, resolve: { preserveSymlinks: true } };
});

async function configFor({ mode }: ConfigEnv): Promise<ViteUserConfig> {
  if (mode === "cli")
    return {
      publicDir: false,
      plugins: [vectors()],
      // The tools serve nothing to a browser in this mode, so there is nothing to bundle
      // beforehand.
      optimizeDeps: { noDiscovery: true },
      // Whole: whoever has the command needs no package but those that must stay files.
      ssr: { noExternal: true, external: ["webgpu", ...packages] },
      build: {
        ssr: "src/cli/main.ts",
        outDir: "dist/cli",
        target: "node20",
        license: { fileName: "licenses.md" },
        rollupOptions: {
          output: {
            entryFileNames: "stairstep.js",
            banner: "#!/usr/bin/env node",
            // Blanks alone: names stay, for whoever reads where an error came from.
            minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
          },
        },
      },
    };
  if (mode === "lib")
    return {
      publicDir: false,
      plugins: [shaders(), vectors(), maps()],
      build: {
        lib: {
          entry: {
            stairstep: "src/index.ts",
            bench: "src/bench/index.ts",
            verify: "src/verify/index.ts",
          },
          formats: ["es"],
        },
        outDir: "dist/lib",
        target: "es2022",
        sourcemap: true,
        license: { fileName: "licenses.md" },
        // One chunk of what benchmarks and vectors use too: two would compress worse.
        rollupOptions: {
          output: {
            minify: true,
            codeSplitting: {
              groups: [
                { name: "core", test: CORE },
                // What sees images, for all who look or evaluate.
                { name: "look", test: /\/src\/model\/(evaluator|look)\./ },
                // Arguments that are something else are few.
                { name: "mistaken", test: /\/src\/runtime\/mistaken\./ },
                // For those who have neurons of their own.
                { name: "own", test: /\/src\/model\/own\./ },
              ],
            },
          },
        },
      },
    };
  if (!process.env.VITEST)
    return {
      base: "./",
      plugins: [shaders(), vectors(), data(), site()],
      build: {
        outDir: "dist/page",
        target: "es2022",
        // The expected values of "Check this GPU" are large, and come when they are asked for.
        chunkSizeWarningLimit: 6000,
        rollupOptions: {
          input: ["index.html", "bench.html"],
          // One chunk of what the page and its parts that come later share: many compress worse.
          output: { codeSplitting: { groups: [{ name: "core", test: CORE }] } },
          // To gzip the data takes its time, on a slow machine so long that it would be told of.
          checks: { pluginTimings: false },
        },
      },
    };
  const { playwright } = await import("@vitest/browser-playwright");
  const { CHROMIUM_ARGS, ensureChromium } = await import("./src/cli/chromium.ts");
  const { BaseSequencer } = await import("vitest/node");
  /** Begun last, as a small file is by Vitest itself, a long one would leave a core idle. */
  class LongestFirst extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const place = ({ moduleId }: TestSpecification): number => {
        const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
        return at < 0 ? LONGEST.length : at;
      };
      return (await super.sort(files)).sort((a, b) => place(a) - place(b));
    }
  }
  const browser = (
    name: string,
    include: string[],
    env: Record<string, string>,
  ): TestProjectConfiguration => ({
    extends: true,
    test: {
      name,
      include,
      exclude: ["src/cli/**", ...PURE],
      env,
      browser: {
        enabled: true,
        fileParallelism: false,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions }),
        instances: [{ browser: "chromium" }],
      },
    },
  });
  const launchOptions = { executablePath: ensureChromium(), args: CHROMIUM_ARGS };
  return {
    plugins: [data()],
    test: {
      // For what hangs: a machine may be four times slower than the one this was written on.
      testTimeout: 1_200_000,
      hookTimeout: 600_000,
      // Two files in Node at a time, and beside them one in each of the two browsers: a process
      // alone, with its start and its compilations, leaves one of two cores idle.
      maxWorkers: 2,
      sequence: { sequencer: LongestFirst },
      projects: [
        {
          extends: true,
          test: {
            name: "node",
            include: [
              "src/cli/**/*.test.ts",
              "tools/**/*.test.ts",
              "src/data/gzip.test.ts",
              ...PURE,
            ],
            globalSetup: "tools/once.ts",
          },
        },
        // Networks with the kernels for software adapters, which suit this browser's, and again
        // with those for GPUs. Tests in src/shaders and src/model/tuning name their kernels.
        browser("browser", ["src/**/*.test.ts"], {}),
        browser("browser-gpu", ["src/model/*.test.ts", "src/model/tuning/search.test.ts"], {
          VITE_KERNELS: "gpu",
        }),
      ],
    },
  };
}
