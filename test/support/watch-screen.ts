import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WatchView } from '../../edge-gateway/src/watch/watch-view.js';

/** What a screen of the unit saw of one alarm. */
export interface SeenAlarm {
  readonly bedLabel: string;
  readonly conditionCode: string;
  /** How old the alarm was when it was first on the screen, wall time. */
  readonly shownAfterMs: number;
}

/** A screen that shows the page of a gateway's local watch: signs in with the station code and follows its events. */
export class WatchScreen {
  view: WatchView | null = null;
  /** By alarm id, in the order in which they were first seen. */
  readonly seen = new Map<string, SeenAlarm>();

  private constructor(
    private readonly abort: AbortController,
    readonly ended: Promise<void>,
  ) {}

  /** @param gatewayDir the gateway's own folder */
  static async open(url: string, gatewayDir: string): Promise<WatchScreen> {
    const { code } = JSON.parse(readFileSync(join(gatewayDir, 'watch-code.json'), 'utf8')) as { code: string };
    const headers = { 'content-type': 'application/json' };
    const signedIn = await fetch(`${url}/session`, { method: 'POST', headers, body: JSON.stringify({ code }) });
    if (signedIn.status !== 204) throw new Error(`sign-in of the screen answered ${signedIn.status}`);
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
    const abort = new AbortController();
    const events = await fetch(`${url}/events`, { headers: { cookie }, signal: abort.signal });
    if (events.status !== 200) throw new Error(`events answered ${events.status}`);
    let screen: WatchScreen | null = null;
    const follow = async (): Promise<void> => {
      let rest = '';
      for await (const chunk of events.body!.pipeThrough(new TextDecoderStream())) {
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop()!;
        for (const frame of frames) if (frame.startsWith('data: ')) screen!.take(JSON.parse(frame.slice(6)) as WatchView);
      }
    };
    screen = new WatchScreen(abort, Promise.resolve());
    void follow().catch(() => undefined);
    return screen;
  }

  close(): void {
    this.abort.abort();
  }

  private take(view: WatchView): void {
    this.view = view;
    for (const { alarmId, bedLabel, conditionCode, ageMs } of view.alarms) {
      if (!this.seen.has(alarmId)) this.seen.set(alarmId, { bedLabel, conditionCode, shownAfterMs: ageMs });
    }
  }
}
