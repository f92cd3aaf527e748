/** Each neuron's formula in MathML, which browsers set by themselves. */

const math = (body: string): MathMLElement => {
  const parsed = new DOMParser().parseFromString(
    `<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">${body}</math>`,
    "application/xml",
  );
  return document.importNode(parsed.documentElement, true) as unknown as MathMLElement;
};
const i = (name: string): string => `<mi>${name}</mi>`;
const n = (value: string): string => `<mn>${value}</mn>`;
const o = (sign: string): string => `<mo>${sign}</mo>`;
const row = (...parts: string[]): string => `<mrow>${parts.join("")}</mrow>`;
const frac = (over: string, under: string): string => `<mfrac>${row(over)}${row(under)}</mfrac>`;
const sup = (base: string, exponent: string): string => `<msup>${row(base)}${row(exponent)}</msup>`;
const sub = (base: string, index: string): string => `<msub>${row(base)}${row(index)}</msub>`;
const sz = i("s") + i("z");
const logistic = (x: string): string => frac(n("1"), n("1") + o("+") + sup(i("e"), o("−") + x));
const chance = `<mtext>chance of 1</mtext>${o("=")}`;

/** The larger of the two. */
const larger = (a: string, b: string): string =>
  i("max") + o("(") + row(a) + o(",") + row(b) + o(")");

const FORMULAS: Readonly<Record<string, string>> = {
  tanh: i("y") + o("=") + i("tanh") + o("(") + sz + o(")"),
  sigmoid: i("y") + o("=") + logistic(sz),
  relu: i("y") + o("=") + larger(n("0"), sz),
  "leaky-relu": i("y") + o("=") + larger(n("0.01") + sz, sz),
  binary: chance + logistic(sz),
  "hard-binary":
    chance +
    i("min") +
    o("(") +
    n("1") +
    o(",") +
    larger(n("0"), frac(sz + o("+") + n("1"), n("2"))) +
    o(")"),
  ternary:
    i("f") +
    o("=") +
    n("1.5") +
    i("tanh") +
    o("(") +
    sz +
    o(")") +
    o("+") +
    n("0.5") +
    i("tanh") +
    o("(") +
    o("−") +
    n("3") +
    sz +
    o(")"),
  staircase:
    i("f") +
    o("=") +
    "<mtext>lowest</mtext>" +
    o("+") +
    `<munder>${o("∑")}${i("c")}</munder>` +
    logistic(i("s") + o("(") + i("z") + o("−") + i("c") + o(")")),
  onehot:
    sub(i("p"), i("k")) +
    o("=") +
    frac(
      sup(i("e"), i("s") + sub(i("z"), i("k"))),
      `<munder>${o("∑")}${i("j")}</munder>${sup(i("e"), i("s") + sub(i("z"), i("j")))}`,
    ),
};

export const formula = (neuron: string): MathMLElement => math(row(FORMULAS[neuron] ?? ""));

/** What the formula means, in a sentence. */
export const MEANING: Readonly<Record<string, string>> = {
  tanh: "A real number between −1 and 1: nothing is decided. The baseline.",
  sigmoid: "A real number between 0 and 1: nothing is decided.",
  relu: "A real number from 0 up: the sum where it is positive, else 0. Nothing is decided.",
  "leaky-relu": "As relu, with a hundredth of the sum where it is negative.",
  binary: "While training it puts out 0 or 1 by chance; when used, the likelier one.",
  "hard-binary": "As binary, with straight lines in place of the S-curve.",
  ternary:
    "While training it samples one of the two integers next to f (−1, 0 or 1); when used, the " +
    "closer one.",
  staircase:
    "Any number of stairs: it samples one of the two integers next to f; when used, the " +
    "closer one.",
  onehot:
    "While training it draws one category k with chance pₖ; when used, the likeliest. Its " +
    "output is a 1 in that place and 0 elsewhere.",
};

/** How an optimizer turns a gradient into a step, in a person's words. */
export const STEPS: Readonly<Record<string, string>> = {
  sgd: "Each step is the gradient times the rate.",
  momentum: "Steps add up, and gather speed where gradients agree (Polyak 1964).",
  adam: "Each weight moves by about the rate, whatever its gradient’s size (Kingma, Ba 2015).",
};
