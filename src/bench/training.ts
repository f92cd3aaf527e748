/**
 * Whole training steps: how fast, what share of the roofline, and how the time grows with members,
 * width and batch.
 */
import type { Dataset } from "../data/dataset";
import { Network } from "../model/network";
import { layer } from "../model/own-layer";
import type { TrainOptions } from "../model/spec";
import { timeSteps, withoutReports } from "../model/tuning/search";
import type { Device } from "../runtime/device";
import type { Rounds } from "../runtime/rounds";
import { type Roofline, roofline } from "./measure";

export interface TrainingResult {
  run: string;
  msPerStep: number;
  stepsPerSecond: number;
  /**
   * Operations of the dense step (products forward, gradients by weights, gradients by what is
   * below) in 10⁹ a second.
   */
  gflops: number;
  /**
   * Of the roofline's arithmetic, and of what it is with sums carried through a loop. Above 1 where
   * zeros are skipped.
   */
  share: number;
  carriedShare: number;
}

export interface TrainingReport {
  adapter: string;
  roofline: Roofline;
  runs: TrainingResult[];
}

const ROUNDS: Rounds = { rounds: 5, ms: 400 };

/** Multiply-adds count two; the first layer has nothing below that wants a gradient. */
export const stepOperations = ({ sizes, spec }: Network): number =>
  spec.batch *
  spec.members.length *
  sizes.reduce((sum, { inputs, outputs }, i) => sum + (i === 0 ? 4 : 6) * inputs * outputs, 0);

async function runOne(
  device: Device,
  data: Dataset,
  run: string,
  options: TrainOptions,
  peak: Roofline,
): Promise<TrainingResult> {
  const network = await Network.create(device, data, withoutReports(options));
  const msPerStep = await timeSteps(network, ROUNDS);
  const gflops = stepOperations(network) / msPerStep / 1e6;
  network.destroy();
  return {
    run,
    msPerStep,
    stepsPerSecond: 1000 / msPerStep,
    gflops,
    share: gflops / peak.gflops,
    carriedShare: gflops / peak.carriedGflops,
  };
}

const oneHot = (units: number, categories = 5) => ({
  hidden: [layer(`onehot:${categories}`, units)],
});
const tanh = (...units: number[]) => ({ hidden: units.map((n) => layer("tanh", n)) });

const TRAINING: [string, TrainOptions][] = [
  ["tanh 100", tanh(100)],
  ["binary 100", { hidden: [layer("binary", 100)] }],
  ["ternary 100", { hidden: [layer("ternary", 100)] }],
  ["one-hot 100 × 5", oneHot(100)],
  ["tanh 100, 100", tanh(100, 100)],
];

const SCALING: [string, TrainOptions][] = [
  ...[1, 2, 4, 8, 16].map((members): [string, TrainOptions] => [
    `tanh 100, ${members} members`,
    { ...tanh(100), members },
  ]),
  ...[100, 200, 400, 800, 1600].map((units): [string, TrainOptions] => [
    `tanh ${units}`,
    tanh(units),
  ]),
  ...[2, 5, 10, 20, 50].map((categories): [string, TrainOptions] => [
    `one-hot 100 × ${categories}`,
    oneHot(100, categories),
  ]),
  ...[50, 100, 200, 400, 800].map((batch): [string, TrainOptions] => [
    `tanh 100, batch ${batch}`,
    { ...tanh(100), batch },
  ]),
];

async function bench(
  device: Device,
  data: Dataset,
  runs: [string, TrainOptions][],
  onResult: (r: TrainingResult) => void,
): Promise<TrainingReport> {
  const report: TrainingReport = {
    adapter: device.description,
    roofline: await roofline(device),
    runs: [],
  };
  for (const [run, options] of runs) {
    const result = await runOne(device, data, run, options, report.roofline);
    report.runs.push(result);
    onResult(result);
  }
  return report;
}

/** The networks that the article trains, without reports. */
export const benchTraining = (
  device: Device,
  data: Dataset,
  onResult: (result: TrainingResult) => void = () => {},
): Promise<TrainingReport> => bench(device, data, TRAINING, onResult);

/** Sweeps of members, width, categories and batch. */
export const benchScaling = (
  device: Device,
  data: Dataset,
  onResult: (result: TrainingResult) => void = () => {},
): Promise<TrainingReport> => bench(device, data, SCALING, onResult);
