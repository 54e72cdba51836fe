/**
 * The clock of a gateway is set while it runs (CK-R23): half a minute, two hours, 1970, 2099, forth and back. By libfaketime on
 * the gateway's process alone; everything else keeps its time.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import type { LogEvent, LogEventOf } from '@vigil/contracts';
import { connectAsync } from 'mqtt';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';

const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib', '/usr/local/lib']
  .map((folder) => `${folder}/faketime/libfaketimeMT.so.1`)
  .find((file) => existsSync(file));
if (FAKETIME === undefined) process.stderr.write('clock jumps are not tried: libfaketime is not installed here\n');

const YEAR_S = 31_557_600;
/** Seconds by which the gateway's wall clock is off, one after the other, and how long each stays. */
const OFFSETS_S = [0, 30, -30, 7_200, -7_200, -56 * YEAR_S, 73 * YEAR_S, 0];
const EACH_MS = Number(process.env.VIGIL_TEST_CLOCK_EACH_MS ?? 1_000);
const PER_SECOND = 20;
const QUIET_MS = 1_500;
/** The gateway notes its time every 5 s. */
const MARKED_MS = 6_000;

/** Everything that is on the log. */
function readLog(stack: Stack) {
  const { keys } = JSON.parse(readFileSync(join(stack.dataDir, 'hub', 'keys.json'), 'utf8')) as {
    keys: { name: string; primary: string }[];
  };
  const { primary } = keys.find(({ name }) => name === 'platform')!;
  const at = `Endpoint=sb://127.0.0.1:${stack.settings.VIGIL_HUB_PORT}/`;
  const connection = `${at};SharedAccessKeyName=platform;SharedAccessKey=${primary};UseDevelopmentEmulator=true`;
  const events: LogEvent[] = [];
  const client = new EventHubConsumerClient('fhir', connection, 'vigil');
  client.subscribe(
    {
      processEvents: (batch) => Promise.resolve(void events.push(...batch.map((event) => event.body as LogEvent))),
      processError: () => Promise.resolve(),
    },
    { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
  );
  const of = <K extends LogEvent['kind']>(kind: K): LogEventOf<K>[] => events.filter((e) => e.kind === kind) as LogEventOf<K>[];
  return { of, close: () => client.close() };
}

(FAKETIME === undefined ? test.skip : test)(
  'a gateway whose clock jumps loses nothing, doubles nothing, and its ticks never stop or go back, by a restart either',
  async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vigil-faketime-')), 'offset');
    const set = (offsetS: number): void => writeFileSync(file, `${offsetS < 0 ? '' : '+'}${offsetS}s`);
    set(0);
    const env = {
      ...{ LD_PRELOAD: FAKETIME!, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' },
      ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' },
    };
    const expectedErrors = [/clock of this gateway was set/, /clock of this machine is wrong/, /fault begins/];
    const stack = await Stack.make({ beds: 2, env: { gateway: env }, expectedErrors });
    await stack.run(async () => {
      await stack.start('hub', 'inbox', 'platform', 'gateway');
      const log = readLog(stack);
      try {
        const { deviceId, token } = stack.devices()[0]!;
        const login = { protocolVersion: 4, clientId: deviceId, username: deviceId, password: token } as const;
        const device = await connectAsync(stack.mqttUrl, login);
        await until('the first ticks', () => log.of('tick').length > 1, 10_000);
        const bootId = randomUUID();
        const sentMs: number[] = [];
        const answers: Promise<unknown>[] = [];
        const send = (): void => {
          const seq = sentMs.push(Date.now()) - 1;
          const observations = [{ metric: 'heartRate', value: 60 + (seq % 40), unit: '/min', quality: 'valid' }];
          const message = { bootId, seq, atMs: sentMs[seq], origin: 'simulated', observations };
          answers.push(device.publishAsync(`vigil/v1/${deviceId}/observations`, JSON.stringify(message), { qos: 1 }));
        };
        for (const offsetS of OFFSETS_S) {
          set(offsetS);
          for (let i = 0; i < (EACH_MS * PER_SECOND) / 1_000; i++) {
            send();
            await sleep(1_000 / PER_SECOND);
          }
        }
        await Promise.all(answers);
        const messages = (): LogEventOf<'deviceMessage'>[] => log.of('deviceMessage').filter((e) => e.bootId === bootId);
        await until('all that was acknowledged', () => new Set(messages().map((e) => e.id)).size === sentMs.length, 20_000);
        await sleep(QUIET_MS);
        await device.endAsync();

        expect(messages().map((e) => e.seq)).toEqual(sentMs.map((_, seq) => seq));
        for (const { deviceAtMs, seq } of messages()) expect(deviceAtMs).toBe(sentMs[seq]);
        const inOrder = messages().every((e, i, all) => i === 0 || e.atMs >= all[i - 1]!.atMs);
        expect(inOrder).toBe(true);
        const wrongAndSilent = messages().filter((e) => Math.abs(e.atMs - e.deviceAtMs) > 30_000 && e.clockSuspect !== true);
        expect(wrongAndSilent).toEqual([]);
        const silent = log.of('tick').filter((e) => e.bedId !== messages()[0]!.bedId);
        const steps = silent.slice(1).map((e, i) => e.atMs - silent[i]!.atMs);
        expect(silent.length).toBeGreaterThanOrEqual((OFFSETS_S.length * EACH_MS) / 1_000);
        expect(Math.min(...steps)).toBeGreaterThan(0);
        expect(log.of('gatewayFault').some((e) => e.fault === 'clockStepped' && e.active)).toBe(true);
        expect(log.of('gap')).toEqual([]);
        process.stdout.write(
          `clock jumps: ${sentMs.length} messages, ${silent.length} ticks, steps of event time ${Math.min(...steps)} to ${Math.max(...steps)} ms\n`,
        );

        set(3_600);
        await sleep(MARKED_MS);
        await stack.kill('gateway');
        const newestMs = Math.max(...log.of('tick').map((e) => e.atMs));
        const told = log.of('tick').length;
        set(0);
        await stack.start('gateway');
        await until('ticks of the new gateway', () => log.of('tick').length > told + 2, 10_000);
        const since = log.of('tick').slice(told);
        expect(Math.min(...since.map((e) => e.atMs))).toBeGreaterThan(newestMs - MARKED_MS);
      } finally {
        await log.close();
      }
    });
  },
  120_000,
);
