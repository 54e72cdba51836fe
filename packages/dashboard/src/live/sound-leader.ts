/** A leader that has said nothing for so long is taken for hung: whoever hears nothing sounds by themselves. */
const SILENT_MS = 4_000;
const SAY_EVERY_MS = 1_000;

export type TabMessage = { readonly kind: 'sounding' } | { readonly kind: 'pauses-changed' };

/**
 * Which tab of this browser sounds for a care unit: one, so that two tabs are not two alarms. Where the browser has no locks every
 * tab sounds, and so does one that hears no leader: twice is better than not at all.
 */
export class SoundLeader {
  private release: (() => void) | null = null;
  private wanting: AbortController | null = null;
  private heardMs = performance.now();
  private saidMs = -Infinity;
  private readonly channel: BroadcastChannel | null;

  constructor(
    private readonly name: string,
    private readonly changed: () => void,
    private readonly heard: (message: TabMessage) => void,
  ) {
    this.channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name);
    this.channel?.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
      this.heardMs = performance.now();
      this.heard(data);
    });
  }

  /** This tab sounds, and no other that works does. */
  get leads(): boolean {
    if (typeof navigator.locks === 'undefined') return true;
    return this.release !== null || (this.wanting !== null && performance.now() - this.heardMs > SILENT_MS);
  }

  /** A tab that can't sound gives way to one that can. */
  want(canSound: boolean): void {
    if (canSound && !this.wanting) {
      this.wanting = new AbortController();
      this.heardMs = performance.now();
      void navigator.locks
        ?.request(this.name, { signal: this.wanting.signal }, () => {
          this.changed();
          return new Promise<void>((resolve) => {
            this.release = resolve;
            this.changed();
          });
        })
        .catch(() => undefined);
    } else if (!canSound && this.wanting) {
      this.wanting.abort();
      this.wanting = null;
      this.release?.();
      this.release = null;
    }
  }

  /** Called again and again while this tab works. */
  beat(): void {
    const nowMs = performance.now();
    if (!this.release || nowMs - this.saidMs < SAY_EVERY_MS) return;
    this.saidMs = nowMs;
    this.say({ kind: 'sounding' });
  }

  say(message: TabMessage): void {
    this.channel?.postMessage(message);
  }

  close(): void {
    this.want(false);
    this.channel?.close();
  }
}
