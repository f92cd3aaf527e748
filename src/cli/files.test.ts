import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkWritable, writeWhole } from "./files";

const folder = mkdtempSync(join(tmpdir(), "stairstep-files-"));
const file = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(file(name), "utf8");
afterAll(() => rmSync(folder, { recursive: true }));

describe("a file", () => {
  it("keeps the permissions that it had, and leaves nothing beside it", async () => {
    writeFileSync(file("private"), "old");
    chmodSync(file("private"), 0o600);
    await writeWhole(file("private"), "new", "");
    expect([text("private"), statSync(file("private")).mode & 0o777]).toEqual(["new", 0o600]);
    await writeWhole(file("fresh"), "new", "");
    if (process.getuid?.() === 0) {
      chownSync(file("private"), 12, 34);
      await writeWhole(file("private"), "newer", "");
      const { uid, gid, mode } = statSync(file("private"));
      expect([uid, gid, mode & 0o777]).toEqual([12, 34, 0o600]);
    }
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("that is a link, or a link to a link, stays one, and its target is written", async () => {
    mkdirSync(file("elsewhere"));
    writeFileSync(file("elsewhere/target"), "old");
    symlinkSync("elsewhere/target", file("link"));
    symlinkSync("link", file("second"));
    await writeWhole(file("second"), "new", "");
    expect(text("elsewhere/target")).toBe("new");
    expect(readlinkSync(file("second"))).toBe("link");
    symlinkSync("elsewhere/absent", file("dangling"));
    await writeWhole(file("dangling"), "made", "");
    expect([text("elsewhere/absent"), lstatSync(file("dangling")).isSymbolicLink()]).toEqual([
      "made",
      true,
    ]);
  });

  it("that may not be written stays, though its folder would let it be replaced", async () => {
    const shared = file("shared");
    mkdirSync(shared);
    for (const [place, mode] of [
      [folder, 0o755],
      [shared, 0o777],
    ] as const)
      chmodSync(place, mode);
    writeFileSync(join(shared, "kept"), "old", { mode: 0o444 });
    const root = process.geteuid?.() === 0; // may write anything
    if (root) process.seteuid?.(65_534);
    const attempts = await Promise.allSettled([
      writeWhole(join(shared, "kept"), "new", "REMEDY"),
      checkWritable(join(shared, "kept"), "REMEDY"),
      writeWhole(join(shared, "other"), "new", "REMEDY"),
    ]);
    if (root) process.seteuid?.(0);
    const refused = `${join(shared, "kept")} could not be written (EACCES): REMEDY`;
    expect(attempts.map((a) => (a.status === "rejected" ? a.reason.message : ""))).toEqual([
      refused,
      refused,
      "",
    ]);
    expect(text("shared/kept")).toBe("old");
  });

  it("that two write at once is one of the two, whole", async () => {
    const contents = ["a", "b"].map((letter) => letter.repeat(3e6));
    await Promise.all(contents.map((content) => writeWhole(file("both"), content, "")));
    expect(contents).toContain(text("both"));
  });

  it("is refused where it is none, or cannot be, and what is there stays", async () => {
    execFileSync("mkfifo", [file("pipe")]);
    symlinkSync("loop", file("loop"));
    for (const [name, why] of [
      ["elsewhere", "is a folder, not a plain file: REMEDY"],
      ["pipe", "is a device or pipe, not a plain file: REMEDY"],
      ["none/model", "could not be written (ENOENT): REMEDY"],
      ["loop", "could not be written (ELOOP): REMEDY"],
      [`${"x".repeat(300)}`, "could not be written (ENAMETOOLONG): REMEDY"],
    ] as const)
      for (const attempt of [checkWritable, writeWhole])
        await expect(attempt(file(name), "REMEDY", "REMEDY")).rejects.toThrow(why);
    await expect(checkWritable("-", "REMEDY")).rejects.toThrow("- would be a file of that name");
    expect(lstatSync(file("pipe")).isFIFO()).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });
});
