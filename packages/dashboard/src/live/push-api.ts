import { ContactView, PushPublicKey } from '@vigil/contracts';
import { type Answer, troubleOf } from './problem.js';
import { request } from './request.js';
import { registerWorker } from './service-worker.js';
import { uuid } from './uuid.js';

const ACCOUNT = '/api/v1/account';

/** Known to a browser that takes web push here: not over plain http to another machine, and on some phones only from the home screen. */
export const pushWorks = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

/** Whether pages can be shown on this device, and if not, why not. */
export type PushHere = 'works' | 'denied' | 'needs-home-screen' | 'insecure' | 'none';

/** An iPhone or iPad gives web push only to what was opened from its home screen (iOS 16.4 on); an iPad says that it is a Mac. */
export function pushHere(): PushHere {
  if (pushWorks()) return Notification.permission === 'denied' ? 'denied' : 'works';
  if (!isSecureContext) return 'insecure';
  const isApple =
    /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  return isApple && !matchMedia('(display-mode: standalone)').matches ? 'needs-home-screen' : 'none';
}

/** This browser's subscription; null where there is none. */
export async function pushSubscription(): Promise<PushSubscription | null> {
  if (!pushWorks()) return null;
  const registration = await navigator.serviceWorker.getRegistration('/');
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Asks the person and the browser, then tells the server. `push-refused` when either said no. */
export async function subscribePush(): Promise<Answer<ContactView>> {
  try {
    if ((await Notification.requestPermission()) !== 'granted') return { ok: false, trouble: troubleOf('push-refused') };
    const key = await request('GET', `${ACCOUNT}/push-key`, PushPublicKey);
    if (!key.ok) return key;
    await registerWorker();
    const { pushManager } = await navigator.serviceWorker.ready;
    const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key.value.publicKey });
    return await tell(subscription);
  } catch {
    return { ok: false, trouble: troubleOf('push-refused') };
  }
}

/** Sends a notification to this browser, so that its person sees that it works. */
export async function testPush(subscription: PushSubscription): Promise<Answer<void>> {
  const known = await tell(subscription);
  return known.ok ? request<void>('POST', `${ACCOUNT}/contact-methods/${known.value.contactId}/test`, null) : known;
}

/** The server is told first: a page that finds nobody costs the time of a channel. */
export async function unsubscribePush(subscription: PushSubscription): Promise<Answer<void>> {
  const known = await tell(subscription);
  if (!known.ok) return known;
  const { contactId, rev } = known.value;
  const headers = { 'idempotency-key': uuid(), 'if-match': `"${rev}"` };
  const removed = await request<void>('DELETE', `${ACCOUNT}/push-subscriptions/${contactId}`, null, { headers });
  if (removed.ok) await subscription.unsubscribe().catch(() => false);
  return removed;
}

/** Says that this browser is there; said again, it is the same way. */
function tell(subscription: PushSubscription): Promise<Answer<ContactView>> {
  const { endpoint, keys } = subscription.toJSON();
  const body = { endpoint, keys: { p256dh: keys?.['p256dh'], auth: keys?.['auth'] } };
  return request('POST', `${ACCOUNT}/push-subscriptions`, ContactView, { body, headers: { 'idempotency-key': uuid() } });
}
