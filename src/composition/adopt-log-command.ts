import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, CLOCK_FILE, type ClockAnchor, ScaledClock, SystemClock } from '@vigil/clock';
import { z } from 'zod';
import { askIdentity, logIdentity } from '../adapters/event-hubs/log-identity.js';
import { forgetHistoryPositions } from '../adapters/history-sqlite/forget-positions.js';
import { InfluxObservationStore } from '../adapters/influx/influx-store.js';
import { adoptLog, type KnownLog, knownLog } from '../adapters/sql/adopt-log.js';
import { isDatabaseInUse } from '../adapters/sql/database-use.js';
import { isPostgresInUse } from '../adapters/sql/postgres-use.js';
import { openSql } from '../adapters/sql/sql.js';
import { readInfluxSettings } from '../config-influx.js';
import { auditEntry } from '../ports/audit-trail.js';
import { type DatabasePlace, knownDatabaseOf, nameOf } from './database.js';
import { requireSafeHub } from './hub-namespace.js';

export interface AdoptLogOptions {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  /** Left out: of the data folder, or of `DATABASE_URL`. */
  readonly place?: DatabasePlace;
  /** Answers whether the person who started the command says yes to what was printed. */
  readonly confirm: () => Promise<boolean>;
}

const HubFile = z.object({ createdMs: z.number() });
/** Nothing is read by it. */
const FOR_EVER = { rawDays: 0, minuteDays: 0, hourDays: 0 };
const NOT_THERE = 'none yet; the next start makes one';

/**
 * `vigil adopt-log`: lets the platform read another event log than the one it has read so far, because that one is
 * gone. Accounts, patients, beds, alarms, history and the audit log stay. Only while the platform is stopped.
 *
 * @returns true when it was done, false when the person said no
 * @throws Error with one line that says what to do; nothing has changed then
 */
export async function adoptLogCommand({ dataDir, env, out, confirm, ...given }: AdoptLogOptions): Promise<boolean> {
  const place = given.place ?? knownDatabaseOf(dataDir, env);
  await requireStopped(place);
  const clock = eventClock(dataDir);
  const there = await logThere(dataDir, env, clock);
  const sql = await openSql(place);
  try {
    const logs = await knownLog(sql);
    requireAnother(logs, there, dataDir);
    for (const line of plan(logs.known, there)) out(line);
    if (!(await confirm())) return false;
    // Again: the person may have taken an hour, and the platform was perhaps started meanwhile.
    await sql.close();
    await requireStopped(place);
    // First: should the next step fail, the former log is still the known one, and history reads what it has once more.
    forgetHistoryPositions(join(dataDir, 'history.db'));
    await forgetInfluxPositions(env, clock);
    const waiting = await changeStore(place, { known: logs.known, there, env, clock });
    out(
      `Done. ${waiting} events (rules, devices, stays) wait for the new log. Start Vigil; watch until /health/ready says ready.`,
    );
    return true;
  } finally {
    await sql.close().catch(() => undefined);
  }
}

interface Change {
  readonly known: string | null;
  readonly there: string | null;
  readonly env: AdoptLogOptions['env'];
  readonly clock: Clock;
}

async function changeStore(place: DatabasePlace, { known, there, env, clock }: Change): Promise<number> {
  const sql = await openSql(place);
  try {
    const detail = `from ${known ?? 'none'} to ${there ?? 'the next'}`;
    const entry = { actor: 'system:cli', action: 'log.adopt', object: 'event-log', outcome: 'allowed', detail } as const;
    const nowMs = Math.round(clock.nowMs());
    const wallMs = Math.round(clock.wallMs());
    const origin = env.VIGIL_SOURCE === 'none' ? 'live' : 'simulated';
    return await adoptLog(sql, { origin, nowMs, wallMs, audit: auditEntry(entry) });
  } finally {
    await sql.close();
  }
}

/**
 * History in InfluxDB reads its log from the beginning: before the log is another one, as the start after it would go on behind a position of the
 * former; and where the rest of the site is an older copy. Nothing to do where history is a file.
 *
 * @throws Error with one line where InfluxDB is away
 */
export async function forgetInfluxPositions(env: AdoptLogOptions['env'], clock: Clock): Promise<void> {
  const { influx } = readInfluxSettings(env);
  if (influx === null) return;
  const store = new InfluxObservationStore({ ...influx, retention: FOR_EVER, clock, leaveAsIs: true });
  try {
    await store.forgetPositions();
  } catch {
    throw new Error(
      'InfluxDB of INFLUX_URL does not answer or refuses, and it knows where history stood; mend that and try again',
    );
  } finally {
    store.close();
  }
}

/** @throws Error with one line, while a Vigil has the database open */
export async function requireStopped(place: DatabasePlace): Promise<void> {
  if (place.url === null ? isDatabaseInUse(place.file) : await isPostgresInUse(place.url)) {
    throw new Error(
      `${nameOf(place)} is in use: stop Vigil (Ctrl-C, or the service), and whatever else has it open; then try again`,
    );
  }
}

function requireAnother({ known, left }: KnownLog, there: string | null, dataDir: string): void {
  if (known === null && (left === null || there !== left)) {
    throw new Error('no event log is known here, so the next start takes the one that is there; there is nothing to adopt');
  }
  if (there === null || (there !== known && there !== left)) return;
  throw new Error(
    `the log that is there (${there}) is the known one or an older copy of it, and can't be adopted: it would be read from its ` +
      `beginning, over what came later. If /health/ready says another-log, it is an older copy: move its folder out of ` +
      `${join(dataDir, 'hub')}, so that the next start makes a new log, and run this again`,
  );
}

function plan(known: string | null, there: string | null): readonly string[] {
  return [
    `known     ${known ?? 'none'}`,
    `there     ${there ?? NOT_THERE}`,
    'Vigil is going to read the log that is there from its beginning, and to forget where it stood in the known one.',
    'LOST      events of the known log that were not read: readings, so alarms of that time are not found; history has a gap.',
    'KEPT      accounts, patients, beds, history, the audit log, and alarms: what is open stays open, and new readings judge it anew.',
    'There is no way back: bring the known log back first if it can be found (docs/runbook.md, "another-log").',
  ];
}

/** Event time as the platform left it. Read only: the settings of this command may not be those of the platform. */
function eventClock(dataDir: string): Clock {
  const file = join(dataDir, CLOCK_FILE);
  return existsSync(file) ? new ScaledClock(JSON.parse(readFileSync(file, 'utf8')) as ClockAnchor) : new SystemClock();
}

/** Null for a local hub that has no log yet. A hub elsewhere is asked. */
async function logThere(dataDir: string, env: AdoptLogOptions['env'], clock: Clock): Promise<string | null> {
  const hubName = env.VIGIL_HUB_NAME || 'vigil';
  const connectionString = env.EVENT_HUBS_CONNECTION_STRING;
  if (connectionString !== undefined && connectionString !== '') {
    requireSafeHub(connectionString);
    const identifier = `adopt-log-${randomUUID()}`;
    return askIdentity({ connectionString, hubName, identifier, clock }).catch(() => {
      throw new Error(
        'the hub of EVENT_HUBS_CONNECTION_STRING does not answer, so it is not known which log is there; try again',
      );
    });
  }
  const file = join(dataDir, 'hub', hubName, 'meta.json');
  if (!existsSync(file)) return null;
  try {
    const { createdMs } = HubFile.parse(JSON.parse(readFileSync(file, 'utf8')));
    return logIdentity(hubName, new Date(createdMs));
  } catch {
    throw new Error(`${file} is damaged, so it is not known which log is there; restore it, or move its folder away`);
  }
}
