// Train in a page that Vite builds, and stop once it is good enough.
import { loadMnist, oneHot, requestDevice, train } from "stairstep";

const device = await requestDevice();
const data = await loadMnist(device, "mnist");
const hidden = [oneHot(100, { categories: 5 })];
for await (const { validation } of train(device, data, { hidden, epochs: 5 })) {
  const line = document.createElement("li");
  line.textContent = `${(100 * validation.accuracy).toFixed(1)} %`;
  document.querySelector("#reports").append(line);
  if (validation.accuracy > 0.93) break;
}
