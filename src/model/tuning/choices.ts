/** What the tuner tries, for each kind of adapter. */
import type { PartialTuning } from "./defaults";

/** What the tuner tries instead, one choice at a time; none changes a result. */
export interface Choice {
  name: string;
  /** Whether it says nothing where invocations share their loads. */
  alone?: boolean;
  values: readonly PartialTuning[];
}

const software: readonly Choice[] = [
  {
    name: "rows of forward",
    values: [
      { forwardRows: 8 },
      { forwardRows: 13 },
      { forwardRows: 17 },
      { forwardRows: 25 },
      { forwardRows: 50 },
    ],
  },
  { name: "loads", values: [{ share: 0 }, { share: 4 }] },
  {
    name: "tile of the update",
    alone: true,
    values: [
      { updateWords: 1, updateParts: 4 },
      { updateWords: 1, updateParts: 7 },
      { updateWords: 2, updateParts: 4 },
      { updateWords: 2, updateParts: 7 },
      { updateWords: 4, updateParts: 3 },
    ],
  },
  {
    name: "rows of the input gradient",
    values: [{ gradientRows: 4 }, { gradientRows: 8 }, { gradientRows: 16 }, { gradientRows: 25 }],
  },
  {
    name: "sums of the head",
    values: [{ headSums: 12 }, { headSums: 24 }, { headSums: 39 }, { headSums: 75 }],
  },
  { name: "workgroup", values: [{ workgroup: 4 }, { workgroup: 8 }, { workgroup: 16 }] },
  { name: "blank words", values: [{ skipBlank: true }, { skipBlank: false }] },
];
const gpu: readonly Choice[] = [
  {
    name: "rows of forward",
    values: [{ forwardRows: 1 }, { forwardRows: 2 }, { forwardRows: 4 }, { forwardRows: 8 }],
  },
  {
    name: "tile of the update",
    values: [
      { updateWords: 1, updateParts: 1 },
      { updateWords: 1, updateParts: 2 },
      { updateWords: 2, updateParts: 1 },
      { updateWords: 2, updateParts: 2 },
    ],
  },
  {
    name: "rows of the input gradient",
    values: [{ gradientRows: 1 }, { gradientRows: 2 }, { gradientRows: 4 }],
  },
  {
    name: "sums of the head",
    values: [{ headSums: 1 }, { headSums: 3 }, { headSums: 6 }, { headSums: 12 }],
  },
  {
    name: "workgroup",
    values: [{ workgroup: 32 }, { workgroup: 64 }, { workgroup: 128 }, { workgroup: 256 }],
  },
  { name: "updates", values: [{ mergeUpdates: true }, { mergeUpdates: false }] },
  { name: "blank words", values: [{ skipBlank: true }, { skipBlank: false }] },
];
export const CHOICES = { software, gpu };
