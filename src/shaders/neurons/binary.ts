/** binary: levels {0, 1}, f(x) = 1 / (1 + e^-x): fires with probability f when sampled. */
import { ordered } from "./ordered";
import { logisticActivation } from "./sigmoid";

export const binary = ordered({
  name: "binary",
  summary: "0 or 1, through the logistic function",
  activation: () => logisticActivation,
});
