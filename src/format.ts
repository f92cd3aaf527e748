/** How numbers, times and names are written, for every face: page, command line and report. */
import { findNeuron } from "./shaders/neurons/catalogue";

/** A share in per cent, without the sign: 0.97654 is "97.65". */
export const inPercent = (share: number, digits = 2): string => (100 * share).toFixed(digits);

/** A share in per cent: 0.97654 is "97.65 %". */
export const percent = (share: number, digits = 2): string => `${inPercent(share, digits)} %`;

/** A whole number with its thousands apart: "60,000". Rounds what is not whole. */
export const thousands = (count: number): string => Math.round(count).toLocaleString("en");

/** "1 run", "2,000 runs". */
export const counted = (count: number, what: string): string =>
  `${thousands(count)} ${what}${count === 1 ? "" : "s"}`;

/** Seconds, from 90 on minutes, rounded up: "42 s", "2 min". */
export const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** "12.3 MB": bytes in decimal units, as files and GPU limits are quoted. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${Number(value.toPrecision(3))} ${units[power]}`;
}

/**
 * A neuron with its levels or categories, as `parseNeuron` reads it: "onehot:5"; "tanh" where the
 * catalogue knows no size, whatever `size` says.
 */
export const neuronName = <N extends string>(name: N, size: number | undefined) =>
  findNeuron(name)?.size && size !== undefined ? (`${name}:${size}` as const) : name;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as HTML or XML shows it, in an element or in a quoted attribute. */
export const escapeMarkup = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character] as string);
