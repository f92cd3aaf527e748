// Six members at once, each with a learning rate and a seed of its own.
import { binary, loadMnist, requestDevice, train } from "stairstep";

const device = await requestDevice();
const data = await loadMnist(device);
const rates = [0.1, 0.3, 0.5];
const members = rates.flatMap((learningRate) => [1, 2].map((seed) => ({ learningRate, seed })));
const training = train(device, data, { hidden: [binary(100)], members, epochs: 0.2 });
for await (const _ of training);
const accuracies = await training.evaluate("validation");
members.forEach((member, i) => console.log(JSON.stringify(member), accuracies[i]));
process.exit();
