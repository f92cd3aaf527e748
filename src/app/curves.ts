/** The runs that the page shows: what they reported, what they are called, and which are seen. */
import type { KernelChoice, Report, Spec } from "../index";
import { type Facet, facetsOf, namesOf } from "./names";

export interface Member {
  seed: number;
  /** In [0, 1]. */
  validation?: number;
  test?: number;
  /** SHA-256 of its weights, at the end of the run. */
  weights?: string;
}

/** What a run was made of, to make it again. */
export interface Recipe {
  spec: Spec;
  kernels: KernelChoice;
  /** Name of its data. */
  data: string;
}

export interface Run {
  /** Counts all runs since the page was opened, from 1. */
  readonly number: number;
  readonly facets: readonly Facet[];
  /** What the visitor, or a file, calls it. */
  own?: string | undefined;
  /** No other run on the page is called so. */
  name: string;
  hue: number;
  hidden: boolean;
  readonly recipe?: Recipe | undefined;
  members: Member[];
  /** Validation accuracy that the article prints for it, in per cent. */
  article?: number | undefined;
  /** At each report, in per cent; before the first step there is no training yet. */
  epochs: number[];
  training: (number | undefined)[];
  validation: number[];
  low: number[];
  high: number[];
  /** Came with the page, and goes when a visitor's own run begins. */
  recorded?: true;
}

/** Shares before the first step, and at each report. */
interface Curve {
  epochs: readonly number[];
  /** Without one before the first step, at which there is none. */
  training: readonly number[];
  validation: readonly number[];
}

const HUES = 6;
const LONGEST_NAME = 60;
/** Epochs of an empty chart. */
const USUAL_EPOCHS = 20;
export const hueOf = ({ hue }: Pick<Run, "hue">): string => `--run${hue}`;

export class Curves {
  readonly runs: Run[] = [];
  /** The one run that is seen, while there is one. */
  solo: Run | undefined;
  /** The run that reports are added to: it stays until it is reset. */
  current: Run | undefined;
  /** Epochs that all runs together reach. */
  until = USUAL_EPOCHS;
  /** What all have in common, where their names leave it out. */
  common = "";
  private count = 0;

  /** @param changed hears of all but reports, `reported` of those. */
  constructor(
    private readonly changed: () => void,
    private readonly reported: () => void = changed,
  ) {}

  /** The runs that the chart draws. */
  get seen(): readonly Run[] {
    return this.runs.filter((run) => (this.solo ? run === this.solo : !run.hidden));
  }

  private push(run: Pick<Run, "facets"> & Partial<Run>): Run {
    const used = new Set(this.runs.map(({ hue }) => hue));
    const free = Array.from({ length: HUES }, (_, i) => i).find((i) => !used.has(i));
    const made: Run = {
      ...{ number: run.recorded ? 0 : ++this.count, hue: free ?? (this.count - 1) % HUES },
      ...{ name: "", hidden: false, members: [] },
      ...{ epochs: [], training: [], validation: [], low: [], high: [] },
      ...run,
    };
    this.runs.push(made);
    return made;
  }

  /** Shows the curve that came with the page, until there is another. */
  record({ name, reports }: { name: string; reports: Curve }): void {
    if (this.runs.length > 0) return;
    const inPercent = (shares: readonly number[]) => shares.map((share) => 100 * share);
    const validation = inPercent(reports.validation);
    const training = [undefined, ...inPercent(reports.training)];
    this.push({
      ...{ facets: [], own: name, recorded: true, hue: HUES - 1 },
      ...{ epochs: [...reports.epochs], training },
      ...{ validation, low: validation, high: validation },
    });
    this.until = Math.max(...reports.epochs);
    this.name();
  }

  /** A new run to which reports are added. */
  begin(recipe: Recipe, own?: string, article?: number): void {
    const { spec, kernels, data } = recipe;
    this.current = this.push({
      ...{ facets: facetsOf(spec, kernels, data), recipe, own },
      members: spec.members.map(({ seed }) => ({ seed })),
      article: article === undefined ? undefined : 100 * article,
    });
    this.solo = undefined; // what has just begun is to be seen
    this.until = Math.max(spec.epochs, ...this.runs.map((run) => run.epochs.at(-1) ?? 0));
    this.name();
  }

  /** Accuracies [members] where the run begins, before any report. */
  start(epoch: number, validation: readonly number[]): void {
    this.append(epoch, undefined, validation);
  }

  add({ epoch, training, members }: Report): void {
    const validation = members.map(({ validation }) => validation.accuracy);
    this.append(epoch, 100 * training.accuracy, validation);
  }

  private append(epoch: number, training: number | undefined, shares: readonly number[]): void {
    const run = this.current;
    if (!run) return;
    const accuracies = shares.map((share) => 100 * share);
    run.epochs.push(epoch);
    run.training.push(training);
    run.validation.push(accuracies.reduce((sum, x) => sum + x, 0) / accuracies.length);
    run.low.push(Math.min(...accuracies));
    run.high.push(Math.max(...accuracies));
    run.members.forEach((member, i) => {
      member.validation = shares[i] as number;
    });
    this.reported();
  }

  /** What is known of the run's members [members] at its end. */
  ended(numbers: readonly Partial<Member>[]): void {
    this.current?.members.forEach((member, i) => {
      Object.assign(member, numbers[i]);
    });
    this.reported();
  }

  /** Takes a run off. */
  remove(run: Run): void {
    const at = this.runs.indexOf(run);
    if (at < 0) return;
    this.runs.splice(at, 1);
    if (this.solo === run) this.solo = undefined;
    if (this.current === run) this.current = undefined;
    this.name();
  }

  /** No more reports come: the run may be taken off. What was recorded goes. */
  end(): void {
    this.current = undefined;
    const recorded = this.runs.find((run) => run.recorded);
    if (recorded) this.remove(recorded);
    else this.changed();
  }

  /** Takes off the run that reports are added to. */
  removeCurrent(): void {
    if (this.current) this.remove(this.current);
  }

  hide(run: Run, hidden: boolean): void {
    run.hidden = hidden;
    if (this.solo) this.solo = undefined;
    this.changed();
  }

  /** Shows one run alone; again, all as before. */
  toggleSolo(run: Run): void {
    this.solo = this.solo === run ? undefined : run;
    this.changed();
  }

  /** Calls a run what the visitor wants; with nothing, what it differs in again. */
  rename(run: Run, name: string): void {
    if (!this.runs.includes(run)) return; // taken off meanwhile
    const given = name.trim().slice(0, LONGEST_NAME);
    run.own = given || undefined;
    this.name();
  }

  private name(): void {
    const { names, common } = namesOf(this.runs);
    this.runs.forEach((run, i) => {
      run.name = names[i] as string;
    });
    this.common = common;
    this.changed();
  }
}
