/** README beside the repository; it is read on npm's page too. package.test.ts runs its sample. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };

const readme = readFileSync("README.md", "utf8");
const repository = manifest.repository.url.replace(/^git\+|\.git$/g, "");

it("has the clone's two commands on its first screen", () => {
  const screen = readme.split("\n").slice(0, 40).join("\n");
  const commands = [...screen.matchAll(/^npm ci.*$/gm)].map(([line]) => line);
  expect(commands).toEqual(["npm ci && npm run train", "npm ci && npm test"]);
  expect(screen).toMatch(/^npm install stairstep /m);
});

it("links by whole addresses, or to a heading, and to files that are there", () => {
  const targets = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to as string);
  const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(
    ([, title]) => `#${title?.toLowerCase().replaceAll(" ", "-")}`,
  );
  const own = new RegExp(`^${repository}/(?:blob|raw)/main/([^#]+)`);
  const wrong = targets.filter((to) => {
    const path = own.exec(to)?.[1];
    return path ? !existsSync(path) : !to.startsWith("https://") && !headings.includes(to);
  });
  expect(wrong).toEqual([]);
  expect(targets.length).toBeGreaterThan(10);
});

it("lists every example", () => {
  for (const name of readdirSync("examples"))
    expect(readme).toContain(`(${repository}/blob/main/examples/${name}`);
});
