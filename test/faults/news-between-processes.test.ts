/**
 * Two processes that answer screens, one that finds alarms, on one store and one hub, with a real Redis between them that is killed and
 * started again, and stopped in its tracks: each screen gets every alarm once and in order, fast while news go by Redis and within the look
 * each second while they do not; and whoever signs out everywhere is away from both at once.
 *
 * `VIGIL_TEST_NEWS_PHASE_S=60` makes each phase as long; `VIGIL_TEST_NEWS_REPORT=<file>` gets the figures.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlarmEvent, AlarmTransition, RuleSet, Site } from '@vigil/contracts';
import { roleSpec } from '../../scripts/launch/specs.mjs';
import { openScreen, type Screen } from '../flow/live-screen.js';
import { ApiClient } from '../support/api-client.js';
import { freePorts } from '../support/free-ports.js';
import { loadPerCore, patient } from '../support/patience.js';
import { type RedisServer, redisOfTests } from '../support/redis.js';
import { SquareWave } from '../support/square-wave.js';
import { Stack } from '../support/stack.js';
import { StackProcess } from '../support/stack-process.js';
import { until } from '../support/until.js';
import { withRules } from '../support/with-rules.js';
import { storedTransitions } from './check-alarms.js';

const PHASE_MS = Number(process.env['VIGIL_TEST_NEWS_PHASE_S'] ?? 5) * 1_000;
const REPORT = process.env['VIGIL_TEST_NEWS_REPORT'];
/** Of each bed, so that something happens all the time. */
const HALVES_MS = [900, 1_100, 1_300, 1_500];
const READY_MS = 60_000;
const PASSWORD = 'password of the news';

const redis = await redisOfTests(['--requirepass', PASSWORD]);
const here = redis === null ? test.skip : test;

/** Heart rates alarm at once and end at once, and page nobody. */
function atOnce(demo: Site): Site {
  const site = withRules(demo, 'heartRate.high');
  const rules = site.ruleSet.rules.map((rule) => ({ ...rule, onDelayMs: 0, offDelayMs: 0, priority: 'low' as const }));
  return { ...site, ruleSet: { ...site.ruleSet, rules } as RuleSet };
}

/** One API, and a screen there. */
class Watched {
  readonly events: { readonly event: AlarmEvent; readonly atMs: number }[] = [];
  private screen: Screen | null = null;

  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  async open(): Promise<void> {
    this.screen = openScreen(`${this.url}/alarms`, { auth: { token: this.token } });
    this.screen.socket.on('alarm.event', (event: AlarmEvent) => this.events.push({ event, atMs: Date.now() }));
    expect(await this.screen.join('icu')).toEqual({ ok: true });
  }

  close(): void {
    this.screen?.socket.disconnect();
  }

  /** Wall time from the transaction of a change to the screen, for changes of that time. */
  delays(storedMs: ReadonlyMap<string, number>, fromMs: number, toMs: number): readonly number[] {
    const delays = this.events.flatMap(({ event: { alarm }, atMs }) => {
      const ofMs = storedMs.get(`${alarm.alarmId}/${alarm.rev}`) ?? Number.NaN;
      return ofMs >= fromMs && ofMs < toMs ? [atMs - ofMs] : [];
    });
    return delays.sort((a, b) => a - b);
  }

  /** The newest that it knows of each alarm. */
  newest(): ReadonlyMap<string, number> {
    return new Map(this.events.map(({ event }) => [event.alarm.alarmId, event.alarm.rev]));
  }
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
}

const carries = (urls: readonly string[], open: 0 | 1): Promise<true> =>
  until(
    `the lines of all are ${open === 1 ? 'there' : 'gone'}`,
    async () =>
      (await Promise.all(urls.map((url) => metric(url, 'vigil_news_line_open')))).every((value) => value === open) || null,
    patient(READY_MS),
  );

/** The processes of a site in parts, started one after the other as they would be by a supervisor. */
async function startParts(stack: Stack, server: RedisServer, onLine: (line: string) => void) {
  const roles = ['api', 'api', 'processor'] as const;
  // The gateway gets its configuration from where the platform is.
  const ports = [stack.settings.VIGIL_PORT, ...(await freePorts(roles.length - 1))];
  const REDIS_URL = server.url(`:${encodeURIComponent(PASSWORD)}@`);
  const parts = roles.map(
    (role, i) =>
      new StackProcess(roleSpec(stack.settings, role, `${role}-${i}`, ports[i]!), { REDIS_URL, VIGIL_CANARY_S: '0' }, onLine),
  );
  // The first makes the store.
  await parts[0]!.start();
  await Promise.all(parts.slice(1).map((part) => part.start()));
  return { parts, urls: ports.map((port) => `http://127.0.0.1:${port}`) };
}

/** Milliseconds from the sign-out at one API to the end of a line at the other. */
async function signOutMs(stack: Stack, [one, two]: readonly string[]): Promise<number> {
  const password = stack.password('amy');
  const [here, there] = [await ApiClient.signIn(one!, 'amy', password), await ApiClient.signIn(two!, 'amy', password)];
  const screen = openScreen(`${two}/alarms`, { auth: { token: there.token } });
  await screen.next('hello');
  const before = Date.now();
  expect((await here.call('DELETE', '/api/v1/sessions')).status).toBe(204);
  expect(await screen.next('session.ended')).toEqual({ reason: 'session-ended' });
  await screen.closed;
  return Date.now() - before;
}

