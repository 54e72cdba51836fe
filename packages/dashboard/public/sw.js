'use strict';

/*
 * Shows pages that come by web push, and opens them: a message says where and how urgent, nothing of a patient. Keeps the files of the
 * app, so that it opens where the network does not answer and says so. It keeps no answer of the server, and no address of a page. The message is declarative (web_push 8030), which some browsers show without this file; those that run it
 * all the same get the same notification.
 */

const FALLBACK = { title: 'Vigil', body: 'You are being paged. Open Vigil.', navigate: '/' };

/** A link of this site, or its first page: a notification never leads elsewhere. */
function ownLink(text) {
  try {
    const url = new URL(text, self.location.origin);
    return url.origin === self.location.origin ? url.href : `${self.location.origin}/`;
  } catch {
    return `${self.location.origin}/`;
  }
}

/** What cannot be read is shown all the same, because somebody is being paged. */
function read(data) {
  try {
    const { web_push: form, notification } = data.json();
    if (form === 8030 && typeof notification.title === 'string') return notification;
  } catch {
    // The fallback follows.
  }
  return FALLBACK;
}

/** Says that this phone has shown it; shown with the page and steers nothing. */
function tellShown(receipt) {
  if (typeof receipt !== 'string' || !/^[A-Za-z0-9_.-]+$/.test(receipt)) return Promise.resolve();
  const path = `/api/v1/push-receipts/${receipt}`;
  return fetch(path, { method: 'POST', keepalive: true, credentials: 'omit' }).catch(() => undefined);
}

async function show(data) {
  const message = read(data);
  const { receipt } = message.data ?? {};
  await self.registration.showNotification(message.title, {
    body: message.body ?? '',
    lang: message.lang ?? 'en',
    silent: message.silent === true,
    requireInteraction: message.requireInteraction === true,
    data: { link: ownLink(message.navigate) },
    // A new message about the same alarm takes the place of the last one, and makes itself heard again.
    ...(typeof message.tag === 'string' ? { tag: message.tag, renotify: message.silent !== true } : {}),
  });
  await tellShown(receipt);
}

async function open(notification) {
  notification.close();
  const link = ownLink(notification.data?.link ?? '/');
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const same = pages.find((page) => page.url === link);
  await (same === undefined ? self.clients.openWindow(link) : same.focus());
}

const FILES = 'vigil-files';
/** Files of several versions, oldest first; more than one version has. */
const FILES_MAX = 200;
/** An app that opens late is of less use than one of yesterday that says that it is not live. */
const PAGE_WAIT_MS = 3_000;

/** Under what name the page of this address is kept: the app has one page for all of its addresses, and so has the pager. */
function pageOf(url) {
  if (/^\/(api|health|metrics|socket\.io|assets)(\/|$)|\.[a-z0-9]+$/i.test(url.pathname)) return null;
  return /^\/p\/[^/]+$/.test(url.pathname) ? '/pager.html' : '/';
}

/** From the server, and kept; where it does not answer in time, the page that was kept. */
async function openPage(request, name) {
  const files = await caches.open(FILES);
  const asked = fetch(request).then(async (answer) => {
    if (answer.ok && !answer.redirected) await files.put(name, answer.clone());
    return answer;
  });
  asked.catch(() => undefined);
  const late = new Promise((resolve) => setTimeout(resolve, PAGE_WAIT_MS, null));
  const answer = await Promise.race([asked, late]).catch(() => null);
  // Nothing kept: then the server's own answer, or the browser's own words.
  return answer ?? (await files.match(name)) ?? asked;
}

/** Never changes under its name, which carries a hash of its content. */
async function openFile(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request.url);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await files.put(request.url, answer.clone());
    const names = await files.keys();
    const old = names.filter(({ url }) => url.includes('/assets/')).slice(0, Math.max(0, names.length - FILES_MAX));
    for (const each of old) await files.delete(each);
  }
  return answer;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const name = request.mode === 'navigate' ? pageOf(url) : null;
  if (name !== null) event.respondWith(openPage(request, name));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(openFile(request));
});

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(show(event.data)));
self.addEventListener('notificationclick', (event) => event.waitUntil(open(event.notification)));
