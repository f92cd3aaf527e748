/** What tells two data sets apart: a digest of their content, whatever their files are called. */

/** Lower-case hexadecimal SHA-256. */
export async function sha256(bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Sixteen digits, of parts in order and of where one ends. */
export async function fingerprint(...parts: readonly BufferSource[]): Promise<string> {
  const digests = await Promise.all(parts.map(sha256));
  return (await sha256(new TextEncoder().encode(digests.join()))).slice(0, 16);
}
