import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BedId, GatewayId, GatewayStatus, LogEvent } from '@vigil/contracts';
import { type Cancel, SystemClock } from '@vigil/clock';
import { startEventHub, type RunningEventHub } from '@vigil/event-hub';
import { producer, sendByKey } from '@vigil/hub-client';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { SMTPServer } from 'smtp-server';
import { ClientWatchedHub } from '../../src/adapters/watchdog/client-watched-hub.js';
import { openOutageMailer } from '../../src/adapters/watchdog/outage-mailer.js';
import { mailText } from '../../src/watchdog/outage.js';
import { startWatch } from '../../src/watchdog/watch.js';
import { Watchdog } from '../../src/watchdog/watchdog.js';

const RATE = 10;

/** A wall clock that runs ten times as fast, so that the watchdog's ten seconds are one. The hub has the same. */
class FastWall extends SystemClock {
  private readonly startMs = Date.now();
  override nowMs = (): number => this.wallMs();
  override wallMs(): number {
    return this.startMs + (Date.now() - this.startMs) * RATE;
  }
  override steady() {
    return { bootId: 'fast', atMs: (Date.now() - this.startMs) * RATE };
  }
  override after(wallMs: number, run: () => void): Cancel {
    return super.after(wallMs / RATE, run);
  }
  override every(wallMs: number, run: () => void): Cancel {
    return super.every(wallMs / RATE, run);
  }
}

const gatewayId = GatewayId.parse('gw-1');
const bedIds = [BedId.parse('icu-1'), BedId.parse('icu-2')];

async function until(what: string, holds: () => boolean, limitMs = 30_000): Promise<void> {
  for (const endMs = Date.now() + limitMs; !holds();) {
    if (Date.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A mail server that keeps the subjects of what it is sent. */
async function mailServer(): Promise<{ url: string; subjects: string[]; close(): Promise<void> }> {
  const subjects: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (data: Buffer) => (text += data.toString()));
      stream.on('end', () => {
        subjects.push(/^Subject: (.*)$/m.exec(text)?.[1]?.trim() ?? '');
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, subjects, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** A gateway as the log sees it: one status a second, while it is switched on. */
function gateway(connection: string, clock: FastWall): { isOn: boolean; stop(): Promise<void> } {
  const client = producer(connection, 'vigil', 'test-gateway');
  let sending = Promise.resolve();
  const state = { isOn: true, stop: async () => (cancel(), await sending, await client.close()) };
  const cancel = clock.every(1_000, () => {
    if (!state.isOn) return;
    const atMs = clock.wallMs();
    const event = {
      v: 1,
      kind: 'gatewayStatus',
      id: `status/gw-1/${atMs}`,
      key: 'gateway:gw-1',
      origin: 'simulated',
      atMs,
      gatewayId,
    };
    const body = GatewayStatus.parse({ ...event, bedIds, pending: 0, oldestPendingMs: 0, accepted: 0, rejected: 0 });
    sending = sending.then(async () => void (await sendByKey(client, [{ key: body.key, body }])));
  });
  return state;
}

test('the watchdog tells the log and the inbox of a lost gateway, and the inbox of a lost hub and platform', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-watchdog-'));
  const clock = new FastWall();
  const mails = await mailServer();
  let hub: RunningEventHub = await startEventHub({ dataDir, port: 0, clock, segmentBytes: 1 << 20 });
  const { port } = hub;
  const connectionString = hub.connectionString('watchdog');
  const gw = gateway(hub.connectionString('gateway'), clock);
  const watched = new ClientWatchedHub({
    connectionString,
    hubName: 'vigil',
    gatewayIds: [gatewayId],
    identifier: 'watchdog-test',
    clock,
  });
  const mailer = openOutageMailer({ smtpUrl: mails.url, from: 'watchdog@vigil.example', to: ['carol@vigil.example'] });
  let isPlatformReady = true;
  const watchdog = new Watchdog({
    clock,
    hub: watched,
    origin: 'simulated',
    start: startWatch([{ gatewayId, bedIds }], clock.wallMs()),
    isPlatformReady: () => Promise.resolve(isPlatformReady),
    send: (mail) => mailer.send(mailText(mail, true)),
    save: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
  const events: LogEvent[] = [];
  const reader = new EventHubConsumerClient('fhir', hub.connectionString('platform'), 'vigil');
  try {
    watchdog.start();
    reader.subscribe(
      {
        processEvents: (batch) => Promise.resolve(void events.push(...batch.map((event) => LogEvent.parse(event.body)))),
        processError: () => Promise.resolve(),
      },
      { startPosition: earliestEventPosition },
    );
    const kinds = (): string[] =>
      events
        .filter((e) => e.kind !== 'gatewayStatus')
        .map((e) => `${e.kind} ${e.key}`)
        .sort();
    await until('statuses flow', () => events.length > 15);
    expect(kinds()).toEqual([]);

    gw.isOn = false;
    await until('the loss is on the log', () => kinds().length >= 3);
    expect(kinds()).toEqual(['coverageLost bed:icu-1', 'coverageLost bed:icu-2', 'gatewayLost gateway:gw-1']);
    gw.isOn = true;
    await until('the return is on the log', () => kinds().length >= 6);
    await until('both mails', () => mails.subjects.length >= 2);
    expect(mails.subjects).toEqual(['TEST Vigil: gateway gw-1 is silent', 'TEST Vigil: gateway gw-1 is back']);

    isPlatformReady = false;
    await until('the platform is reported', () => mails.subjects.at(-1) === 'TEST Vigil: the platform is silent');
    isPlatformReady = true;
    await until('the platform is back', () => mails.subjects.at(-1) === 'TEST Vigil: the platform is back');

    await reader.close();
    await hub.stop();
    await until('the hub is reported', () => mails.subjects.at(-1) === 'TEST Vigil: the event hub is silent');
    hub = await startEventHub({ dataDir, port, clock, segmentBytes: 1 << 20 });
    await until('the hub is back', () => mails.subjects.at(-1) === 'TEST Vigil: the event hub is back');
    const { okSinceMs } = watchdog.current().hub;
    await until('a silent gateway would be lost by now', () => clock.wallMs() - okSinceMs! > 12_000);
    expect(mails.subjects.filter((subject) => subject.includes('gateway'))).toHaveLength(2);
  } finally {
    watchdog.stop();
    await watched.close();
    await gw.stop();
    await reader.close();
    mailer.close();
    await hub.stop();
    await mails.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 120_000);
