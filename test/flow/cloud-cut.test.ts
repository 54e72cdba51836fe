/**
 * The line between gateway and hub is cut while patients are in alarm (D17): the unit sees every alarm at the gateway itself,
 * and when the line is back the platform knows each of them once, pages nobody for what is over, and pages for what holds.
 *
 * A short cut here; `VIGIL_TEST_CLOUD_CUT_MINUTES` makes it longer (`npm run faults -- --only=cloud-cut --count=10`), and
 * `VIGIL_TEST_CLOUD_CUT_REPORT` names a file for what was measured.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlarmView, Site } from '@vigil/contracts';
import { connectAsync, type MqttClient } from 'mqtt';
import { ApiClient } from '../support/api-client.js';
import { type HubLine, startHubLine } from '../support/hub-line.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { WatchScreen } from '../support/watch-screen.js';
import { withRules } from '../support/with-rules.js';

const MINUTES = Number(process.env['VIGIL_TEST_CLOUD_CUT_MINUTES'] ?? 0);
const REPORT = process.env['VIGIL_TEST_CLOUD_CUT_REPORT'];
/** Ten event seconds a wall second, so that delays of rules cost a tenth. */
const SPEED = 10;
const EVERY_MS = 1_000 / SPEED;
const SHOWN_MS_MAX = 2_000;
/** Long for a machine that builds and tests beside it; what is asked of time is SHOWN_MS_MAX. */
const ARRIVES_MS = 60_000;
/** Wall time of one alarm and the calm behind it. */
const EPISODE_MS = 5_000;

function quickSite(site: Site): Site {
  return withRules(site, 'heartRate.high', 'any.noData');
}

/** A bedside device that sends one heart rate each event second, and keeps a ledger of what was acknowledged. */
class Bed {
  heartRate = 70;
  readonly acknowledged: number[] = [];
  private seq = 0;
  private readonly bootId = randomUUID();
  private readonly timer: NodeJS.Timeout;
  private readonly open = new Set<Promise<void>>();
  /** The first message that was not acknowledged: told by `stop`, and of no interest once a failure has ended the test. */
  private failure: unknown = null;

  private constructor(
    private readonly client: MqttClient,
    private readonly deviceId: string,
    private readonly nowMs: () => number,
  ) {
    this.timer = setInterval(() => this.send(), EVERY_MS);
  }

  static async connect(stack: Stack, index: number): Promise<Bed> {
    const { deviceId, token } = stack.devices()[index]!;
    const login = { protocolVersion: 4, clientId: deviceId, username: deviceId, password: token, reconnectPeriod: 0 } as const;
    const clock = stack.clock();
    return new Bed(await connectAsync(stack.mqttUrl, login), deviceId, () => clock.nowMs());
  }

  private send(): void {
    const atMs = Math.round(this.nowMs());
    const observations = [{ metric: 'heartRate', value: this.heartRate, unit: '/min', quality: 'valid' }];
    const message = JSON.stringify({ bootId: this.bootId, seq: this.seq++, atMs, origin: 'simulated', observations });
    const sent = this.client
      .publishAsync(`vigil/v1/${this.deviceId}/observations`, message, { qos: 1 })
      .then(() => void this.acknowledged.push(atMs))
      .catch((error: unknown) => void (this.failure ??= error));
    this.open.add(sent);
    void sent.then(() => this.open.delete(sent));
  }

