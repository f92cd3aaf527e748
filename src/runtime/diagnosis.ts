/** Why a kernel is none for an adapter. Loaded only where one is not. */
import { StairstepError } from "./errors";

/** "line 12: unresolved value 'q'" with the line itself and a caret, as a compiler would. */
function quote(code: string, { message, lineNum, linePos }: GPUCompilationMessage): string {
  const line = code.split("\n")[lineNum - 1] ?? "";
  return `line ${lineNum}: ${message}\n  ${line}\n  ${" ".repeat(Math.max(0, linePos - 1))}^`;
}

/**
 * A first line for people, and what the compiler said behind it.
 * @param otherwise where the compiler says nothing
 */
export async function diagnosis(
  name: string,
  code: string,
  module: GPUShaderModule,
  otherwise: string,
): Promise<StairstepError> {
  const messages = (await module.getCompilationInfo()).messages.filter((m) => m.type === "error");
  const detail = messages.map((m) => quote(code, m)).join("\n") || otherwise;
  return new StairstepError(
    `kernel ${name} does not compile on this adapter: mend its WGSL if it is yours, ` +
      `else try the other kernels (gpu or software) and report this:\n${detail}`,
  );
}

export const tooManyWorkgroups = (
  name: string,
  needed: number,
  { maxComputeWorkgroupsPerDimension: most }: GPUSupportedLimits,
): StairstepError =>
  new StairstepError(
    `kernel ${name} needs ${needed} workgroups along one side, and the adapter allows ${most}: ` +
      "use a smaller batch, layer or population",
  );
