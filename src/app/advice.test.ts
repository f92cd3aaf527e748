import { expect, it } from "vitest";
import { adviceFor } from "./advice";

const LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
const WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4";
const MAC = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Safari/605.1.15`;
const PHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) ${WEBKIT} Safari/604.1`;
const ANDROID =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/119.0.0.0 Mobile Safari/537.36";

it("advises by system, browser and what is missing", () => {
  expect(adviceFor(LINUX, "WebGPU", false)).toContain("enable-unsafe-webgpu");
  expect(adviceFor(MAC, "WebGPU", false)).toContain("Safari has WebGPU from version 26");
  expect(adviceFor(MAC, "WebGPU", true)).toContain("iPadOS 26");
  expect(adviceFor(PHONE, "WebGPU", true)).toContain("iOS and iPadOS 26");
  expect(adviceFor(ANDROID, "WebGPU", true)).toContain("Chrome has WebGPU from version 121");
  expect(adviceFor(`${ANDROID} Firefox/130`, "WebGPU", true)).toContain("use Chrome 121");
  expect(adviceFor(LINUX.replace("140", "100"), "WebGPU", false)).toContain("This is version 100");
});

it("tells whoever has a GPU that did not open nothing of flags or systems", () => {
  for (const agent of [LINUX, MAC, PHONE, ANDROID]) {
    const advice = adviceFor(agent, "device", false);
    expect(advice).toContain("Close other tabs");
    expect(advice).not.toMatch(/Linux|flags|npm|Safari/);
  }
  for (const agent of [MAC, PHONE, ANDROID])
    for (const lack of ["WebGPU", "adapter", "device"] as const)
      expect(adviceFor(agent, lack, true)).not.toMatch(/Linux|flags|npm/);
});
