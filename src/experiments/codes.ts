/**
 * Networks that reconstruct or complete MNIST by way of one-hot neurons, and what an independent
 * implementation in NumPy made of each: in nats an image, on test data, after 20 epochs.
 */

/** Losses of one seed, or the mean of several. */
export interface KnownLosses {
  /** With choices sampled as in training; of `complete`, of the mean likelihood of 100 draws. */
  sampled?: number;
  rounded?: number;
  kl?: number;
  unused?: number;
  /** Share of test labels that a linear classifier reads from the words. */
  probe?: number;
}

export interface CodeRun {
  /** Unique; the name of its runs. */
  id: string;
  /** As tables call it. */
  label: string;
  /** As a sweep file has them, but epochs and seeds. */
  settings: Record<string, string | number | readonly number[]>;
  seeds: readonly number[];
  reference?: KnownLosses;
}

export interface CodeExperiment {
  id: "codes" | "elbo" | "completion";
  title: string;
  summary: string;
  runs: readonly CodeRun[];
}

/** How far a mean of three seeds may be from the reference; of unused symbols a share of them. */
export const TOLERANCE = { loss: 1.5, kl: 1, elbo: 1.5, completion: 1, unused: 1 / 3 } as const;

const ADAM = { optimizer: "adam", lr: 0.001 };
const SGD = { optimizer: "sgd", lr: 0.1 };
const SHORT: Record<string, string> = {
  "straight-through": "straight-through",
  gumbel: "Gumbel-softmax",
  reinmax: "ReinMax",
  concrete: "Concrete",
  hardmax: "hardmax",
  "gumbel-rao": "Gumbel-Rao",
  "reinmax-rao": "ReinMax-Rao",
};

type Rate = Readonly<{ optimizer: string; lr: number }>;
interface Details {
  size?: readonly [neurons: number, choices: number];
  tau?: number;
  seeds?: readonly number[];
}

const rateText = ({ optimizer, lr }: Rate): string =>
  `${optimizer === "adam" ? "Adam" : "SGD"} ${lr}`;
const tauText = (tau?: number): string => (tau === undefined ? "" : `, tau ${tau}`);

/** 784 – 200 tanh – code – 200 tanh – 784. */
function reconstruct(
  kl: number,
  estimator: string,
  rate: Rate,
  reference: KnownLosses | undefined,
  { size = [20, 10], tau, seeds = [1] }: Details = {},
): CodeRun {
  const [neurons, choices] = size;
  const own = size[0] === 20 && size[1] === 10 ? "" : `, ${neurons} × ${choices}`;
  return {
    id: [
      ...[kl === 0 ? "code" : "elbo", estimator, rate.optimizer, rate.lr],
      ...(own === "" ? [] : [`${neurons}x${choices}`]),
      ...(tau === undefined ? [] : [`tau-${tau}`]),
    ].join("-"),
    label: `${SHORT[estimator]}, ${rateText(rate)}${own}${tauText(tau)}`,
    settings: {
      ...{
        task: "reconstruct",
        hidden: [200, neurons, 200],
        neuron: `tanh,onehot:${choices},tanh`,
      },
      ...{ estimator, ...rate },
      ...(kl === 0 ? {} : { kl }),
      ...(tau === undefined ? {} : { tau }),
    },
    seeds,
    ...(reference ? { reference } : {}),
  };
}

/** 392 – code – code – 392. */
function complete(estimator: string, sampled: number, details: Details = {}): CodeRun {
  const { size: [neurons, choices] = [20, 10], tau } = details;
  const own = neurons === 20 ? "" : `, ${neurons} × ${choices}`;
  return {
    id: ["completion", estimator, `${neurons}x${choices}`, ...(tau ? [`tau-${tau}`] : [])].join(
      "-",
    ),
    label: `${SHORT[estimator]}${own}${tauText(tau)}`,
    settings: {
      ...{ task: "complete", hidden: [neurons, neurons], neuron: `onehot:${choices}`, estimator },
      ...ADAM,
      ...(tau === undefined ? {} : { tau }),
    },
    seeds: [1],
    reference: { sampled },
  };
}

