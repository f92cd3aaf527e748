/**
 * Gzip files of which hosts make different things: several members one behind the other
 * (`cat a.gz b.gz`, bgzip) and zeros behind the last (tapes, block devices) pass in Node 20, where
 * any other bytes there do too; Node 24 and browsers refuse all of them. So each member is
 * decompressed alone. Loaded only for such files, and for damaged ones.
 */
import { type Bytes, inflate, join, type Most, SHORTEST, toldBy } from "./gzip";

const isMember = (bytes: Bytes, at: number): boolean =>
  bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8;

/**
 * Where the member at `begin` may end: before another, before zeros at the file's end, or there.
 */
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

/** All members, one behind the other. Throws for anything else behind them but zeros. */
export async function gunzipMembers(bytes: Bytes, most: Most): Promise<Bytes> {
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
