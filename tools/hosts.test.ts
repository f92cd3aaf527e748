import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { hasGpuDevice } from "../src/cli/hardware";
import { ensureDeno, ensureFirefox, softwareVulkan } from "./hosts";

afterEach(() => vi.unstubAllEnvs());

test("Deno and Firefox start, and wgpu finds an adapter in the environment made for it", () => {
  expect(spawnSync(ensureFirefox(), ["--version"], { encoding: "utf8" }).stdout).toContain(
    "Mozilla Firefox",
  );
  const code =
    "const { info } = await navigator.gpu.requestAdapter(); console.log(info.description, " +
    "info.vendor, info.device)";
  const env = { ...process.env, ...softwareVulkan() };
  const { stdout, stderr } = spawnSync(ensureDeno(), ["eval", "--unstable-webgpu", code], {
    encoding: "utf8",
    env,
  });
  expect(stderr).toBe("");
  expect(stdout).toMatch(hasGpuDevice() ? /\w/ : /llvmpipe/);
});

test("an executable that the user names is taken, or refused by name", () => {
  vi.stubEnv("STAIRSTEP_DENO", process.execPath);
  expect(ensureDeno()).toBe(process.execPath);
  vi.stubEnv("STAIRSTEP_FIREFOX", "/no/such/firefox");
  expect(ensureFirefox).toThrow("STAIRSTEP_FIREFOX is /no/such/firefox, which does not exist");
});

test("without a GPU, the environment names drivers that exist and a folder of its own", () => {
  vi.stubEnv("XDG_RUNTIME_DIR", "/no/such/folder");
  const environment = softwareVulkan();
  if (hasGpuDevice()) return expect(environment).toEqual({});
  const { VK_ICD_FILENAMES: drivers = "", XDG_RUNTIME_DIR: folder = "" } = environment;
  expect(drivers.split(delimiter).filter((file) => !existsSync(file))).toEqual([]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});
