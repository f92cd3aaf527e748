/**
 * What stays for the next visit, in the browser's cache: MNIST, once its checksum is right, and the
 * last run's state.
 */
const NAME = "stairstep-1";
const LAST = new URL("last-run.safetensors", document.baseURI);

/** undefined where the browser keeps nothing (private windows, no space). */
const open = (): Promise<Cache | undefined> =>
  globalThis.caches ? caches.open(NAME).catch(() => undefined) : Promise.resolve(undefined);

/** From the cache, else from the network; `keep` stores what came from the network. */
export function cachedFetch(): {
  fetch: (address: URL) => Promise<Response>;
  keep: () => Promise<void>;
  forget: () => Promise<void>;
} {
  const fresh: [URL, Response][] = [];
  const asked: URL[] = [];
  return {
    fetch: async (address) => {
      asked.push(address);
      const found = await (await open())?.match(address);
      if (found) return found;
      const response = await fetch(address);
      if (response.ok) fresh.push([address, response.clone()]);
      return response;
    },
    keep: async () => {
      const cache = await open();
      for (const [address, response] of fresh) await cache?.put(address, response).catch(() => {});
    },
    forget: async () => {
      const cache = await open();
      for (const address of asked) await cache?.delete(address);
    },
  };
}

/** Keeps a run's state, as the bytes of its checkpoint. */
export async function keepLast(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await (await open())?.put(LAST, new Response(bytes)).catch(() => {});
}

export async function lastRun(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const found = await (await open())?.match(LAST);
  return found && new Uint8Array(await found.arrayBuffer());
}

export const forgetLast = async (): Promise<void> => void (await (await open())?.delete(LAST));
