import { join } from 'node:path';
import type { Site } from '@vigil/contracts';
import { ApiClient } from '../support/api-client.js';
import { MailServer } from '../support/mail-server.js';
import { patient } from '../support/patience.js';
import { Stack } from '../support/stack.js';
import { twoSteps } from '../support/two-steps.js';
import { until } from '../support/until.js';
import { Acceptor } from './acceptor.js';
import { compareAlarms, storedTransitions, type AlarmFigures } from './check-alarms.js';
import { type HistoryFigures, type SentReadings } from './check-history.js';
import { comparePages, readPaging, type PageFigures, type PagingStore } from './check-pages.js';
import { BEDS, Generators, STANDING_BED, WAVE_BED } from './generators.js';
import { type KillPlan, planKills, STORE_TARGETS, type Target } from './kill-plan.js';
import { byKind, withKillRules } from './kill-rules.js';
import { type Move, Mover } from './mover.js';
import { copyEverything, type Postgres } from '../support/postgres.js';
import { carryOut, type Outage, RECOVERY_MS_MAX } from './outages.js';

const SPEED = 10;
/** So slow that a kill now and then meets a page whose mail is taken and not yet answered. */
const MAIL_ANSWER_MS = 250;
const STEP_WAITS_S = [5, 10] as const;
const DRAIN_MS = 60_000;
const REPLAYS_MAX = 5;
const CAUGHT_UP_MS = 60_000;
/** A page that was claimed by a process which died is taken over after 30 s. */
const PAGES_MS = 60_000;

/** Each from one partition to another, with 4 partitions and with 8. The first bed of each has a heart rate that runs into alarms. */
const MOVES: readonly Move[] = [
  { encounterId: 'demo-stay-10', bedIds: ['icu-10', 'icu-7'] },
  { encounterId: 'demo-stay-11', bedIds: ['icu-11', 'icu-4'] },
];

/** A server of its own, and a database on it. */
export interface WardPostgres {
  readonly server: Postgres;
  readonly url: string;
}

export interface WardOptions {
  readonly kills: KillPlan;
  readonly messagesPerSecond: number;
  /** The platform's database; left out, a file. */
  readonly postgres?: WardPostgres;
  readonly onOutage?: (outage: Outage, done: number) => void;
}

export interface WardReport {
  readonly outages: readonly Outage[];
  readonly unacked: number;
  readonly history: HistoryFigures;
  readonly alarms: AlarmFigures;
  readonly replaysDiffer: boolean;
  readonly pages: PageFigures;
  readonly withoutEscalation: number;
  /** Steps for which the alarm that nobody accepts has a page that was sent. */
  readonly standingSteps: readonly number[];
  readonly accepts: { readonly answered: number; readonly repeated: number; readonly lost: number };
  /** What people did who move patients and chart, as far as they had an answer. */
  readonly people: { readonly moved: number; readonly charted: number };
  /** Transitions by the kind of their rule, and those of alarms that went to another bed. */
  readonly byKind: Readonly<Record<string, number>>;
}

/** What the platform says at level error while its database is away, which is meant to be loud. */
const OF_AN_ABSENT_STORE = [
  /"(code|err|says)":"[^"]*(store|audit|anchor)-unavailable/,
  /could not be recorded; it is sent again/,
];

function withEmptyBeds(site: Site): Site {
  const empty = new Set<string>(MOVES.map(({ bedIds }) => bedIds[1]));
  return { ...site, encounters: site.encounters.filter(({ bedId }) => !empty.has(bedId)) };
}

/**
 * A ward under load whose gateway, hub and platform are killed: eight monitors with every metric, four whose heart rate
 * runs into alarms, a nurse who accepts some of those, people who move two of the patients to and fro and chart, and a mail
 * server that keeps every page. Afterwards everything is
 * held against what the generators, the nurse and the mail server know by themselves.
 */
