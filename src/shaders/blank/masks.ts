/**
 * Which words of an image hold anything. A word is four neighbouring pixels; most of handwriting's
 * are blank. The answer is a bit a word, collected once, when a data set is loaded.
 */
import { ceilDiv } from "../kernel";

export interface ImageWords {
  /** Words of an image. */
  words: number;
  /** Words of a row of its pixels; 1 when rows of pixels are no whole words. */
  rowWords: number;
}

/**
 * Bits of a mask that a u32 has: whole rows of pixels where they fit, so that groups lie together.
 */
export const bitsOf = (rowWords: number): number =>
  rowWords <= 32 ? Math.floor(32 / rowWords) * rowWords : 32;

/** u32s of an image's mask. */
export const maskLength = ({ words, rowWords }: ImageWords): number =>
  ceilDiv(words, bitsOf(rowWords));

/**
 * Masks [images, maskLength] of u8 pixels [images, 4 · words]: bit w mod b of u32 w div b is set
 * where word w of the image holds anything, b being `bitsOf`.
 */
export function maskImages(
  pixels: Uint8Array<ArrayBuffer>,
  shape: ImageWords,
): Uint32Array<ArrayBuffer> {
  const { words, rowWords } = shape;
  const [bits, length] = [bitsOf(rowWords), maskLength(shape)];
  const count = Math.floor(pixels.length / (4 * words));
  const aligned = pixels.byteOffset % 4 === 0 ? pixels : new Uint8Array(pixels);
  const all = new Uint32Array(aligned.buffer, aligned.byteOffset, count * words);
  const masks = new Uint32Array(count * length);
  for (let image = 0, at = 0; image < count; image++) {
    for (let word = 0; word < words; word++, at++) {
      if (all[at] === 0) continue;
      const place = image * length + Math.floor(word / bits);
      masks[place] = (masks[place] as number) | (1 << (word % bits));
    }
  }
  return masks;
}
