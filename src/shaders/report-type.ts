/** A report on the GPU, a member each (report.ts). */

/** The WGSL type of one; a `reports` is an array of them. */
export const reportType = /* wgsl */ `
struct Report {
  loss: f32,                      // sum over the rows trained on
  correct: u32,                   // of the rows trained on; against values, bits of the sum of KL
  evaluated_correct: atomic<u32>, // of an evaluation
  broken_layers: atomic<u32>,     // bit l: layer l (31: or above) has weights that are not finite
  evaluated_loss: f32,            // sum over the rows of an evaluation against values ...
  evaluated_kl: f32,              // ... and of their divergence
}
`;

/** Bytes of one. */
export const REPORT_BYTES = 24;
