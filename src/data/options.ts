/** How a data set is read and split, and what it is told by. */

/** What a result depends on, as checkpoints keep it. */
export interface DataIdentity {
  /** For people. */
  name: string;
  /** Of all images and labels, whatever their files are called. */
  fingerprint: string;
  /** How the validation split was taken: "first", or "stratified" by this seed. */
  validation: string;
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
}

/** As `DataOptions`, and what is done to the files before. */
export interface FolderOptions extends Omit<DataOptions, "validation"> {
  /** Or a folder of two files, images and labels, which are validation. */
  validation?: "first" | "stratified" | { folder: string };
  /** Turn rows of images into columns: EMNIST's are stored so. */
  transpose?: boolean;
}
