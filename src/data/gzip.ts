/** Gzip by the host's own decompression. Format: RFC 1952. */

export type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes to read of what begins so. Throws `RangeError` where that is too much. */
export type Most = (begin: Uint8Array) => number;

/** Enough of a beginning to ask `Most`. */
const BEGIN = 32;

/** Header and trailer of the shortest member. */
export const SHORTEST = 18;

export const join = async (parts: readonly Bytes[]): Promise<Bytes> =>
  parts.length === 1
    ? (parts[0] as Bytes)
    : new Uint8Array(await new Blob([...parts]).arrayBuffer());

/** What this host makes of it; a little more than `most` allows where it goes on longer. */
export async function inflate(bytes: Bytes, most: Most): Promise<{ whole: Bytes; cut: boolean }> {
  let parts: Bytes[] = [];
  let size = 0;
  let allowed = Number.POSITIVE_INFINITY;
  const reader = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"))
    .getReader();
  for (let part = await reader.read(); !part.done && size <= allowed; part = await reader.read()) {
    parts.push(part.value);
    size += part.value.length;
    if (allowed < Number.POSITIVE_INFINITY || size < BEGIN) continue;
    parts = [await join(parts)];
    allowed = most(parts[0] as Bytes);
  }
  if (size > allowed) await reader.cancel();
  const whole = await join(parts);
  if (allowed === Number.POSITIVE_INFINITY) most(whole); // may be too much, promised by little
  return { whole, cut: size > allowed };
}

/** A member tells its length, modulo 2^32, in its last four bytes. */
export const toldBy = (member: Bytes): number =>
  new DataView(member.buffer, member.byteOffset + member.length - 4).getUint32(0, true);
