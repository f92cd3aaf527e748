// A neuron of your own: a step from 0 to 1 that leaks, beside its twin in plain JavaScript.
import { layer, loadMnist, logisticWgsl, ordered, requestDevice, train } from "stairstep";
import { orderedTwin, verifyNeuron } from "stairstep/verify";

// f(x) = logistic(x) + x / 10 and its derivative, at x = slope · z; it puts out an integer near f.
const wgsl = `${logisticWgsl} fn activation(x: f32, slope: f32) -> vec2f {
  let q = logistic(x); return vec2f(q + 0.1 * x, q * (1.0 - q) + 0.1); }`;
const leaky = ordered({ name: "leaky", summary: "a step that leaks", activation: () => wgsl });
const q = (x) => 1 / (1 + Math.exp(-x));
const twin = orderedTwin((z, s) => [q(s * z) + 0.1 * s * z, s * (q(s * z) * q(-s * z) + 0.1)]);
const device = await requestDevice();
console.log(await verifyNeuron(device, leaky, twin));
const training = train(device, await loadMnist(device), { hidden: [layer(leaky, 100)], epochs: 1 });
for await (const { epoch, validation } of training) console.log(epoch, validation.accuracy);
process.exit();
