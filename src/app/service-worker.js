/**
 * Keeps the site's own files, whose names the build fills in, so that the page opens without a
 * network. The data has a cache of its own (store.ts).
 */
const CACHE = `stairstep-site-${__VERSION__}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(__FILES__))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("stairstep-site-") && name !== CACHE;
  // In order of age: tabs that are open since before may still ask for parts of the last one.
  const past = (names) => names.filter(old).slice(0, -1);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(past(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

/**
 * The network first, so that a new version is seen at once; the cache where there is none, or where
 * the site has no longer what an open tab asks for.
 */
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || __DATA__.some((file) => pathname.endsWith(file))) return;
  event.respondWith(answer(event.request));
});

async function answer(request) {
  const response = await fetch(request).catch(() => Response.error());
  if (response.type !== "error" && response.status < 400) return response;
  return (await caches.match(request, { ignoreSearch: true, ignoreVary: true })) ?? response;
}
