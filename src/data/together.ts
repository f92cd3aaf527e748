/** Whether files make a data set. Loaded only for files that are not a known set's. */
import { StairstepError } from "../runtime/errors";
import type { Examples } from "./examples";
import { checkFinite } from "./features";
import type { DataFiles } from "./files";

/** Classes of a data set: above, labels are more likely something else. */
const MOST_CLASSES = 65_536;

/** Throws `StairstepError` unless the four are large enough, and of the same images and classes. */
export function checkTogether(
  files: DataFiles,
  train: Examples,
  test: Examples,
  classes: number,
): void {
  checkAlike(files.testImages.name, test, files.trainImages.name, train);
  const { height, width } = train.images;
  for (const [{ name }, { images }] of [
    [files.trainImages, train],
    [files.testImages, test],
  ] as const)
    checkFinite(`${name}: `, images.pixels, height * width);
  const { count } = train.images;
  if (count < 12)
    throw new StairstepError(
      `${files.trainImages.name} has ${count} images: a data set needs at least 12`,
    );
  if (classes > MOST_CLASSES) {
    throw new StairstepError(
      `${files.trainLabels.name} has label ${classes - 1}, and a data set takes ` +
        `${MOST_CLASSES} classes at the most, 0 to ${MOST_CLASSES - 1}: number the classes from ` +
        "0, or leave some out",
    );
  }
  const foreign = test.labels.find((label) => label >= classes);
  if (foreign !== undefined) {
    throw new StairstepError(
      `${files.testLabels.name} has label ${foreign}, and ${files.trainLabels.name} none ` +
        `above ${classes - 1}: these files do not belong together`,
    );
  }
}

/** Throws `StairstepError` where two files have images of different sizes or types. */
export function checkAlike(name: string, one: Examples, other: string, theirs: Examples): void {
  const size = ({ images }: Examples) => `${images.height} × ${images.width}`;
  const type = ({ images }: Examples) => (images.pixels instanceof Uint8Array ? "bytes" : "floats");
  if (size(one) !== size(theirs))
    throw new StairstepError(
      `${name} has images of ${size(one)} pixels, and ${other} of ${size(theirs)}: these files ` +
        "do not belong together",
    );
  if (type(one) !== type(theirs))
    throw new StairstepError(
      `${name} has ${type(one)}, and ${other} has ${type(theirs)}: these files do not belong ` +
        "together",
    );
}
