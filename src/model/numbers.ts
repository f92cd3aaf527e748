/** Reports as the GPU has them (shaders/report.ts), as numbers. */

import { REPORT_BYTES } from "../shaders/report-type";
/** What one member's report says. Training values are over the steps since the last report. */
export interface MemberNumbers {
  lossSum: number;
  correct: number;
  evaluatedCorrect: number;
  /** Of tasks that compare outputs with values; KL in place of right answers. */
  klSum: number;
  evaluatedLoss: number;
  evaluatedKl: number;
  /** Lowest layer whose weights are not finite, from 1 at the input; 0 when all are. */
  brokenLayer: number;
}

/** Those of each member, of reports [members]. */
export const numbersOf = (reports: ArrayBuffer): MemberNumbers[] =>
  Array.from({ length: reports.byteLength / REPORT_BYTES }, (_, i) => {
    const at = [REPORT_BYTES * i, REPORT_BYTES / 4] as const;
    const [, correct, evaluatedCorrect, broken = 0] = new Uint32Array(
      reports,
      ...at,
    ) as Iterable<number>;
    const [lossSum, klSum, , , evaluatedLoss, evaluatedKl] = new Float32Array(reports, ...at);
    return {
      ...{ lossSum, klSum, correct, evaluatedCorrect, evaluatedLoss, evaluatedKl },
      brokenLayer: broken === 0 ? 0 : 32 - Math.clz32(broken & -broken),
    } as MemberNumbers;
  });
