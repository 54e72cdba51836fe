import type { ServerResponse } from 'node:http';
import type { Cancel, Clock } from '@vigil/clock';
import type { WatchView } from './watch-view.js';

export const STREAMS_MAX = 16;
/** Every screen gets the whole picture so often (wall time): it is its heartbeat as well. */
const EVERY_MS = 1_000;
/** Alarms go at once, but not more often than this. */
const GAP_MS = 100;
/** A screen that reads slower than this much is cut off; it asks again and gets the newest picture. */
const BEHIND_BYTES_MAX = 1024 * 1024;

export interface EventStreamSource {
  view(): WatchView;
  onAlarm(listener: () => void): Cancel;
}

/** Sends the whole picture to every screen, once a second and whenever an alarm changes (server-sent events). */
export class EventStream {
  private readonly screens = new Set<ServerResponse>();
  private readonly cancels: Cancel[];
  private sentMs = -Infinity;
  private due: Cancel | null = null;

  constructor(
    private readonly source: EventStreamSource,
    private readonly clock: Clock,
    private readonly onCount: (screens: number) => void,
  ) {
    this.cancels = [clock.every(EVERY_MS, () => this.send()), source.onAlarm(() => this.soon())];
  }

  get isFull(): boolean {
    return this.screens.size >= STREAMS_MAX;
  }

  add(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    response.write('retry: 1000\n\n');
    this.screens.add(response);
    response.on('error', () => undefined);
    response.on('close', () => {
      this.screens.delete(response);
      this.onCount(this.screens.size);
    });
    this.onCount(this.screens.size);
    response.write(this.frame());
  }

  close(): void {
    for (const cancel of this.cancels) cancel();
    this.due?.();
    for (const screen of this.screens) screen.destroy();
  }

  private soon(): void {
    if (this.screens.size === 0 || this.due !== null) return;
    const waitMs = Math.max(0, this.sentMs + GAP_MS - this.clock.wallMs());
    this.due = this.clock.after(waitMs, () => {
      this.due = null;
      this.send();
    });
  }

  private send(): void {
    if (this.screens.size === 0) return;
    this.sentMs = this.clock.wallMs();
    const frame = this.frame();
    for (const screen of this.screens) {
      if (screen.writableLength > BEHIND_BYTES_MAX) screen.destroy();
      else screen.write(frame);
    }
  }

  private frame(): string {
    return `data: ${JSON.stringify(this.source.view())}\n\n`;
  }
}
