// An autoencoder whose code is a word of 20 letters, and the images whose words are most alike.
import { codeOf, indexWords, loadMnist, oneHot, requestDevice, tanh, train } from "stairstep";

const device = await requestDevice();
const data = await loadMnist(device);
const hidden = [tanh(100), oneHot(20, { categories: 10, estimator: "gumbel" }), tanh(100)];
const training = train(device, data, { task: "reconstruct", hidden, optimizer: "adam", epochs: 1 });
for await (const { validation } of training) console.log(validation.loss.toFixed(1), "nats");
const code = await codeOf(training);
const word = await code.encode(data.test.pixels.subarray(0, 784));
const letters = Array.from(word, (symbol, neuron) => ({ neuron, symbol }));
console.log(indexWords(await code.encodeSplit(data, "training"), code).nearest(letters, 3));
process.exit();
