import { describe, expect, it } from "vitest";
import { resolve } from "../model/spec";
import { neurons } from "../shaders/neurons/catalogue";
import { optimizers } from "../shaders/optimizers/catalogue";
import { CASES } from "./cases";
import { MARGIN, settledCourse } from "./course";
import { SETS } from "./data";
import { ACTIVATIONS, ESTIMATORS } from "./twin/neurons";
import { OPTIMIZERS } from "./twin/optimizers";

describe("the cases", () => {
  it("train every neuron with every estimator of the catalogue, each of which has a twin", () => {
    for (const { name, estimators } of neurons) {
      for (const { name: estimator } of estimators) {
        expect(name === "onehot" ? ESTIMATORS : ACTIVATIONS).toHaveProperty(
          name === "onehot" ? estimator : name,
        );
        const trained = CASES.flatMap(({ options }) => options.hidden).filter(
          (layer) => layer.neuron === name && layer.estimator === estimator,
        );
        expect(trained.length, `${name} ${estimator}`).toBeGreaterThan(0);
      }
    }
  });

  it("train with every optimizer of the catalogue, each of which has a twin", () => {
    for (const [i, { name }] of optimizers.entries()) {
      expect(OPTIMIZERS).toHaveProperty(name);
      expect(CASES.map(({ options }) => options.optimizer)).toContain(i === 0 ? undefined : name);
    }
  });
});

describe("a course", () => {
  for (const { data, options, family } of CASES) {
    const neurons = options.hidden
      .map(({ neuron, estimator }) => [neuron, estimator].join(" "))
      .join(", ");
    it(`of ${neurons} (${family}) decides nothing by less than ${MARGIN}`, () => {
      expect(settledCourse(SETS[data].examples, options).twin.margin).toBeGreaterThanOrEqual(
        MARGIN,
      );
    });
  }

  it("of many classes is that of the seeds given: more tries would take seconds", () => {
    for (const { data, options } of CASES.filter(({ data }) => data === "many"))
      expect(settledCourse(SETS[data].examples, options).spec.members).toEqual(
        resolve(options).members,
      );
  });

  it("is refused where decisions cannot be kept apart", () => {
    // So small a slope that every output is 0, and every answer a tie.
    const options = { ...CASES[0]!.options, members: 1, slope: 1e-9 };
    expect(() => settledCourse(SETS.odd.examples, options)).toThrow(
      /no 100 seeds keep the decisions of tanh apart/,
    );
  });
});
