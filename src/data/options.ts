/** How a data set is read and split, and what it is told by. */

/** What brings features to mean 0 and deviation 1: x ← (x - mean) · scale, [features] each. */
export interface Scaling {
  mean: Float32Array<ArrayBuffer>;
  scale: Float32Array<ArrayBuffer>;
}

/** What a result depends on, as checkpoints keep it. */
export interface DataIdentity {
  /** For people. */
  name: string;
  /** Of all images and labels, whatever their files are called. */
  fingerprint: string;
  /** How the validation split was taken: "first", or "stratified" by this seed. */
  validation: string;
  /** Whether features were brought to mean 0 and deviation 1. */
  standardised?: true;
}

export interface DataOptions {
  /** For people: what messages and checkpoints call the data. */
  name?: string;
  /**
   * The validation split: the first twelfth of the training file, a twelfth of each class, or so
   * many images from its start. By default what results were published with, for the sets of the
   * catalogue, else stratified.
   */
  validation?: "first" | "stratified" | number;
  /** Draws the stratified split. */
  seed?: number;
  /**
   * Bring each feature to mean 0 and deviation 1 over those that train; or as a model does, by its
   * scaling. For features of f32; bytes are seen as x / 255.
   */
  standardise?: boolean | Scaling;
}

/** As `DataOptions`, and what is done to the files before. */
export interface FolderOptions extends Omit<DataOptions, "validation"> {
  /** Or a folder of two files, images and labels, which are validation. */
  validation?: "first" | "stratified" | { folder: string };
  /** Turn rows of images into columns: EMNIST's are stored so. */
  transpose?: boolean;
}
