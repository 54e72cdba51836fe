/**
 * From the commit of an alarm to the call of the provider, from an accept to the end of its escalation, pages a second, and a round of
 * the escalator with 10,000 that are open. The real stores, escalator and sender; a provider in this process that answers at once.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { alarmIdOf } from '@vigil/domain';
import { SystemClock } from '@vigil/clock';
import { progress, quantile, report, round, sleep } from './lib/report.mjs';
import { root } from './lib/stack.mjs';
import { batchOf, claim, onsetOf, openStores, siteOf } from './lib/stores.mjs';

export const about =
  'escalation: committed alarm to provider call, accept to its end, pages a second, and a round with 10,000 open escalations';

const BEDS = 200;
const NURSES = 20;
const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const log = { error: (facts, text) => progress(`${text} ${JSON.stringify(facts)}`), warn: () => undefined };
let n = 0;

export async function run({ quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-escalation-'));
  try {
    const ward = await open(folder);
    await oneByOne(ward, quick ? 30 : 200);
    await atOnce(ward, quick ? 100 : 500);
    await ward.stop();
    await open10000(ward, quick ? 1_000 : 10_000);
    await ward.stores.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Beds with a nurse each, who is told at once and again after an hour. */
async function open(folder) {
  const { sitePolicy } = await built('escalation/site-policy.js');
  const { Escalator } = await built('escalation/escalator.js');
  const { PageSender } = await built('escalation/page-sender.js');
  const clock = new SystemClock();
  const steps = [{ tell: 'primary', waitS: 3_600 }];
  const policy = sitePolicy({ steps, priorities: ['high', 'medium'] });
  const stores = await openStores(folder, { clock, policy, demoChannels: ['smtp'], smtp: true });
  await stores.directory.seed(siteWithNurses(steps), new Map(), { nowMs: Date.now(), wallMs: Date.now(), rate: 1 });
  await claim(stores);
  const calls = new Map();
  const onCall = new Set();
  const pager = {
    channel: 'smtp',
    send: (page) => {
      calls.set(page.alarmId, performance.now());
      for (const tell of [...onCall]) tell(page);
      return Promise.resolve({ receipt: 'ok' });
    },
  };
  const parts = { escalations: stores.escalations, directory: stores.directory, feed: stores.alarmFeed, clock, log };
  const escalator = new Escalator({ ...parts, publicUrl: 'https://vigil.test' });
  const sender = new PageSender({ ...parts, pagers: { all: () => [pager] } });
  escalator.start();
  sender.start();
  const stop = async () => {
    await escalator.stop();
    await sender.stop();
  };
  return { stores, escalator, calls, onCall, stop };
}

function siteWithNurses(steps) {
  const site = siteOf(BEDS);
  const nurses = Array.from({ length: NURSES }, (_, i) => `nurse-${i}`);
  const staff = nurses.map((id) => ({ staffId: id, username: id, name: id, roles: ['nurse'], email: `${id}@hospital.test` }));
  const staffAssignments = site.beds.map(({ bedId }, i) => ({
    staffId: nurses[i % NURSES],
    careUnitId: 'icu',
    bedId,
    role: 'primary',
  }));
  const escalation = { steps, priorities: ['high', 'medium'] };
  return { ...site, patients: [], encounters: [], staff, staffAssignments, escalation };
}

const alarmAt = (bed, onsetMs = Date.now()) => onsetOf(alarmIdOf, n++, `icu-${1 + (bed % BEDS)}`, { onsetMs });

