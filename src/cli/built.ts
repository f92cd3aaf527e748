/** What tests of the built command line share: the build, and running it as a user does. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { madeOnce } from "../../tools/once";

/** The program that runs the command line, with what comes before its own arguments. */
export interface Host {
  program: string;
  before: readonly string[];
  env?: NodeJS.ProcessEnv;
}

const NODE: Host = { program: process.execPath, before: [] };
/** Another build to test, perhaps of another revision: then none is made. */
const GIVEN = process.env.STAIRSTEP_CLI;
export const COMMAND = GIVEN ?? "dist/cli/stairstep.js";

const clean = (changes: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { NODE_ENV: _, VITEST: __, ...rest } = process.env;
  return { ...rest, ...changes };
};

/**
 * Packs the package, which builds the command line and the library first; once for all test files,
 * since a build replaces what others run. The tarball's path. Throws where it fails.
 */
export function packed(): string {
  const folder = madeOnce("package", (place) => {
    const { status, stdout, stderr } = spawnSync("npm", ["pack", "--pack-destination", place], {
      encoding: "utf8",
      env: clean({}),
    });
    if (status !== 0) throw new Error(`npm pack failed: ${stdout}${stderr}`);
  });
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) as string);
}

/**
 * Builds the command line and the library in `dist`, once, unless STAIRSTEP_CLI names another
 * command line. Throws where it fails.
 */
export function build(): void {
  if (GIVEN === undefined) packed();
}

/** Runs to the end. */
export function stairstep(args: string, env: NodeJS.ProcessEnv = {}, host: Host = NODE) {
  const { status, stdout, stderr } = spawnSync(
    host.program,
    [...host.before, COMMAND, ...args.split(" ")],
    {
      encoding: "utf8",
      env: clean({ ...host.env, ...env }),
    },
  );
  return { status, stdout, stderr };
}

/** Starts, in a process group of its own, so that a test can kill it with all it has started. */
export function start(args: string, host: Host = NODE) {
  const child = spawn(host.program, [...host.before, COMMAND, ...args.split(" ")], {
    env: clean(host.env ?? {}),
    detached: true,
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  return {
    kill: async () => {
      process.kill(-(child.pid as number), "SIGKILL");
      await ended;
    },
  };
}
