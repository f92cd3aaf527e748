/** What to do in a browser, on a system, to have WebGPU. */

/** How far the page came: without WebGPU, without an adapter, or with one that did not open. */
export type Lack = "WebGPU" | "adapter" | "device";

/**
 * By what the browser says of itself. Safari on an iPad says that it is a Mac, one with a
 * `touch` screen.
 */
export function adviceFor(agent: string, lack: Lack, touch: boolean): string {
  if (lack === "device")
    return (
      "Close other tabs and programs that use the GPU, then reload; if that does not help, " +
      "restart the browser and update the graphics driver"
    );
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touch))
    return "Browsers on iPhone and iPad have WebGPU from iOS and iPadOS 26 on: update the system";
  if (/Android/.test(agent))
    return /Firefox/.test(agent)
      ? "On Android, use Chrome 121 or newer"
      : "On Android 12 or newer, Chrome has WebGPU from version 121 on: update Chrome; the GPUs " +
          "of some phones are not supported yet";
  if (/Firefox/.test(agent))
    return /Linux/.test(agent)
      ? "In Firefox on Linux, switch dom.webgpu.enabled on in about:config; for a software " +
          "adapter, gfx.webgpu.ignore-blocklist too"
      : "Firefox has WebGPU on Windows from version 141 and on Apple silicon from 147; " +
          "elsewhere, use Chrome or Edge";
  if (/Safari/.test(agent) && !/Chrom/.test(agent))
    return "Safari has WebGPU from version 26 on: update macOS, or use Chrome";
  const version = Number(/Chrom(?:e|ium)\/(\d+)/.exec(agent)?.[1] ?? Number.NaN);
  if (version < 113)
    return `This is version ${version}; Chrome and Edge have WebGPU from version 113 on`;
  if (/Linux/.test(agent))
    return (
      "On Linux, Chrome needs chrome://flags/#enable-unsafe-webgpu switched on, and a Vulkan " +
      "driver"
    );
  return (
    "Chrome and Edge have WebGPU from version 113 on; check that hardware acceleration is on in " +
    "the settings"
  );
}

/** For this browser; not where the error says it, as no browser's settings would help. */
export const advice = (lack: Lack): string => {
  const { userAgent, maxTouchPoints } = navigator;
  return isSecureContext ? adviceFor(userAgent, lack, maxTouchPoints > 1) : "";
};
