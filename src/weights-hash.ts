/** A network's weights as one hash, by which the command line and the page compare runs. */
import { type LayerWeights, sha256 } from "./index";

/** SHA-256 of all parameters in order: each layer's weights, then its bias; 64 digits. */
export function weightsHash(layers: readonly LayerWeights[]): Promise<string> {
  const parts = layers
    .flatMap(({ weights, bias }) => [weights, bias])
    .map((a) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return sha256(whole);
}
