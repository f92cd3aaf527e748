/**
 * An error whose message a user can act on: it names the thing, the value and the remedy. Faces
 * print it as one line.
 */
export class StairstepError extends Error {
  override name = "StairstepError";
}

/**
 * The GPU device is gone, with all that was on it. A run can go on with another:
 * `TrainOptions.reopen`.
 */
export class DeviceLostError extends StairstepError {
  override name = "DeviceLostError";
}

/** A weight or the loss became NaN or infinite. */
export class DivergedError extends StairstepError {
  override name = "DivergedError";
}
