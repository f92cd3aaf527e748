/** Installs what the system's package manager has, when that can be done without asking. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Runs a command quietly; whether it went well. */
export const run = (command: string, args: string[]): boolean =>
  spawnSync(command, args, {
    stdio: ["ignore", "ignore", "ignore"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  }).status === 0;

/** Installs one of Debian's packages, when root; whether it did. */
export function installPackage(name: string, say: (line: string) => void): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    return false;
  say(`Installing Debian's package ${name} …`);
  return run("apt-get", ["update"]) && run("apt-get", ["install", "-y", name]);
}
