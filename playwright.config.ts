import { defineConfig } from "playwright/test";
import { CHROMIUM_ARGS, ensureChromium } from "./src/cli/chromium.ts";

const PORT = 4871;
const CHROMIUM = { launchOptions: { executablePath: ensureChromium(), args: CHROMIUM_ARGS } };
/** Journeys against the clock: `npm test` runs them when no other runs. */
const ALONE = ["presses.test.ts", "first.test.ts"];
const FREE = /stays free/;
/** For a call behind another that built the page; by hand, each call builds it. */
const BUILT = process.env.STAIRSTEP_BUILT === "1";

/**
 * The built page, served under a sub-path, in real browsers with WebGPU: Chromium, and Firefox by
 * fixtures of its own.
 */
export default defineConfig({
  testDir: "e2e",
  timeout: 600_000,
  workers: 1,
  // Other journeys may run beside, three at a time on two cores.
  expect: { timeout: 15_000 },
  reporter: "list",
  use: { baseURL: `http://localhost:${PORT}/some/sub-path/` },
  projects: [
    // One browser for all its journeys, from the start on: beside it, Chromium's.
    { name: "firefox", testMatch: "firefox.test.ts", workers: 1 },
    {
      name: "chromium",
      testIgnore: ["firefox.test.ts", ...ALONE],
      grepInvert: FREE,
      fullyParallel: true,
      use: CHROMIUM,
    },
    { name: "alone", testMatch: ALONE, use: CHROMIUM },
    { name: "free", testMatch: "page.test.ts", grep: FREE, use: CHROMIUM },
  ],
  webServer: {
    command:
      (BUILT ? "" : "npx vite build --logLevel warn && ") +
      `npx vite preview --base /some/sub-path/ --port ${PORT} --strictPort`,
    port: PORT,
    timeout: 60_000,
  },
});
