/** The whole path with the real processes: a bedside device sends, somebody's phone shows it, somebody goes. */
import { randomUUID } from 'node:crypto';
import { type AlarmEvent, type AlarmView, PolicyContent, type RejectRow, type Site } from '@vigil/contracts';
import { connect, connectAsync } from 'mqtt';
import { io } from 'socket.io-client';
import { ApiClient } from '../support/api-client.js';
import { SquareWave } from '../support/square-wave.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { withRules } from '../support/with-rules.js';

const ARRIVES_MS = 20_000;
const STEP_WAIT_S = 12;
/** Well before the second step. */
const NEXT_CHANNEL_S = 5;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const recordings = process.env.VIGIL_TEST_RECORDINGS;

interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

const mailsOf = async (stack: Stack): Promise<readonly Mail[]> =>
  (await (await fetch(`${stack.inboxUrl}/api/mails`)).json()) as Mail[];
const linkIn = ({ text }: Mail): string => /\/p\/([\w-]+)/.exec(text)![1]!;
const signIn = (stack: Stack, username: string): Promise<ApiClient> =>
  ApiClient.signIn(stack.url, username, stack.password(username));

/** One rule, and steps and channels that follow each other soon. */
function quickSite(site: Site): Site {
  const steps = (['primary', 'charge'] as const).map((role) => ({ tell: [{ kind: 'role', role } as const], waitS: STEP_WAIT_S }));
  const escalation = PolicyContent.parse({
    ...{ v: 1, name: 'quick', nextChannelS: NEXT_CHANNEL_S },
    routes: [{ priorities: ['high', 'medium'], steps }],
  });
  return { ...withRules(site, 'heartRate.high'), escalation };
}

function waveOn(stack: Stack, bed: number, firstAfterMs: number): SquareWave {
  const device = stack.devices()[bed - 1]!;
  return new SquareWave({ mqttUrl: stack.mqttUrl, device, clock: stack.clock(), halfMs: null, firstAfterMs });
}

/** Every `alarm.event` of the care unit, as a signed-in screen gets it. */
async function watchAlarms(stack: Stack, token: string): Promise<{ readonly events: AlarmView[]; close(): void }> {
  const socket = io(`${stack.url}/alarms`, { auth: { token }, transports: ['websocket'] });
  const events: AlarmView[] = [];
  socket.on('alarm.event', ({ alarm }: AlarmEvent) => events.push(alarm));
  const reply = await socket.timeout(ARRIVES_MS).emitWithAck('join', { careUnitId: 'icu' });
  expect(reply).toEqual({ ok: true });
  return { events, close: () => socket.close() };
}

test('a heart rate that is too high reaches screen, mailbox and webhook; who accepts by the link stops the escalation', async () => {
  const webhook = new WebhookReceiver(SECRET);
  const pagesTo = { VIGIL_WEBHOOK_URL: await webhook.start(), VIGIL_WEBHOOK_SECRET: SECRET };
  const stack = await Stack.make({ beds: 2, speed: 10, site: quickSite, env: { platform: pagesTo } });
  const waves: SquareWave[] = [];
  await stack
    .run(async () => {
      await stack.start('hub', 'inbox', 'platform', 'gateway');
      const amy = await signIn(stack, 'amy');
      const screen = await watchAlarms(stack, amy.token);
      waves.push(waveOn(stack, 1, 500));

      const mail = await until('a mail to the nurse of the bed', async () => (await mailsOf(stack))[0], ARRIVES_MS);
      expect(mail.to).toEqual(['amy@vigil.example']);
      expect(mail.subject).toBe('TEST ** Medium priority alarm, bed ICU 1');
      const shown = await until('the alarm on the screen', () => screen.events.find((a) => a.bedId === 'icu-1'), ARRIVES_MS);
      expect(shown).toMatchObject({ conditionCode: 'heartRate.high', active: true, presence: 'on', priority: 'medium' });
      const called = await until('a call of the webhook', () => webhook.pages[0], ARRIVES_MS);
      expect(called.data).toMatchObject({ alarmId: shown.alarmId, staffId: 'amy', pageId: called.webhookId });

      const accepted = await fetch(`${stack.url}/api/v1/pages/${linkIn(mail)}/accept`, { method: 'POST' });
      expect(accepted.status).toBe(200);
      // An alarm that nobody accepts shows when the second step of the accepted one would long have come.
      waves.push(waveOn(stack, 2, 0));
      const toCharge = await until(
        'the second step of the other bed',
        async () => (await mailsOf(stack)).find(({ to }) => to[0] === 'carol@vigil.example'),
        ARRIVES_MS,
      );
      expect(toCharge.subject).toContain('bed ICU 2');
      const subjects = (await mailsOf(stack)).map(({ subject }) => subject);
      expect(subjects.filter((subject) => subject.endsWith('ICU 1'))).toHaveLength(1);
      expect(webhook.pages.filter(({ data }) => data.alarmId === shown.alarmId)).toHaveLength(1);
      expect(webhook.unsigned).toBe(0);

      const [alarm] = await amy.alarms('bed=icu-1');
      expect(alarm!.escalation).toMatchObject({ state: 'accepted', acceptedBy: 'amy', acceptedByName: 'Amy Adler' });
      expect(Math.abs(alarm!.escalation.acceptedAtMs! - stack.clock().wallMs())).toBeLessThan(60_000);
      const onScreen = screen.events.filter((a) => a.alarmId === shown.alarmId).at(-1)!;
      expect(onScreen.escalation).toMatchObject({ state: 'accepted', acceptedBy: 'amy' });
      screen.close();
      for (const wave of waves) await wave.close();
    })
    .finally(async () => {
      for (const wave of waves) await wave.close();
      await webhook.stop();
    });
}, 90_000);

