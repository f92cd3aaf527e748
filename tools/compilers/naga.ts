/**
 * Compiles kernel texts with the WebGPU of the host that runs this: Deno's, whose compiler is naga.
 * Usage: deno run -A --unstable-webgpu naga.ts FILE, a JSON file [{ name, code, pipeline }]; where
 * `pipeline` is true, also as a pipeline, which asks the driver too and takes long. Prints a JSON
 * object: the adapter, and what was refused, with the reason.
 */
import { readFileSync } from "node:fs";

interface Text {
  name: string;
  code: string;
  pipeline: boolean;
}

const texts: Text[] = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const adapter = await navigator.gpu.requestAdapter();
if (!adapter) throw new Error("there is no adapter: install a Vulkan driver");
const device = await adapter.requestDevice();
const refused: { name: string; reason: string }[] = [];
for (const { name, code, pipeline } of texts) {
  device.pushErrorScope("internal");
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  if (pipeline)
    device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  for (const error of [await device.popErrorScope(), await device.popErrorScope()])
    if (error) refused.push({ name, reason: error.message });
}
console.log(JSON.stringify({ adapter: adapter.info.description, refused }));
process.exit();
