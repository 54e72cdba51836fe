/** A leader that has said nothing for so long is taken for hung: whoever hears nothing sounds by themselves. */
const SILENT_MS = 4_000;
const SAY_EVERY_MS = 1_000;

export type TabMessage =
  | { readonly kind: 'sounding' }
  | { readonly kind: 'pauses-changed' }
  /** A person has quieted what the tabs of this browser sound of themselves, or no longer. */
  | { readonly kind: 'quiet'; readonly isOn: boolean };

/**
 * Which tab of this browser sounds for a care unit: one, so that two tabs are not two alarms. Where the browser has no locks every
 * tab sounds, and so does one that hears no leader: twice is better than not at all. A tab whose picture is not live sounds what it
 * knew, until it hears one that knows more.
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

  /** No other tab that works sounds: of those that can, this is the one to. */
  get leads(): boolean {
    if (typeof navigator.locks === 'undefined') return true;
    return this.release !== null || performance.now() - this.heardMs > SILENT_MS;
  }

  /** A tab that can't sound, or does not know what is, gives way to one that can and does. */
  want(mayLead: boolean): void {
    if (mayLead && !this.wanting) {
      const wanting = new AbortController();
      this.wanting = wanting;
      void navigator.locks
        ?.request(this.name, { signal: wanting.signal }, () => {
          /* Granted in the moment in which it was given up: nobody would ever let go of it. */
          if (this.wanting !== wanting) return undefined;
          return new Promise<void>((resolve) => {
            this.release = resolve;
            this.changed();
          });
        })
        .catch(() => undefined);
    } else if (!mayLead && this.wanting) {
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