/** One alarm after the other, with time to breathe between them. */
async function oneByOne({ stores, calls }, times) {
  const toCall = [];
  const toEnd = [];
  for (let i = 0; i < times; i++) {
    const alarm = alarmAt(i);
    await stores.alarmState.commit(batchOf([alarm]));
    const committedMs = performance.now();
    while (!calls.has(alarm.alarmId) && performance.now() - committedMs < 10_000) await sleep(1);
    toCall.push(calls.get(alarm.alarmId) - committedMs);
    const acceptedMs = performance.now();
    const { escalation } = await accept(stores, alarm, i);
    if (escalation.state !== 'accepted') throw new Error('an accept that stops nothing');
    toEnd.push(performance.now() - acceptedMs);
    await sleep(20);
  }
  const of = (values) => ({ p99: round(quantile(values, 0.99)), times });
  report('escalation.commit-to-provider', round(quantile(toCall, 0.5)), 'ms p50', of(toCall));
  report('escalation.accept-to-end', round(quantile(toEnd, 0.5)), 'ms p50', of(toEnd));
}

async function accept(stores, { alarmId }, i) {
  const entry = { entryId: null, actor: 'bench', roles: [], action: 'alarm.accept', object: `alarm:${alarmId}`, patientIds: [] };
  const audit = {
    ...entry,
    outcome: 'allowed',
    detail: '',
    ip: null,
    stationId: null,
    sessionRef: null,
    purpose: null,
    grantId: null,
  };
  const who = { by: `nurse-${i % NURSES}`, commandId: randomUUID(), ifRev: null, audit };
  const { alarm } = await stores.alarms.accept({ ...who, alarmId, nowMs: Date.now(), wallMs: Date.now() });
  return alarm;
}

/** All at one time: until the last of them has been told of. Several that leave in one message count as so many. */
async function atOnce({ stores, calls, onCall }, alarms) {
  const storm = Array.from({ length: alarms }, (_, i) => alarmAt(i));
  const told = new Set();
  let messages = 0;
  const note = () => (messages += 1);
  onCall.add(note);
  const startedMs = performance.now();
  for (let at = 0; at < alarms; at += 50) await stores.alarmState.commit(batchOf(storm.slice(at, at + 50)));
  const committedMs = performance.now() - startedMs;
  while (told.size < alarms && performance.now() - startedMs < 120_000) {
    await sleep(5);
    for (const { alarmId } of storm) if (calls.has(alarmId)) told.add(alarmId);
    if (told.size < alarms) for (const id of await sent(stores, storm, told)) told.add(id);
  }
  const tookMs = performance.now() - startedMs;
  onCall.delete(note);
  const about = { alarms, told: told.size, messages, committedMs: round(committedMs), tookMs: round(tookMs) };
  report('escalation.pages', Math.round((told.size * 1_000) / tookMs), 'pages/s', about);
}

/** Alarms whose page has left in the message of another. */
async function sent({ alarms }, storm, told) {
  const found = [];
  for (const { alarmId } of storm.filter((each) => !told.has(each.alarmId)).slice(0, 20)) {
    const view = await alarms.get(alarmId);
    if (view.escalation.pages.some((page) => page.state === 'sent' || page.joined !== null)) found.push(alarmId);
  }
  return found;
}

/** Escalations that wait for their next step, which is an hour away: what a round costs that finds none due. */
async function open10000({ stores, escalator }, open) {
  progress(`${open} open escalations`);
  for (let at = 0; at < open; at += 100) {
    const some = Array.from({ length: 100 }, (_, i) => alarmAt(at + i));
    await stores.alarmState.commit(batchOf(some));
    while (await escalator.runOnce());
  }
  const took = [];
  for (let i = 0; i < 50; i++) {
    const startedMs = performance.now();
    await escalator.runOnce();
    took.push(performance.now() - startedMs);
  }
  report('escalation.idle-round', round(quantile(took, 0.5)), 'ms', {
    open,
    p99: round(quantile(took, 0.99)),
    times: took.length,
  });
  const due = Array.from({ length: 50 }, (_, i) => alarmAt(i));
  await stores.alarmState.commit(batchOf(due));
  const startedMs = performance.now();
  await escalator.runOnce();
  report('escalation.due-round', round(performance.now() - startedMs), 'ms', { open, due: due.length });
}
