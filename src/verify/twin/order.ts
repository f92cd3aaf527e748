/** Batch order: which image is at a position of training. */
import { keyOf, philox, streamOf } from "./philox";

const ROUNDS = 6;

/**
 * The image, of `images`, at position p: the place of p mod images in the permutation of data epoch
 * p div images. A Feistel network permutes the smallest 4^h numbers that hold all images; what is
 * past the last image goes through once more.
 */
export function imageAt(position: number, images: number, seed: number): number {
  const [epoch, key] = [Math.floor(position / images), keyOf(seed)];
  let half = 2;
  while (half * half < images) half *= 2;
  let x = position % images;
  do {
    let [left, right] = [Math.floor(x / half), x % half];
    for (let round = 0; round < ROUNDS; round++) {
      const [mixed] = philox([right, streamOf("order", 0), epoch, round], key);
      [left, right] = [right, left ^ (mixed % half)];
    }
    x = left * half + right;
  } while (x >= images);
  return x;
}