  /** Sends nothing more; resolves once everything is acknowledged. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
    await this.client.endAsync();
    if (this.failure !== null) throw this.failure;
  }

  /** Leaves, whatever was acknowledged: after a failure nobody may be there to do it. */
  async abandon(): Promise<void> {
    clearInterval(this.timer);
    await this.client.endAsync(true);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function historyOf(api: ApiClient, bedId: string, fromMs: number, toMs: number): Promise<number[]> {
  const times: number[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const range = `metric=heartRate&from=${fromMs}&to=${toMs}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = (await api.ok(`/api/v1/beds/${bedId}/history?${range}`)) as { items: { atMs: number }[]; next: string | null };
    times.push(...page.items.map(({ atMs }) => atMs));
    cursor = page.next;
  }
  return times;
}

test(
  'a unit whose line is cut sees its alarms at the gateway, and afterwards each is known once',
  async () => {
    let connection = '';
    const gatewayEnv = {
      get EVENT_HUBS_CONNECTION_STRING() {
        return connection;
      },
    };
    const stack = await Stack.make({ beds: 2, speed: SPEED, site: quickSite, env: { gateway: gatewayEnv } });
    const beds: Bed[] = [];
    let line: HubLine | null = null;
    let screen: WatchScreen | null = null;
    await stack
      .run(async () => {
        await stack.start('hub', 'inbox', 'platform');
        line = await startHubLine(stack.settings.VIGIL_HUB_PORT);
        line.mend();
        const { keys } = JSON.parse(readFileSync(join(stack.dataDir, 'hub', 'keys.json'), 'utf8')) as {
          keys: { name: string; primary: string }[];
        };
        const key = keys.find(({ name }) => name === 'gateway')!.primary;
        connection = `Endpoint=sb://127.0.0.1:${line.port}/;SharedAccessKeyName=gateway;SharedAccessKey=${key};UseDevelopmentEmulator=true`;
        await stack.start('gateway', 'watchdog');
        const watchUrl = `http://127.0.0.1:${stack.settings.VIGIL_WATCH_PORT}`;
        const gatewayDir = join(stack.dataDir, 'gateway');
        const shown = (screen = await WatchScreen.open(watchUrl, gatewayDir));
        const fromMs = Math.floor(stack.clock().nowMs()) - 60_000;
        beds.push(await Bed.connect(stack, 0), await Bed.connect(stack, 1));
        const [first, second] = beds as [Bed, Bed];
        await until('numbers of both beds', () => shown.view?.beds.every((b) => b.numerics.length > 0) === true, ARRIVES_MS);
        await until('a connected line', () => shown.view?.cloudAwayMs === null, ARRIVES_MS);

        const cutMs = performance.now();
        line.cut();
        const episodes = Math.max(1, Math.round((MINUTES * 60_000) / EPISODE_MS) - 2);
        for (let n = 1; n <= episodes; n++) {
          first.heartRate = 150;
          await until(`alarm ${n}`, () => shown.seen.size === n, ARRIVES_MS);
          first.heartRate = 70;
          await until(`the end of alarm ${n}`, () => shown.view!.alarms.length === 0, ARRIVES_MS);
          await until('the word that the log is away', () => shown.view?.cloudAwayMs !== null, ARRIVES_MS);
          if (n < episodes) await pause(Math.max(0, cutMs + n * EPISODE_MS - performance.now()));
        }
        second.heartRate = 150;
        await until('the alarm that stands', () => shown.view!.alarms.some((a) => a.recorded === true), ARRIVES_MS);
        const local = [...shown.seen.keys()];
        const [standing] = shown.view!.alarms;
        const outageMs = performance.now() - cutMs;
        line.mend();

        const amy = await ApiClient.signIn(stack.url, 'amy', stack.password('amy'));
        const heartRates = async (): Promise<AlarmView[]> =>
          (await amy.alarms('limit=500')).filter((a) => a.conditionCode === 'heartRate.high');
        await until('every local alarm on the platform', async () => (await heartRates()).length >= local.length, ARRIVES_MS);
        // One that began in the last seconds of the outage is paged at once, and confirmed a little later.
        const isKnown = (a: AlarmView): boolean => a.alarmId === standing!.alarmId && a.adopted === 'confirmed';
        const paged = async (): Promise<AlarmView | undefined> =>
          (await heartRates()).find((a) => isKnown(a) && a.escalation.pages.length > 0);
        const called = await until('a page for the alarm that stands', paged, ARRIVES_MS);
        await until('the word that the log is back', () => shown.view?.cloudAwayMs === null, ARRIVES_MS);
        expect(called.active).toBe(true);
        for (const bed of beds) await bed.stop();

        const known = await heartRates();
        expect(known.map((a) => a.alarmId).sort()).toEqual([...local].sort());
        for (const over of known.filter((a) => a.alarmId !== standing!.alarmId)) {
          expect(over).toMatchObject({ active: false, bedId: 'icu-1' });
          expect(over.escalation.pages).toEqual([]);
        }
        const carol = await ApiClient.signIn(stack.url, 'carol', stack.password('carol'));
        const toMs = Math.ceil(stack.clock().nowMs()) + 60_000;
        for (const [index, bed] of beds.entries()) {
          const complete = async (): Promise<boolean> => {
            const times = await historyOf(carol, `icu-${index + 1}`, fromMs, toMs);
            expect(new Set(times).size).toBe(times.length);
            return times.length === new Set(bed.acknowledged).size;
          };
          await until(`a complete history of bed ${index + 1}`, complete, ARRIVES_MS);
        }
        const delays = [...shown.seen.values()].map((a) => a.shownAfterMs).sort((a, b) => a - b);
        expect(delays.at(-1)).toBeLessThanOrEqual(SHOWN_MS_MAX);
        const report = {
          outageS: Math.round(outageMs / 1_000),
          localAlarms: local.length,
          shownAfterMs: { p50: delays[Math.floor(delays.length / 2)], max: delays.at(-1) },
          readings: beds.reduce((sum, bed) => sum + bed.acknowledged.length, 0),
          knownOnce: known.length,
        };
        if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify(report)}\n`);
      })
      .finally(async () => {
        screen?.close();
        await Promise.all(beds.map((bed) => bed.abandon()));
        await line?.close();
      });
  },
  300_000 + MINUTES * 120_000,
);
