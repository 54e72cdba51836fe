/** How many HL7 messages a second are acknowledged, each after its durable write, and how many are worked off. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SystemClock } from '@vigil/clock';
import { decideFeed } from '@vigil/domain';
import { openKeyFile } from '@vigil/sealed-records';
import { progress, report, round } from './lib/report.mjs';
import { root } from './lib/stack.mjs';

export const about =
  'adt: HL7 messages a second to AA, one commit to the disk each, from one sender and from eight; worked off a second';

const load = (path) => import(pathToFileURL(join(root, 'dist', path)));
const perS = (count, startedMs) => round((count * 1_000) / (performance.now() - startedMs));

export async function run({ quick }) {
  const count = quick ? 200 : 2_000;
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-adt-'));
  const clock = new SystemClock();
  const stores = await open(folder, clock);
  const { Hl7Server } = await load('adapters/hl7/hl7-server.js');
  const server = new Hl7Server({
    ...{ inbound: stores.inbound, clock, host: '127.0.0.1', port: 0, tls: null },
    settings: { encoding: 'utf-8', mrnAuthority: 'HOSP', timeZone: 'UTC', processingIds: ['P'] },
    news: { answered: () => undefined, closed: () => undefined, refused: () => undefined },
  });
  const port = await server.start();
  try {
    for (const senders of [1, 8]) {
      progress(`adt: ${count} messages from ${senders} senders`);
      const startedMs = performance.now();
      await Promise.all(Array.from({ length: senders }, (_, n) => send(port, `${senders}-${n}`, count / senders)));
      report(`adt.acknowledged-${senders}-senders`, perS(count, startedMs), 'messages/s', { count, senders });
    }
    await workOff(stores, clock);
  } finally {
    await server.stop();
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function open(folder, clock) {
  const { openSqlStores } = await load('adapters/sql/index.js');
  const { sitePolicy } = await load('escalation/site-policy.js');
  return openSqlStores({
    ...{ file: join(folder, 'vigil.db'), keysFile: join(folder, 'keys.db'), clock, ownerId: 'bench', origin: 'simulated' },
    openKeys: ({ create }) => openKeyFile(join(folder, 'kek.json'), { create }),
    ...{ policy: sitePolicy({ steps: [], priorities: [] }), alarmText: () => '', demoChannels: [], webhook: false },
    alarmsConsumer: { namespace: 'bench', hub: 'bench', group: 'alarms' },
    feedAuthorities: { hl7: 'HOSP', fhir: null },
  });
}

/** One at a time, as an interface engine sends: the next after the answer. */
function send(port, name, count) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let sent = 0;
    const next = () => {
      if (sent === count) return void socket.end(resolve);
      const id = `${name}-${++sent}`;
      const at = new Date(Date.now() - 60_000)
        .toISOString()
        .replace(/[-:TZ]/g, '')
        .slice(0, 14);
      const person = `PID|1||M${id}^^^HOSP||FAMILY${id}^Given||19600102|F`;
      const text = [`MSH|^~\\&|HIS|H|V|H|${at}||ADT^A08|${id}|P|2.5.1`, `EVN||${at}`, person, 'PV1|1|I|ICU^1'].join('\r');
      socket.write(`\x0b${text}\r\x1c\r`);
    };
    socket.setNoDelay(true);
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      if (!chunk.includes('MSA|AA|')) reject(new Error('expected: AA'));
      else next();
    });
  });
}

async function workOff({ feedRecords }, clock) {
  progress('adt: works them off');
  const startedMs = performance.now();
  let done = 0;
  for (let ids = await feedRecords.next(200); ids.length > 0; ids = await feedRecords.next(200)) {
    for (const id of ids) {
      const change = {
        audit: null,
        commandId: null,
        by: null,
        source: 'hl7',
        sourceRef: id,
        nowMs: clock.nowMs(),
        wallMs: clock.wallMs(),
      };
      await feedRecords.work(id, decideFeed, change);
      done += 1;
    }
  }
  report('adt.worked-off', perS(done, startedMs), 'messages/s', { count: done, decided: 'ignored' });
}
