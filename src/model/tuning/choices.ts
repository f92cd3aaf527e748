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
    name: "rows of affine",
    values: [
      { affineRows: 8 },
      { affineRows: 13 },
      { affineRows: 17 },
      { affineRows: 25 },
      { affineRows: 50 },
    ],
  },
  { name: "loads", values: [{ share: 0 }, { share: 4 }] },
  {
    name: "tile of update",
    alone: true,
    values: [
      { updateWords: 1, updateQuads: 4 },
      { updateWords: 1, updateQuads: 7 },
      { updateWords: 2, updateQuads: 4 },
      { updateWords: 2, updateQuads: 7 },
      { updateWords: 4, updateQuads: 3 },
    ],
  },
  {
    name: "rows of transfer",
    values: [{ transferRows: 4 }, { transferRows: 8 }, { transferRows: 16 }, { transferRows: 25 }],
  },
  {
    name: "sums of the head",
    values: [{ headSums: 12 }, { headSums: 24 }, { headSums: 39 }, { headSums: 75 }],
  },
  { name: "workgroup", values: [{ workgroup: 4 }, { workgroup: 8 }, { workgroup: 16 }] },
  { name: "blank words", values: [{ active: true }, { active: false }] },
];
/** Without `active`: the parts that sums are split in follow the lists. */
const gpu: readonly Choice[] = [
  {
    name: "rows of affine",
    values: [{ affineRows: 1 }, { affineRows: 2 }, { affineRows: 4 }, { affineRows: 8 }],
  },
  {
    name: "tile of update",
    values: [
      { updateWords: 1, updateQuads: 1 },
      { updateWords: 1, updateQuads: 2 },
      { updateWords: 2, updateQuads: 1 },
      { updateWords: 2, updateQuads: 2 },
    ],
  },
  {
    name: "rows of transfer",
    values: [{ transferRows: 1 }, { transferRows: 2 }, { transferRows: 4 }],
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
];
export const CHOICES = { software, gpu };