export async function runWard(options: WardOptions): Promise<WardReport> {
  const mailServer = new MailServer(MAIL_ANSWER_MS);
  const stack = await Stack.make({
    beds: BEDS,
    speed: SPEED,
    env: {
      platform: {
        ...{ SMTP_URL: await mailServer.start(), VIGIL_DEMO_CHANNELS: 'smtp' },
        ...(options.postgres === undefined ? {} : { DATABASE_URL: options.postgres.url }),
      },
    },
    ...(options.postgres === undefined ? {} : { expectedErrors: OF_AN_ABSENT_STORE }),
    site: (demo) => ({
      ...withKillRules(withEmptyBeds(demo)),
      escalation: twoSteps(STEP_WAITS_S),
    }),
  });
  try {
    return await stack.run(async () => {
      const disturbed = await disturb(stack, options);
      const store = databaseOf(stack, options.postgres);
      const replays = await settle(stack, store, disturbed.readings);
      return { ...disturbed.report, ...(await hold(stack, store, disturbed, replays, mailServer)) };
    });
  } finally {
    await mailServer.stop();
  }
}

interface Disturbed {
  readonly readings: SentReadings;
  readonly acceptor: Acceptor;
  readonly report: Pick<WardReport, 'outages' | 'unacked' | 'people'>;
}

/** Generates, kills, and waits until everything that was generated is acknowledged. */
async function disturb(stack: Stack, options: WardOptions): Promise<Disturbed> {
  await stack.start('hub', 'platform', 'gateway');
  const generators = new Generators(stack, options.messagesPerSecond);
  let acceptor: Acceptor | null = null;
  let mover: Mover | null = null;
  try {
    await generators.ready();
    // The charge nurse sees and accepts for the whole care unit.
    const api = await ApiClient.signIn(stack.url, 'carol', stack.password('carol'));
    await until('readings are shown', async () => (await api.bed(WAVE_BED)).readings.length > 0, patient(RECOVERY_MS_MAX));
    acceptor = new Acceptor(api, options.kills.seed, STANDING_BED);
    mover = new Mover(api, options.kills.seed, MOVES);
    const outages: Outage[] = [];
    const clock = stack.clock();
    const nextPuback = (): Promise<void> => generators.nextPuback();
    for (const plan of planKills(options.kills)) {
      const parts = {
        stack,
        api,
        clock,
        bedId: WAVE_BED,
        nextPuback,
        ...(options.postgres && { postgres: options.postgres.server }),
      };
      const outage = await carryOut(plan, parts);
      outages.push(outage);
      options.onOutage?.(outage, outages.length);
    }
    await mover.stop();
    const unacked = await generators.drain(patient(DRAIN_MS));
    const { moved, charted } = mover;
    return { readings: generators.sent(), acceptor, report: { outages, unacked, people: { moved, charted } } };
  } finally {
    await acceptor?.stop();
    await mover?.stop();
    await generators.close();
  }
}

/** Lets everything reach its place, stops gateway and platform, and replays the log twice. */
async function settle(stack: Stack, database: Database, readings: SentReadings): Promise<readonly [string, string]> {
  const gatewayMetrics = async (): Promise<string> => (await fetch(`${stack.gatewayUrl}/metrics`)).text();
  await until(
    'the spool is empty',
    async () => /^vigil_gateway_spool_pending 0$/m.test(await gatewayMetrics()),
    patient(DRAIN_MS),
  );
  const steps = async (): Promise<number> => {
    const paging = readPaging(await database());
    return paging.pages.filter(isOfStandingBed(paging)).length;
  };
  await until(
    'the alarm that nobody accepts has told everybody',
    async () => (await steps()) >= STEP_WAITS_S.length,
    patient(PAGES_MS),
  );
  await stack.stop('gateway');
  await untilStored(stack, readings);
  const first = await replayOfAll(stack, database);
  await stack.stop('platform');
  return [first, stack.cli('replay', '--no-compare')];
}

