import { t } from '../words/words.js';
import workerUrl from './dead-man.worker.ts?worker&url';
import type { DeadManMessage } from './dead-man.worker.js';

/**
 * How long nothing may be drawn before the page is covered: the animation shows from `FADE_FROM` of this on. Rewound every
 * REWIND_MS, so the cover is there between 2.3 and 3.3 s after the page has hung (HZ-D1: within 4 s). Wall time.
 */
export const FROZEN_MS = 3_300;
const FADE_FROM = 0.93;
const REWIND_MS = 500;
/** A tab in the background draws nothing, and its timers come once a minute: that is no hang. */
const POLICY = 'vigil-dead-man';

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(text: string): string }): { createScriptURL(text: string): unknown };
}

/**
 * Covers the page when the code that draws it has stopped, in two ways that need nothing of that code. One is an animation of
 * opacity that the compositor runs by itself: it is always in its active phase, because the compositor of Chromium does not end
 * a `delay` while the main thread is blocked. The other is a worker with a canvas of its own.
 *
 * Whoever draws calls `alive` after drawing. A screen without a live picture is not armed.
 */
export class DeadMan {
  private cover: HTMLElement | null = null;
  private animation: Animation | null = null;
  private worker: Worker | null = null;
  private rewoundMs = -Infinity;
  private armed = false;

  /** Makes the cover, unseen. */
  start(body: HTMLElement): void {
    if (this.cover) return;
    const cover = document.createElement('div');
    cover.className = 'frozen';
    cover.setAttribute('aria-hidden', 'true');
    const words = document.createElement('b');
    words.textContent = t('safety:frozen');
    cover.append(words);
    body.append(cover);
    this.cover = cover;
    this.worker = startWorker(body);
    document.addEventListener('visibilitychange', () => this.tell());
  }

  /** There is a live picture from now on, and it has just been drawn. */
  arm(): void {
    this.armed = true;
    this.animation ??=
      this.cover?.animate(
        [
          { opacity: 0, offset: 0 },
          { opacity: 0, offset: FADE_FROM },
          { opacity: 1, offset: 1 },
        ],
        { duration: FROZEN_MS, fill: 'forwards' },
      ) ?? null;
    this.rewoundMs = -Infinity;
    this.alive();
    this.tell();
  }

  disarm(): void {
    this.armed = false;
    this.animation?.cancel();
    this.animation = null;
    this.tell();
  }

  /** Something was drawn. */
  alive(): void {
    const nowMs = performance.now();
    if (!this.armed || nowMs - this.rewoundMs < REWIND_MS) return;
    this.rewoundMs = nowMs;
    if (this.animation) {
      this.animation.currentTime = 0;
      if (this.animation.playState !== 'running') this.animation.play();
    }
    this.send({ kind: 'alive' });
  }

  /** The page is broken for good: covered at once. */
  fail(): void {
    this.armed = false;
    this.animation?.cancel();
    this.cover?.classList.add('failed');
  }

  private tell(): void {
    this.send({ kind: this.armed && document.visibilityState === 'visible' ? 'armed' : 'disarmed' });
  }

  private send(message: DeadManMessage): void {
    this.worker?.postMessage(message);
  }
}

/** Null where the browser has no canvas in workers: the animation covers the page alone then. */
function startWorker(body: HTMLElement): Worker | null {
  const canvas = document.createElement('canvas');
  if (typeof Worker === 'undefined' || !('transferControlToOffscreen' in canvas)) return null;
  canvas.className = 'frozen-strip';
  canvas.setAttribute('aria-hidden', 'true');
  body.append(canvas);
  try {
    const { trustedTypes } = window as unknown as { readonly trustedTypes?: TrustedTypes };
    const policy = trustedTypes?.createPolicy(POLICY, { createScriptURL: () => workerUrl });
    const worker = new Worker((policy?.createScriptURL(workerUrl) ?? workerUrl) as string, { type: 'module' });
    const offscreen = canvas.transferControlToOffscreen();
    const message: DeadManMessage = { kind: 'canvas', canvas: offscreen, words: t('safety:frozen') };
    worker.postMessage(message, [offscreen]);
    return worker;
  } catch {
    canvas.remove();
    return null;
  }
}

/** The one of this page. */
export const deadMan = new DeadMan();
