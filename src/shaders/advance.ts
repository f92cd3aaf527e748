/**
 * The end of a training step: it is counted, and slopes are annealed at the end of an epoch.
 *
 *   control.step      read by kernels that gather images, draw noise or write metrics
 *   control.trained   the head copies `step` there; read by the updates
 *
 * So the last update of a step may count it while other updates still run: none of them reads what
 * it writes.
 */
export const advance = /* wgsl */ `
fn advance() {
  let step = control.trained + 1u;
  control.step = step;
  if (step % control.epoch_steps == 0u) {
    for (var m = 0u; m < arrayLength(&control.members); m++) {
      let member = control.members[m];
      control.members[m].slope = min(member.slope * member.anneal, member.cap);
      control.members[m].shown_slope = min(member.shown_slope * member.shown_anneal, member.cap);
    }
  }
}`;