/**
 * History waits while alarms need the machine, and what the platform says of its lag may be some seconds old: what is stored is
 * looked at itself. What never comes is told at the end, with its places.
 */
async function untilStored(stack: Stack, readings: SentReadings): Promise<void> {
  const isStored = async (): Promise<boolean> => (await readings.compare(historyOf(stack))).missing === 0;
  await until('history has all that was acknowledged', isStored, patient(CAUGHT_UP_MS)).catch(() => undefined);
}

/** A file with what the platform has stored by now. */
type Database = () => Promise<string>;

/** Of PostgreSQL, a copy of it each time. */
function databaseOf(stack: Stack, postgres: WardPostgres | undefined): Database {
  const file = join(stack.dataDir, 'vigil.db');
  return async () => {
    if (postgres !== undefined) await copyEverything(postgres.url, file);
    return file;
  };
}

const historyOf = (stack: Stack): string => join(stack.dataDir, 'history.db');

/**
 * A replay of what the platform has stored as well, at a moment at which no page waits. What an escalation that ends puts on the log
 * meanwhile, or the alarm of a gateway that is gone, takes another one.
 */
async function replayOfAll(stack: Stack, database: Database): Promise<string> {
  // What joined a message waits with it, and is told by it.
  const isQueued = ({ state, joined }: PagingStore['pages'][number]): boolean => state === 'queued' && joined === null;
  const queued = async (): Promise<number> => readPaging(await database()).pages.filter(isQueued).length;
  for (let tries = 1; ; tries++) {
    await until('every page is sent', async () => (await queued()) === 0, patient(PAGES_MS)).catch(() => undefined);
    const replayed = stack.cli('replay', '--no-compare');
    const derived = replayed.split('\n').filter((line) => line !== '').length;
    const stored = async (): Promise<number> => storedTransitions(await database()).size;
    await until('the platform has caught up', async () => (await stored()) >= derived, patient(CAUGHT_UP_MS)).catch(
      () => undefined,
    );
    if (((await stored()) === derived && (await queued()) === 0) || tries === REPLAYS_MAX) return replayed;
  }
}

function isOfStandingBed({ escalations }: PagingStore): (page: PagingStore['pages'][number]) => boolean {
  const ids = new Set(escalations.filter((e) => e.bed_id === STANDING_BED).map((e) => e.alarm_id));
  return (page) => ids.has(page.alarm_id) && page.state === 'sent';
}

async function hold(
  stack: Stack,
  database: Database,
  { readings, acceptor, report: { outages } }: Disturbed,
  [first, second]: readonly [string, string],
  { mails }: MailServer,
): Promise<Omit<WardReport, 'outages' | 'unacked' | 'people'>> {
  const paging = readPaging(await database());
  // Whether a mail had left is open, too, when its store went away before that was kept.
  const forgot = new Set<Target>(['platform', 'all', 'everything', ...STORE_TARGETS]);
  const losses = outages
    .filter(({ target }) => forgot.has(target))
    .map(({ killedMs, away }) => ({ fromMs: killedMs, toMs: killedMs + (away?.awayMs ?? 0) }));
  const kept = new Map(paging.escalations.map((e) => [e.alarm_id, e]));
  const accepted = [...acceptor.accepted];
  return {
    history: await readings.compare(historyOf(stack)),
    alarms: compareAlarms(storedTransitions(await database()), first),
    replaysDiffer: first !== second,
    byKind: byKind(first, stack.site().ruleSet.rules),
    pages: comparePages(paging, mails, losses),
    withoutEscalation: paging.withoutEscalation,
    standingSteps: [...new Set(paging.pages.filter(isOfStandingBed(paging)).map((page) => page.step))].sort(),
    accepts: {
      answered: accepted.length,
      repeated: acceptor.repeated,
      lost: accepted.filter((id) => kept.get(id)?.state !== 'accepted' || kept.get(id)?.accepted_by !== 'carol').length,
    },
  };
}