const reading = (metric: string, value: unknown, unit: string): string => {
  const observations = [{ metric, value, unit, quality: 'valid' }];
  return JSON.stringify({ bootId: randomUUID(), seq: 0, atMs: Date.now(), origin: 'simulated', observations });
};
const BAD: readonly (readonly [what: string, payload: string, reason: string])[] = [
  ['malformed JSON', '{"bootId":', 'malformed-json'],
  ['a wrong unit', reading('spo2', 0.97, '1'), 'wrong-unit'],
  ['a heart rate of -100', reading('heartRate', -100, '/min'), 'no-value-code'],
  ['an oxygen saturation of 140', reading('spo2', 140, '%'), 'implausible-value'],
  ['a temperature of 384.5', reading('temperature', 384.5, 'Cel'), 'implausible-value'],
  ['a metric that nobody knows', reading('heartBeat', 70, '/min'), 'unknown-metric'],
];
const LARGE = 'x'.repeat(65 * 1024);
const STALL_MS_MAX = 1_000;

test('bad input is refused with a reason, counted and kept for the admin, and delays nobody else', async () => {
  const stack = await Stack.make({ beds: 2, site: quickSite });
  let wave: SquareWave | null = null;
  await stack
    .run(async () => {
      await stack.start('hub', 'inbox', 'platform', 'gateway');
      wave = waveOn(stack, 2, ARRIVES_MS);
      const { deviceId, token } = stack.devices()[0]!;
      const login = { protocolVersion: 4, clientId: deviceId, username: deviceId, password: token, reconnectPeriod: 0 } as const;
      const topic = `vigil/v1/${deviceId}/observations`;
      const device = await connectAsync(stack.mqttUrl, login);
      for (const [, payload] of BAD) await device.publishAsync(topic, payload, { qos: 1 });
      await device.publishAsync(topic, reading('heartRate', 0, '/min'), { qos: 1 });
      device.on('error', () => undefined);
      device.publish(topic, LARGE, { qos: 1 }, () => undefined);
      await new Promise<void>((resolve) => device.once('close', resolve));
      const stranger = connect(stack.mqttUrl, { ...login, clientId: 'mon-77', username: 'mon-77' });
      const refusal = await new Promise<Error>((resolve) => stranger.once('error', resolve));
      expect(refusal.message).toMatch(/not authorized|bad user/i);
      stranger.end(true);

      const dan = await signIn(stack, 'dan');
      const reasons = [...BAD.map(([, , reason]) => reason), 'too-large', 'unknown-device'].sort();
      const rejects = async (): Promise<readonly RejectRow[]> => (await dan.ok('/api/v1/rejects')).items as RejectRow[];
      const kept = await until(
        'every reject on the API',
        async () => ((await rejects()).length >= reasons.length ? await rejects() : null),
        ARRIVES_MS,
      );
      expect(kept.map(({ reason }) => reason).sort()).toEqual(reasons);
      expect(kept.find(({ reason }) => reason === 'unknown-device')).toMatchObject({ deviceId: 'mon-77', gatewayId: 'gw-1' });
      expect(JSON.stringify(kept)).not.toMatch(/-100|384\.5|heartBeat/);

      const metrics = await (await fetch(`${stack.gatewayUrl}/metrics`)).text();
      for (const reason of new Set(reasons)) {
        const count = reasons.filter((each) => each === reason).length;
        expect(metrics).toContain(`vigil_gateway_rejected_total{reason="${reason}"} ${count}`);
      }
      expect(metrics).toContain('vigil_gateway_zero_readings_total 1');

      const amy = await signIn(stack, 'amy');
      const zero = (await amy.bed('icu-1')).readings.find(({ metric }) => metric === 'heartRate');
      expect(zero).toMatchObject({ value: null, quality: 'notMeasured' });
      const sinceMs = stack.clock().nowMs();
      const ben = await signIn(stack, 'ben');
      await until('the other bed goes on', async () => (await ben.bed('icu-2')).readings[0]!.atMs > sinceMs, ARRIVES_MS);
      expect(wave.sent.length).toBeGreaterThan(3);
      expect(wave.slowestAckMs).toBeLessThan(STALL_MS_MAX);
      await wave.close();
    })
    .finally(() => wave?.close());
}, 60_000);

const replayed = recordings === undefined ? test.skip : test;
const why = recordings === undefined ? ' (skipped: VIGIL_TEST_RECORDINGS names no folder of recordings)' : '';

replayed(
  `recorded patients at sixty times the speed appear, alarm and page${why}`,
  async () => {
    const stack = await Stack.make({ source: 'recordings', speed: 60, beds: 6, recordings: recordings! });
    await stack.run(async () => {
      await stack.start('hub', 'inbox', 'platform', 'gateway', 'watchdog', 'simulator');
      const carol = await signIn(stack, 'carol');
      const beds = await until(
        'recorded patients in their beds',
        async () => {
          const items = (await carol.ok('/api/v1/beds')).items as Awaited<ReturnType<ApiClient['bed']>>[];
          const shown = items.filter((bed) => bed.encounter !== null && bed.readings.length > 0);
          return shown.length >= 3 ? shown : null;
        },
        60_000,
      );
      for (const bed of beds) expect(bed.readings.every(({ origin }) => origin === 'simulated')).toBe(true);
      const isOfPatient = ({ kind, encounterId }: AlarmView): boolean => kind === 'physiological' && encounterId !== null;
      await until('an alarm of a patient', async () => (await carol.alarms('limit=100')).find(isOfPatient), 60_000);
      const mail = await until('a page', async () => (await mailsOf(stack))[0], 60_000);
      expect(mail.subject).toMatch(/^TEST /);
    });
  },
  240_000,
);
