/**
 * Writes down what is asked to be compiled: the library itself runs on Dawn's null backend, which
 * compiles with Tint and computes nothing.
 */
import { create, globals } from "webgpu";
import type { Dataset } from "../../src/data/dataset";
import { outputsOf } from "../../src/model/look";
import { completionLoss, measure, unusedSymbols } from "../../src/model/measures";
import { Network } from "../../src/model/network";
import { resolve, type TrainOptions } from "../../src/model/spec";
import type { Tuning } from "../../src/model/tuning";
import { Device } from "../../src/runtime/device";

export interface Text {
  /** The kernel, and the run that first asked for it. */
  name: string;
  code: string;
}

/** Kept for good: once it is collected, the process dies. */
const nullBackend = create(["backend=null"]);

export class Texts {
  readonly all = new Map<string, Text>();
  /** Runs that threw, with the first line of what they said. */
  readonly failed: string[] = [];
  private run = "";

  private constructor(readonly device: Device) {
    const { gpu } = device;
    const make = gpu.createShaderModule.bind(gpu);
    gpu.createShaderModule = (descriptor) => {
      const { code, label = "" } = descriptor;
      if (!this.all.has(code)) this.all.set(code, { name: `${label}, ${this.run}`, code });
      return make(descriptor);
    };
  }

  static async record(kernels: "gpu" | "software"): Promise<Texts> {
    Object.assign(globalThis, globals);
    const adapter = await nullBackend.requestAdapter();
    if (!adapter) throw new Error("Dawn has no null backend here");
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    const gpu = await adapter.requestDevice({
      requiredFeatures: ["subgroups"],
      requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    });
    return new Texts(new Device(gpu, adapter.info, kernels));
  }

  async try(run: string, work: () => Promise<unknown>): Promise<void> {
    this.run = run;
    await work().catch((error: Error) =>
      this.failed.push(`${run}: ${error.message.split("\n")[0]}`),
    );
  }

  /** Training, reports, evaluation of every split, and a look inside, of one network. */
  network(run: string, data: Dataset, options: TrainOptions, tune: Tuning): Promise<void> {
    return this.try(run, async () => {
      const spec = resolve({ batch: 10, stepsPerEpoch: 2, epochs: 1, reportEvery: 2, ...options });
      const network = await Network.create(this.device, data, spec, tune);
      await network.train(2);
      for (const split of ["training", "test"] as const) await network.evaluate(split);
      await outputsOf(await network.evaluator(), network.data.test.pixels, 0);
      if (spec.task !== "classify") {
        const run = { ready: async () => network };
        for (const choices of ["sampled", "rounded"] as const) await measure(run, "test", choices);
        await unusedSymbols(run);
        await completionLoss(run, "test", 2);
      }
      network.destroy();
    });
  }
}
