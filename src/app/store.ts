/**
 * What stays for the next visit, in the browser's cache: MNIST, once its checksum is right, and the
 * last run's state.
 */
const NAME = "stairstep-1";
const LAST = new URL("last-run.safetensors", document.baseURI);

/**
 * What `work` makes of the cache; undefined where the browser keeps nothing (private windows,
 * cookies refused, no space), says so by throwing, or has lost what it kept.
 */
async function kept<T>(work: (cache: Cache) => Promise<T>): Promise<T | undefined> {
  try {
    return await work(await caches.open(NAME));
  } catch {
    return undefined;
  }
}

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
      const found = await kept((cache) => cache.match(address));
      if (found) return found;
      const response = await fetch(address);
      if (response.ok) fresh.push([address, response.clone()]);
      return response;
    },
    keep: async () => {
      for (const [address, response] of fresh) await kept((cache) => cache.put(address, response));
    },
    forget: async () => {
      for (const address of asked) await kept((cache) => cache.delete(address));
    },
  };
}

/** Keeps a run's state, as the bytes of its checkpoint. */
export const keepLast = (bytes: Uint8Array<ArrayBuffer>): Promise<void> =>
  kept((cache) => cache.put(LAST, new Response(bytes)));

export const lastRun = (): Promise<Uint8Array<ArrayBuffer> | undefined> =>
  kept(async (cache) => {
    const found = await cache.match(LAST);
    return found && new Uint8Array(await found.arrayBuffer());
  });

export const forgetLast = async (): Promise<void> => {
  await kept((cache) => cache.delete(LAST));
};
