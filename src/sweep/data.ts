/** What a plan needs to know of its data before there is a device: its identity and its sizes. */
import { dataSources, findSource } from "../data/catalogue";
import { readPair } from "../data/examples";
import { fingerprint } from "../data/fingerprint";
import type { DataIdentity, FolderOptions } from "../data/options";
import { StairstepError } from "../runtime/errors";
import type { Dtype } from "../shaders/products/source";

/** What decides which examples a run learns from. */
export interface DataChoice {
  /** A name of the catalogue, or a folder. */
  data: string;
  /** first, stratified, or a folder; by default what the data was published with. */
  validation?: string | undefined;
  transpose?: boolean | undefined;
  standardise?: boolean | undefined;
  /** Draws a stratified split too. */
  dataSeed: number;
}

export interface DataShape {
  identity: DataIdentity;
  /** Pixels of an image, or features of a row; and of a row of the image. */
  inputs: number;
  width: number;
  classes: number;
  dtype: Dtype;
}

/** MNIST and Fashion-MNIST alike. */
const PUBLISHED = { count: 60_000, inputs: 784, width: 28, classes: 10, dtype: "u8" } as const;

interface Content extends Pick<DataShape, "inputs" | "width" | "classes" | "dtype"> {
  name: string;
  content: string;
  count: number;
  /** Examples of a validation split that the person gives. */
  given?: number;
}

async function contentOf({ data, validation, transpose }: DataChoice): Promise<Content> {
  const source = findSource(data);
  if (source) {
    if (transpose || (validation !== undefined && !/^(first|stratified)$/.test(validation)))
      throw new StairstepError(
        `${transpose ? "transpose" : "a folder as validation"} is for folders, not for ` +
          `${source.title} by name: leave it out, or give a folder as data`,
      );
    const { fingerprint: content, title: name } = source;
    return { name, content, ...PUBLISHED };
  }
  const { readFolder } = await import("../data/node");
  const own = validation !== undefined && !/^(first|stratified)$/.test(validation);
  const folder: FolderOptions = { transpose: transpose ?? false };
  if (own) folder.validation = { folder: validation };
  const { files, name = data, validation: given } = await readFolder(data, folder);
  const train = readPair(files.trainImages, files.trainLabels);
  const test = readPair(files.testImages, files.testLabels);
  const { count, height, width, pixels } = train.images;
  const content = await fingerprint(
    Uint32Array.of(count, height, width),
    ...[pixels, train.labels, test.images.pixels, test.labels],
  );
  return {
    name,
    content,
    count,
    inputs: height * width,
    width,
    classes: train.labels.reduce((most, label) => Math.max(most, label + 1), 2),
    ...(typeof given === "number" ? { given } : {}),
    dtype: pixels instanceof Float32Array ? "f32" : "u8",
  };
}

/** Reads each folder once, whatever number of runs learn from it. */
export class DataShapes {
  private readonly contents = new Map<string, Promise<Content>>();

  /** Throws `StairstepError` for a folder that holds no data set. */
  async of(choice: DataChoice): Promise<DataShape> {
    const { data, validation, transpose, standardise, dataSeed } = choice;
    const key = JSON.stringify([data, validation, transpose]);
    if (!this.contents.has(key)) this.contents.set(key, contentOf(choice));
    const found = await (this.contents.get(key) as Promise<Content>);
    const known = dataSources.find((source) => source.fingerprint === found.content);
    const stratified =
      found.given === undefined &&
      (validation ?? (known ? "first" : "stratified")) === "stratified";
    return {
      identity: {
        name: known?.title ?? found.name,
        fingerprint: found.content,
        validation: stratified
          ? `stratified ${dataSeed}`
          : `first ${found.given ?? Math.floor(found.count / 12)}`,
        ...(standardise ? { standardised: true } : {}),
      },
      inputs: found.inputs,
      width: found.width,
      classes: found.classes,
      dtype: found.dtype,
    };
  }
}
