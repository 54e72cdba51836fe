'use strict';

/*
 * Shows pages that come by web push, and opens them. It keeps nothing, answers no request of the app, and sees no patient: a message
 * says where and how urgent. The message is declarative (web_push 8030), which some browsers show without this file; those that run it
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

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(show(event.data)));
self.addEventListener('notificationclick', (event) => event.waitUntil(open(event.notification)));
