/** Images as rows of bytes, in whole words for the GPU. */
import { pad4 } from "../shaders/kernel";

/** Rows of `size` bytes padded with zeros to whole words; the array itself where they are whole. */
export function padRows(pixels: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const stride = pad4(size);
  if (stride === size) return pixels;
  const count = pixels.length / size;
  const padded = new Uint8Array(count * stride);
  for (let i = 0; i < count; i++) padded.set(pixels.subarray(i * size, (i + 1) * size), i * stride);
  return padded;
}

/** Bytes of another realm (an iframe's, Jest's) as an array of ours, in the same memory. */
export const ourBytes = ({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(buffer, byteOffset, length);
