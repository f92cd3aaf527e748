// Save a model, and use it without its data.
import { readFile, writeFile } from "node:fs/promises";
import { encodeCheckpoint, loadMnist, loadModel, requestDevice, tanh, train } from "stairstep";

const device = await requestDevice();
const data = await loadMnist(device);
const training = train(device, data, { hidden: [tanh(100)], epochs: 1 });
for await (const _ of training);
await writeFile("model.safetensors", encodeCheckpoint(await training.checkpoint()));

const model = await loadModel(device, await readFile("model.safetensors"));
const probabilities = await model.predict(data.test.pixels.subarray(0, 784));
console.log(data.test.labels[0], "has", probabilities[data.test.labels[0]]);
process.exit();
