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
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

/** The network first, so that a new version is seen at once; the cache where there is none. */
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || __DATA__.some((file) => pathname.endsWith(file))) return;
  event.respondWith(
    fetch(event.request).catch(
      async () =>
        (await caches.match(event.request, { ignoreSearch: true, ignoreVary: true })) ??
        Response.error(),
    ),
  );
});
