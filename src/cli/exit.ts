/** How the command ends, for scripts: README has the table. */
import { constants } from "node:os";
import { DivergedError, StairstepError } from "../index";

export const EXIT = { usage: 2, data: 3, diverged: 4, noGpu: 5, interrupted: 75 } as const;

/** What a shell says of a process that a signal has ended. */
export const codeOfSignal = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

const codes = new WeakMap<Error, number>();

/** For `catch`: throws the error on, and the command ends with `code` unless it has one already. */
export const endsWith =
  (code: number) =>
  (error: unknown): never => {
    if (error instanceof StairstepError && !codes.has(error)) codes.set(error, code);
    throw error;
  };

/** Where nobody has set another, an error with a remedy is for whoever gave the options. */
export const codeOf = (error: unknown): number =>
  error instanceof DivergedError
    ? EXIT.diverged
    : (codes.get(error as Error) ?? (error instanceof StairstepError ? EXIT.usage : 1));