const known = (sampled: number, rounded: number, unused?: number): KnownLosses => ({
  ...{ sampled, rounded },
  ...(unused === undefined ? {} : { unused }),
});
const variational = (sampled: number, rounded: number, kl: number): KnownLosses => ({
  ...{ sampled, rounded, kl },
});

const THREE = { seeds: [1, 2, 3] };

export const CODE_EXPERIMENTS: readonly CodeExperiment[] = [
  {
    id: "codes",
    title: "Codes: what an image's word keeps",
    summary:
      "An autoencoder without KL: 784 – 200 tanh – 20 neurons of 10 symbols – 200 tanh – 784. " +
      "The ranking of estimators turns with the optimizer and its rate.",
    runs: [
      reconstruct(0, "straight-through", ADAM, known(97.96, 91.33, 72), THREE),
      reconstruct(0, "gumbel", ADAM, known(89.08, 85.39, 0), THREE),
      reconstruct(0, "reinmax", ADAM, known(89.27, 87.91, 3), THREE),
      reconstruct(0, "straight-through", SGD, known(88.01, 86.1, 0), THREE),
      reconstruct(0, "gumbel", SGD, known(88.03, 86.46, 0), THREE),
      reconstruct(0, "reinmax", SGD, known(92.56, 92.32, 8), THREE),
      reconstruct(0, "concrete", ADAM, { rounded: 85.41, unused: 0 }),
      reconstruct(0, "hardmax", ADAM, { rounded: 92.22, unused: 103 }),
      ...(
        [
          ["straight-through", known(91.68, 88.02, 19)],
          ["gumbel", known(88.88, 86.39, 2)],
          ["reinmax", known(89.49, 89.12, 2)],
        ] as const
      ).map(([name, losses]) => reconstruct(0, name, { optimizer: "adam", lr: 0.003 }, losses)),
      reconstruct(0, "straight-through", { optimizer: "sgd", lr: 0.02 }, known(100.78, 94.93)),
      ...["straight-through", "gumbel", "reinmax"].map((name) =>
        reconstruct(0, name, { optimizer: "sgd", lr: 0.3 }, { sampled: 1830, unused: 180 }),
      ),
      ...(
        [
          [[80, 8], known(72.84, 70.04, 16)],
          [[10, 10], known(120.28, 111.82, 60)],
          [[20, 2], known(119.45, 110.58, 0)],
        ] as const
      ).map(([size, losses]) => reconstruct(0, "straight-through", ADAM, losses, { size })),
    ],
  },
  {
    id: "elbo",
    title: "Variational autoencoders: −ELBO",
    summary: "The same networks with KL to the uniform prior in the loss, at its full weight.",
    runs: [
      reconstruct(1, "straight-through", ADAM, variational(107.47, 92.47, 19.33), THREE),
      reconstruct(1, "gumbel", ADAM, variational(101.94, 89.63, 17.75), THREE),
      reconstruct(1, "reinmax", ADAM, variational(94.7, 87.79, 24.45), THREE),
      reconstruct(1, "straight-through", SGD, undefined, THREE),
      reconstruct(1, "gumbel", SGD, undefined, THREE),
      reconstruct(1, "reinmax", SGD, undefined, THREE),
      reconstruct(1, "gumbel", ADAM, variational(99.95, 90.25, 19.99), { tau: 0.5 }),
      reconstruct(1, "concrete", ADAM, { rounded: 89.98, kl: 18.76 }),
      reconstruct(1, "concrete", ADAM, { rounded: 86.43, kl: 21.22 }, { tau: 0.5 }),
    ],
  },
  {
    id: "completion",
    title: "Completion: the lower half from the upper half",
    summary:
      "392 – 20 × 10 – 20 × 10 – 392, the task of Raiko et al. 2015 and Jang et al. 2017: −log " +
      "of the mean likelihood of 100 draws of the choices.",
    runs: [
      complete("straight-through", 58.81),
      complete("gumbel", 59.68),
      complete("gumbel", 62.71, { tau: 0.5 }),
      complete("reinmax", 64.93),
      complete("concrete", 55.86),
      complete("straight-through", 54.55, { size: [200, 2] }),
    ],
  },
];
