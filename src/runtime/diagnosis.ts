/** Why a kernel is none for an adapter. Loaded only where one is not. */
import type { Kernel } from "../shaders/kernel";
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

/**
 * WebGPU forbids a buffer that one dispatch both writes and binds again; says so by name, rather
 * than at submit. Throws for that, and for a buffer that is missing.
 */
export function checkBound(
  { name: kernel, bindings }: Kernel,
  buffers: Readonly<Record<string, GPUBuffer>>,
): void {
  const names = Object.keys(bindings);
  for (const name of names) {
    const twin = names.find((other) => other !== name && buffers[other] === buffers[name]);
    if (!buffers[name])
      throw new StairstepError(`kernel ${kernel}: no buffer was given for ${name}`);
    if (twin && bindings[name]?.access === "readWrite")
      throw new StairstepError(
        `kernel ${kernel}: ${name} and ${twin} are bound to one buffer, and ${name} is written`,
      );
  }
}
