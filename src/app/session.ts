/** The GPU, the data and the run at hand. Survives the loss of the device. */
import { thousands } from "../format";
import {
  type Checkpoint,
  type DataFiles,
  type Dataset,
  type Device,
  dataSources,
  fetchFiles,
  filesFromList,
  type KernelChoice,
  optionsOf,
  requestDevice,
  StairstepError,
  type Training,
  type TrainOptions,
  train,
  transposeFiles,
  uploadDataset,
} from "../index";
import { breathe, element, show } from "./dom";
import { USUAL_DATA } from "./names";
import { type Asked, type Images, loadShipped } from "./shipped";
import { cachedFetch } from "./store";
import { Tempo } from "./tempo";

/** What the page learns from where a visitor gives nothing else. */
const [SOURCE] = dataSources;

/** Short, so that the pictures that wait between submits change several times a second. */
const SUBMIT_MS = 40;

/** There is an adapter, and it gave no device. */
export class GpuRefused extends StairstepError {}

export class Session {
  readonly tempo = new Tempo();
  device!: Device;
  training: Training | undefined;
  private compiled: Training | undefined;
  /** What came with the page, once it is there. */
  private shipped: { asked: Asked; images: Images } | undefined;
  private data: Promise<Dataset> | undefined;
  /** Given by the visitor, in place of the page's own. */
  private own: DataFiles | undefined;
  kernels: KernelChoice = "auto";
  /** What ends whatever trains beside the run at hand: before the device or the data go. */
  readonly guests: (() => Promise<void>)[] = [];

  private async endGuests(): Promise<void> {
    await Promise.all(this.guests.map((end) => end()));
  }

  /** Fetches the network that came with the page. */
  async openShipped(): Promise<void> {
    this.shipped ??= await loadShipped();
  }

  /** The run's network, once it is compiled. */
  get built(): Training | undefined {
    return this.compiled === this.training ? this.training : undefined;
  }

  /** Name of the data that runs learn from. */
  get dataName(): string {
    return this.own ? "your data" : USUAL_DATA;
  }

  /** The network that answers: the run's, or the one that came with the page. */
  get asked(): Asked | undefined {
    return this.built ?? this.shipped?.asked;
  }

  /** Images as the network that answers takes them. */
  async images(): Promise<Images> {
    return this.built || !this.shipped ? this.dataset() : this.shipped.images;
  }

  /** Opens the GPU. Throws `StairstepError` that says what to do where there is none. */
  async open(kernels: KernelChoice): Promise<void> {
    this.device = await requestDevice({ kernels }).catch((cause) => {
      if (cause instanceof StairstepError) throw cause;
      throw new GpuRefused(`the GPU did not open (${cause.message || cause.name})`);
    });
    this.kernels = kernels;
  }

  /**
   * Ends the run at hand and goes on, on another device with its own copy of the data, where these
   * kernels are not those in use.
   */
  async useKernels(kernels: KernelChoice): Promise<void> {
    if (kernels === this.kernels) return;
    await this.endGuests();
    await this.reset();
    const before = this.device;
    await this.open(kernels);
    this.data = undefined;
    before.destroy();
  }

  /**
   * The data on the GPU, downloaded and uploaded once. After a failure, the next call tries again.
   */
  dataset(): Promise<Dataset> {
    this.data ??= this.load().catch((error) => {
      this.data = undefined;
      throw error;
    });
    return this.data;
  }

  private async load(): Promise<Dataset> {
    const files = this.own ?? (await loadFiles());
    await breathe();
    const data = await uploadDataset(
      this.device,
      files,
      { name: "your data" },
      this.own ? undefined : SOURCE,
    );
    const count = thousands(data.training.count);
    show(
      "dataset",
      this.own
        ? `· your data: ${count} images to learn from, ${data.classes} classes`
        : `· ${SOURCE.title}: ${count} images to learn from`,
    );
    return data;
  }

