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

/** "12.3 MB": bytes in decimal units, as files and GPU limits are quoted. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${Number(value.toPrecision(3))} ${units[power]}`;
}