here(
  'each screen gets every alarm once and in order while Redis comes and goes, and whoever signs out everywhere is away at once',
  async () => {
    const server = redis!;
    const lines: string[] = [];
    const stack = await Stack.make({ beds: HALVES_MS.length, site: atOnce });
    await stack.run(async () => {
      await stack.start('hub', 'gateway');
      const { parts, urls } = await startParts(stack, server, (line) => void lines.push(line));
      const clock = stack.clock();
      const waves: SquareWave[] = [];
      const screens: Watched[] = [];
      try {
        const apis = urls.slice(0, 2);
        await carries(urls, 1);
        for (const url of apis) {
          const { token } = await ApiClient.signIn(url, 'carol', stack.password('carol'));
          const watched = new Watched(url, token);
          await until(
            'alarms are found',
            async () => (await fetch(`${url}/health/ready?site=1`)).status === 200,
            patient(READY_MS),
          );
          await watched.open();
          screens.push(watched);
        }
        stack.devices().forEach((device, i) => {
          waves.push(new SquareWave({ mqttUrl: stack.mqttUrl, device, clock, halfMs: HALVES_MS[i]!, firstAfterMs: 500 }));
        });
        await until('the first alarm is shown', () => screens.every(({ events }) => events.length > 2), patient(READY_MS));

        const withFromMs = Date.now();
        await sleep(PHASE_MS);
        const withToMs = Date.now();
        const signOuts = [await signOutMs(stack, apis), await signOutMs(stack, apis), await signOutMs(stack, apis)].sort(
          (a, b) => a - b,
        );

        await server.kill();
        await carries(urls, 0);
        const withoutFromMs = Date.now();
        for (const url of urls) {
          const report = (await (await fetch(`${url}/health/ready`)).json()) as {
            ready: boolean;
            parts: { name: string; reason: string }[];
          };
          expect(report.ready).toBe(true);
          expect(report.parts.find(({ name }) => name === 'news')?.reason).toBe('no line: away');
        }
        await sleep(PHASE_MS);
        const withoutToMs = Date.now();
        const signOutWithoutMs = await signOutMs(stack, apis);

        await server.again();
        await carries(urls, 1);
        server.hang();
        await sleep(1_000);
        server.goOn();
        await sleep(PHASE_MS / 2);
        for (const wave of waves) wave.quiesce();
        await until('every reading is acknowledged', () => waves.every(({ unacked }) => unacked === 0), patient(READY_MS));

        const stored = () => newestOf(storedTransitions(join(stack.dataDir, 'vigil.db')));
        const missed = () => screens.flatMap((screen) => [...stored()].filter(([id, rev]) => screen.newest().get(id) !== rev));
        await until('both screens know every alarm as it is stored', () => missed().length === 0, patient(10_000)).catch(
          () => undefined,
        );
        expect(missed()).toEqual([]);
        for (const { events } of screens) {
          const cursors = events.map(({ event }) => event.cursor);
          expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b));
        }
        const heard = await Promise.all(apis.map((url) => metric(url, 'vigil_news_hints_total{way="heard"}')));
        expect(Math.min(...heard)).toBeGreaterThan(10);
        const storedMs = storedTimes(join(stack.dataDir, 'vigil.db'));
        const spans = { with: [withFromMs, withToMs], without: [withoutFromMs, withoutToMs] } as const;
        const figures = Object.entries(spans).flatMap(([name, [fromMs, toMs]]) =>
          screens.map((screen, i) => {
            const delays = screen.delays(storedMs, fromMs, toMs);
            return {
              name,
              api: i,
              changes: delays.length,
              p50Ms: at(delays, 0.5),
              p99Ms: at(delays, 0.99),
              maxMs: delays.at(-1),
            };
          }),
        );
        const report = { figures, signOuts, signOutWithoutMs, alarms: stored().size, loadPerCore: loadPerCore() };
        if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify(report)}\n`);
        // The look of a sign-out alone takes up to two seconds.
        expect(signOuts[0]).toBeLessThan(patient(1_000));
        expect(JSON.stringify(lines)).not.toContain(encodeURIComponent(PASSWORD));
        expect(JSON.stringify(lines)).not.toContain(PASSWORD);
        expect(parts.flatMap(({ complaints }) => complaints)).toEqual([]);
      } finally {
        for (const screen of screens) screen.close();
        for (const wave of waves) await wave.close();
        await Promise.all(parts.map((part) => part.stop()));
        await server.stop();
      }
    });
  },
  300_000,
);

/** The highest revision of each alarm of a bed in the store. */
function newestOf(transitions: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const line of transitions.values()) {
    const { alarmId, rev, conditionCode } = JSON.parse(line) as Pick<AlarmTransition, 'alarmId' | 'rev' | 'conditionCode'>;
    if (conditionCode === 'heartRate.high') newest.set(alarmId, Math.max(newest.get(alarmId) ?? 0, rev));
  }
  return newest;
}

/** When each transition was stored, by (alarmId, rev). */
function storedTimes(databaseFile: string): ReadonlyMap<string, number> {
  const db = new DatabaseSync(databaseFile, { readOnly: true });
  try {
    const rows = db.prepare('SELECT alarm_id, rev, stored_wall_ms FROM alarm_hop').all() as Record<string, string | number>[];
    return new Map(rows.map((row) => [`${row['alarm_id']}/${row['rev']}`, Number(row['stored_wall_ms'])]));
  } finally {
    db.close();
  }
}