  /**
   * Takes the visitor's files in place of the page's own, with rows and columns of images swapped
   * where they are the other way round, once `end` has ended the run at hand. Throws
   * `StairstepError` that says what is wrong, and keeps what was.
   */
  async use(list: Iterable<File>, transpose: boolean, end: () => Promise<void>): Promise<Dataset> {
    const given = await filesFromList(list);
    const files = transpose ? transposeFiles(given) : given;
    const data = await uploadDataset(this.device, files, { name: "your data" });
    if (data.dtype !== "u8") {
      data.destroy();
      throw new StairstepError(
        "these files hold floats, and this page draws pixels of one byte: train on them with the " +
          "library, or with stairstep train --data FOLDER",
      );
    }
    await end();
    await this.endGuests();
    await this.reset();
    (await this.data?.catch(() => undefined))?.destroy();
    this.own = files;
    this.data = Promise.resolve(data);
    const count = thousands(data.training.count);
    show("dataset", `· your data: ${count} images to learn from, ${data.classes} classes`);
    return data;
  }

  /** Makes a run: a new one, or one that goes on from a checkpoint. */
  async begin(options: TrainOptions, onLoss: () => void): Promise<Training> {
    await this.reset();
    const data = await this.dataset();
    options.signal?.throwIfAborted();
    const reopen = async () => {
      onLoss();
      await this.open(this.kernels);
      this.data = undefined;
      return { device: this.device, data: await this.dataset() };
    };
    const throttle = () => this.tempo.next(options.signal);
    const ours = { reopen, submitMs: SUBMIT_MS, throttle };
    const training = train(this.device, data, { ...options, ...ours });
    this.training = training;
    await training.ready();
    this.compiled = training;
    return training;
  }

  /** A run beside the one at hand, on the same GPU and data, for the caller to destroy. */
  async beside(options: TrainOptions): Promise<Training> {
    const data = await this.dataset();
    options.signal?.throwIfAborted();
    const training = train(this.device, data, { ...options, submitMs: SUBMIT_MS });
    await training.ready();
    return training;
  }

  /** Opens the GPU anew, unless that was done since `lost` was in use. */
  async renew(lost: Device): Promise<void> {
    if (this.device !== lost) return;
    await this.open(this.kernels);
    this.data = undefined;
  }

  /** A run from a checkpoint, with its own settings. */
  resume(from: Checkpoint, signal: AbortSignal, onLoss: () => void): Promise<Training> {
    return this.begin({ ...optionsOf(from), from, signal }, onLoss);
  }

  /** Lets go of the run at hand, for the caller to destroy once nothing uses it. */
  release(): Training | undefined {
    const { training } = this;
    this.training = undefined;
    return training;
  }

  async reset(): Promise<void> {
    await this.release()?.destroy();
  }
}

/** From the last visit's cache or by download, with progress; a damaged copy is forgotten. */
async function loadFiles(): Promise<DataFiles> {
  const bar = element<HTMLProgressElement>("loading");
  const { fetch, keep, forget } = cachedFetch();
  show("dataset", `· downloading ${SOURCE.title} …`);
  const onProgress = (received: number, expected: number) => {
    bar.hidden = false;
    bar.value = received / Math.max(1, expected);
    const [done, all] = [received, expected].map((bytes) => (bytes / 1e6).toFixed(1));
    show("dataset", `· downloading ${SOURCE.title}: ${done} of ${all} MB`);
  };
  try {
    const files = await fetchFiles(SOURCE, new URL(`${SOURCE.name}/`, document.baseURI), {
      onProgress,
      fetch,
    });
    void keep();
    return files;
  } catch (error) {
    show("dataset", `· ${SOURCE.title} is missing; press Train to try again`);
    if (error instanceof StairstepError && error.message.includes("SHA-256")) await forget();
    throw error;
  } finally {
    bar.hidden = true;
  }
}
