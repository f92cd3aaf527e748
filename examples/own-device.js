// On a GPUDevice that an app has already; this one is Node's.

import { Device, loadMnist, tanh, train } from "stairstep";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals, { gpu: create([]) }); // kept: Dawn ends a process without it
const adapter = await globalThis.gpu.requestAdapter();
const device = Device.from(await adapter.requestDevice());
const data = await loadMnist(device);
for await (const { validation } of train(device, data, { hidden: [tanh(100)], epochs: 1 }))
  console.log(device.adapter.name, validation.accuracy);
process.exit();
