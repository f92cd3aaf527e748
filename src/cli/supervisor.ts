/**
 * Starts this command again as a child, in another environment, and stands for it: signals go to
 * the child, and this process ends as the child does.
 */
import { spawn } from "node:child_process";
import { codeOfSignal } from "./exit";
import { passSignals, type Signal, SUPERVISED } from "./signals";

/** Signals that a process sends itself, by a fault of its own. */
const CRASHES = ["SIGSEGV", "SIGABRT", "SIGBUS"];

/** What a child has left to end by itself after a second signal. */
const PATIENCE_MS = 500;

/** Never returns. */
export function supervise(env: NodeJS.ProcessEnv): Promise<never> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...env, [SUPERVISED]: "1" },
  });
  const send = (signal: Signal) => {
    if (child.connected) child.send(signal, () => {}); // gone already: its exit is under way
  };
  // A signal before the child has its handlers would end it without a checkpoint.
  let waiting: Signal[] | undefined = [];
  let killedBy: Signal | undefined;
  const before = passSignals((signal, count) => {
    if (waiting) waiting.push(signal);
    else send(signal);
    if (count < 2) return;
    killedBy = signal;
    setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  });
  if (before) waiting.push(before);
  child.once("message", () => {
    waiting?.forEach(send);
    waiting = undefined;
  });
  // Dawn may crash while it is taken apart, once in thousands of runs: what was done stands.
  let ended: number | undefined;
  child.on("message", (message) => {
    if (typeof message === "number") ended = message;
  });
  return new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (ended !== undefined && CRASHES.includes(signal ?? "")) process.exit(ended);
      const by = signal === "SIGKILL" ? (killedBy ?? signal) : signal;
      process.exit(by ? codeOfSignal(by) : (code ?? 1));
    });
  });
}
