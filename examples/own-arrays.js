// Train on your own arrays: 4,000 points of 8 features, of two kinds.
import { datasetFrom, requestDevice, ternary, train } from "stairstep";

const labels = Array.from({ length: 4000 }, (_, i) => i % 2);
const feature = (i) => 80 * labels[Math.floor(i / 8)] + 170 * Math.random();
const images = Uint8Array.from({ length: 4000 * 8 }, (_, i) => feature(i)); // 0 … 255

const device = await requestDevice();
const data = await datasetFrom(device, { images, labels, width: 8 });
const training = train(device, data, { hidden: [ternary(50)], epochs: 3 });
for await (const _ of training);
console.log("validation", (await training.evaluate("validation"))[0]);
process.exit();
