/** Ten clean digits as polylines, in a box of 1 by 1: [0, 0] is its upper left corner. */
type Line = readonly (readonly [x: number, y: number])[];

/** Part of an ellipse around [x, y], from one angle to another, in turns; 0 is to the right. */
const arc = (x: number, y: number, rx: number, ry: number, from: number, to: number): Line =>
  Array.from({ length: 17 }, (_, i) => {
    const turn = 2 * Math.PI * (from + ((to - from) * i) / 16);
    return [x + rx * Math.cos(turn), y + ry * Math.sin(turn)] as const;
  });

export const digits: readonly (readonly Line[])[] = [
  [arc(0.5, 0.5, 0.33, 0.5, -0.25, 0.75)],
  [
    [
      [0.55, 0],
      [0.45, 1],
    ],
  ],
  [[...arc(0.5, 0.28, 0.32, 0.28, -0.45, 0.1), [0.55, 0.65], [0.17, 0.97], [0.5, 0.93], [0.88, 1]]],
  [
    [
      ...arc(0.45, 0.25, 0.32, 0.25, -0.4, 0.2),
      [0.42, 0.49],
      ...arc(0.45, 0.74, 0.36, 0.26, -0.2, 0.42),
    ],
  ],
  [
    [
      [0.25, 0],
      [0.15, 0.52],
      [0.8, 0.5],
    ],
    [
      [0.75, 0.05],
      [0.65, 1],
    ],
  ],
  [[[0.8, 0.02], [0.3, 0.04], [0.22, 0.45], ...arc(0.45, 0.7, 0.35, 0.29, -0.22, 0.4)]],
  [
    [
      [0.65, 0],
      [0.35, 0.3],
      [0.22, 0.7],
      ...arc(0.5, 0.74, 0.28, 0.26, -0.5, -0.42),
      ...arc(0.5, 0.74, 0.28, 0.26, 0.45, -0.48),
    ],
  ],
  [
    [
      [0.12, 0.03],
      [0.85, 0.02],
      [0.6, 0.45],
      [0.42, 1],
    ],
  ],
  [
    [
      ...arc(0.5, 0.25, 0.25, 0.25, 0, -0.75),
      ...arc(0.5, 0.75, 0.3, 0.25, -0.25, 0.75),
      ...arc(0.5, 0.25, 0.25, 0.25, 0.25, 0),
    ],
  ],
  [[...arc(0.48, 0.28, 0.28, 0.28, 0, -1), [0.73, 0.55], [0.62, 1]]],
];
