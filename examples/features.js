// Train on features of any sign and scale: two moons, stretched a thousandfold one way.
import { datasetFrom, requestDevice, ternary, train } from "stairstep";

const { cos, sin, PI, random } = Math;
const moon = (label, t) => (label ? [1000 * (1 - cos(t)), 0.5 - sin(t)] : [1000 * cos(t), sin(t)]);
const labels = Array.from({ length: 2000 }, (_, i) => i % 2);
const images = Float32Array.from(labels.flatMap((label) => moon(label, PI * random())));

const device = await requestDevice();
const data = await datasetFrom(device, { images, labels, width: 2, standardise: true });
const training = train(device, data, { hidden: [ternary(50)], epochs: 3 });
for await (const { epoch, validation } of training) console.log(epoch, validation.accuracy);
process.exit();
