import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { hasGpuDevice } from "./hardware";

/**
 * What `hasGpuDevice` makes of a machine whose /dev holds what `make` makes of the path of `node`.
 */
function withNode(node: string, make = (path: string) => writeFileSync(path, "")): boolean {
  const dev = mkdtempSync(join(tmpdir(), "stairstep-dev-"));
  try {
    mkdirSync(dirname(join(dev, node)), { recursive: true });
    make(join(dev, node));
    return hasGpuDevice(dev);
  } finally {
    rmSync(dev, { recursive: true });
  }
}

/** Systems other than Linux are not asked. */
const elsewhere = process.platform !== "linux";

test.each(["dri/renderD128", "dri/renderD130", "nvidia0", "nvidia3", "dxg"])(
  "%s is a GPU",
  (node) => {
    expect(withNode(node)).toBe(true);
  },
);

// No card at all, a display without a renderer, NVIDIA's module without a card, GPUs' names
// elsewhere.
test.each(["null", "dri/card0", "nvidiactl", "nvidia-uvm", "renderD128", "dri/nvidia0"])(
  "%s is no GPU",
  (node) => {
    expect(withNode(node)).toBe(elsewhere);
  },
);

test("a node that cannot be opened is no GPU", () => {
  // Permissions do not stop root; a link to nothing does.
  expect(withNode("dri/renderD128", (path) => symlinkSync("/no/such/node", path))).toBe(elsewhere);
});
