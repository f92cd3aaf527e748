/**
 * Gzip by the host's own decompression, which hosts limit differently: several members one behind
 * the other (`cat a.gz b.gz`, bgzip) and zeros behind the last (tapes, block devices) pass in
 * Node 20, where any other bytes there do too; Node 24 and browsers refuse all of them. So each
 * member is decompressed alone. Format: RFC 1952.
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes to read of what begins so. Throws `RangeError` where that is too much. */
export type Most = (begin: Uint8Array) => number;

/** Enough of a beginning to ask `Most`. */
const BEGIN = 32;

/** Header and trailer of the shortest member. */
const SHORTEST = 18;

const join = async (parts: readonly Bytes[]): Promise<Bytes> =>
  parts.length === 1
    ? (parts[0] as Bytes)
    : new Uint8Array(await new Blob([...parts]).arrayBuffer());

/** What this host makes of it; a little more than `most` allows where it goes on longer. */
async function inflate(bytes: Bytes, most: Most): Promise<{ whole: Bytes; cut: boolean }> {
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

const isMember = (bytes: Bytes, at: number): boolean =>
  bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8;

/** A member tells its length, modulo 2^32, in its last four bytes. */
const toldBy = (member: Bytes): number =>
  new DataView(member.buffer, member.byteOffset + member.length - 4).getUint32(0, true);

/** Where the member at `begin` may end: before another, before zeros at the file's end, or there. */
function* endsOf(bytes: Bytes, begin: number): Generator<number> {
  for (let at = begin + SHORTEST; at < bytes.length; at++) if (isMember(bytes, at)) yield at;
  let last = bytes.length;
  while (bytes[last - 1] === 0) last--;
  // A checksum, a length and, of nothing, the stream before them may themselves end in zeros.
  for (let end = last; end <= Math.min(last + 9, bytes.length); end++) yield end;
}

async function inflateMember(
  bytes: Bytes,
  begin: number,
  most: Most,
): Promise<{ whole: Bytes; cut: boolean; end: number }> {
  for (const end of endsOf(bytes, begin)) {
    const member = bytes.subarray(begin, end);
    if (member.length < SHORTEST) continue;
    try {
      const found = await inflate(member, most);
      if (found.cut || found.whole.length === toldBy(member)) return { ...found, end };
    } catch (cause) {
      if (cause instanceof RangeError) throw cause; // others are a host's own words, or none
    }
  }
  throw new Error("it ends too early, or does not fit its checksum");
}

/**
 * All members of a gzip file, one behind the other; stops a little beyond what `most` allows.
 * Throws for anything else behind them but zeros, and for damage.
 */
export async function gunzipAll(bytes: Bytes, most: Most): Promise<Bytes> {
  // One member alone, the common case, tells its own length at the file's end.
  const alone = await inflate(bytes, most).catch(() => undefined);
  if (alone?.cut || (bytes.length >= SHORTEST && alone?.whole.length === toldBy(bytes)))
    return alone.whole;
  let whole: Bytes = new Uint8Array();
  for (let at = 0; at < bytes.length; ) {
    if (at > 0 && bytes.subarray(at).every((byte) => byte === 0)) break;
    if (at > 0 && !isMember(bytes, at))
      throw new Error(`${bytes.length - at} bytes at its end are no gzip`);
    const before = whole;
    const rest: Most = (begin) => {
      const all = new Uint8Array(before.length + begin.length);
      all.set(before);
      all.set(begin, before.length);
      return most(all) - before.length;
    };
    const member = await inflateMember(bytes, at, rest);
    whole = await join([before, member.whole]);
    if (member.cut) break;
    at = member.end;
  }
  return whole;
}
