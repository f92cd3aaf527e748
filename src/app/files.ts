/** What a visitor's files do: a network is opened, data are trained on. */
import {
  bytesOf,
  type Checkpoint,
  decodeCheckpoint,
  oneSided,
  otherData,
  StairstepError,
} from "../index";
import { complain, note, offer, quiet } from "./messages";
import type { Session } from "./session";

/**
 * Whether a file's contents begin as those of safetensors do, whatever it is called: scripts and
 * phones name files as they like.
 */
async function isNetwork(file: File): Promise<boolean> {
  const unread = () => new ArrayBuffer();
  const begin = new Uint8Array(await file.slice(0, 9).arrayBuffer().catch(unread));
  // The length of the header, below 4 GB, then the header: an object in JSON.
  return begin.subarray(4, 8).every((byte) => byte === 0) && begin[8] === 0x7b;
}

export class Files {
  /** A run whose data the page does not have, until they come. */
  private waiting: { from: Checkpoint; name: string } | undefined;

  constructor(
    private readonly session: Session,
    private readonly on: {
      open: (from: Checkpoint, name: string) => void;
      /** Opens one whose words are read. */
      code: (from: Checkpoint, name: string) => Promise<void>;
      pause: () => void;
      /** Before other data take the place of those at hand. */
      clear: () => Promise<void>;
    },
  ) {}

  /**
   * Opens a run. Where it was trained on other data than the page has, says so, and goes on only
   * with those, or when told to.
   */
  async open(from: Checkpoint, name: string): Promise<void> {
    if (from.task === "reconstruct") return this.on.code(from, name);
    if (from.task === "complete")
      throw new StairstepError(
        `${name} is of the task complete, and this page shows networks that classify or ` +
          "reconstruct: use stairstep evaluate for it",
      );
    const data = await this.session.dataset();
    const other = otherData(from, data);
    this.waiting = other ? { from, name } : undefined;
    if (!other) return this.on.open(from, name);
    const remedy = "give its files under Your own data to go on with it";
    if (from.inputs !== data.inputs || from.classes !== data.classes)
      throw new StairstepError(`${other}: ${remedy}`);
    const { data: _, ...anyway } = from;
    offer("files", `${other}: ${remedy}, or see what it makes of this.`, "Open it anyway", () =>
      this.on.open(anyway, name),
    );
  }

  /** Does what a visitor's files ask for; what is wrong with them is said. */
  private async with(names: readonly string[], work: () => Promise<void>): Promise<void> {
    quiet("files");
    this.on.pause();
    await work().catch((error) => complain("files", error, { files: names }));
  }

  /** A network or a code to go on with. */
  load(file: File): Promise<void> {
    return this.with([file.name], async () =>
      this.open(decodeCheckpoint(file.name, await bytesOf(file)), file.name),
    );
  }

  /**
   * A network, or data of a visitor's own; with `transpose`, rows and columns of images swapped.
   */
  async use(files: readonly File[], transpose = false): Promise<void> {
    const [only] = files;
    if (!only) return;
    if (files.length === 1 && (only.name.endsWith(".safetensors") || (await isNetwork(only))))
      return this.load(only);
    const names = files.map(({ name }) => name);
    await this.with(names, async () => {
      const data = await this.session.use(files, transpose, this.on.clear);
      if (this.waiting && !otherData(this.waiting.from, data))
        return this.open(this.waiting.from, this.waiting.name);
      const sentences = oneSided(data).join(" ");
      if (!transpose && names.some((name) => /^emnist/i.test(name)))
        offer(
          "files",
          `EMNIST has rows and columns of its images swapped. ${sentences}`.trim(),
          "Turn them",
          () => void this.use(files, true),
        );
      else if (sentences) note("files", sentences);
    });
  }

  /** Offers the run that the last visit left. */
  offerLast(from: Checkpoint, name: string): void {
    const epoch = (from.step / from.stepsPerEpoch).toFixed(1);
    offer(
      "last run",
      `Your last run (${name}) is kept, after ${epoch} of ${from.epochs} epochs.`,
      "Open it",
      () => void this.open(from, name).catch((error) => complain("files", error)),
    );
  }
}
