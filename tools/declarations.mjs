/**
 * The last step of npm run build:lib. What tsc wrote resolves under nodenext too, which wants the
 * whole name of a file in a relative import. TypeScript knows WebGPU from version 6 on; for 5, each
 * entry has a second file that brings the types of @webgpu/types.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = "dist/lib/types";

for (const name of readdirSync(ROOT, { recursive: true })) {
  if (!name.endsWith(".d.ts")) continue;
  const file = join(ROOT, name);
  const whole = (_, before, specifier, after) => {
    const target = join(dirname(file), specifier);
    const end = [".js", "/index.js"].find((end) => existsSync(target + end.replace(/js$/, "d.ts")));
    if (!end) throw new Error(`${file} imports ${specifier}, which is not there`);
    return `${before}${specifier}${end}${after}`;
  };
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/((?:from|import\()\s*")(\.[^"]*)(")/g, whole));
}
for (const folder of [".", "bench", "verify"])
  writeFileSync(
    join(ROOT, folder, "typescript-5.d.ts"),
    '/// <reference types="@webgpu/types" />\nexport * from "./index.js";\n',
  );
