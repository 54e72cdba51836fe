import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@vigil/clock';
import { DeadLetterId, type DeadLetterRow } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { openSqlStores, type SqlStores } from '../adapters/sql/index.js';
import { readSettings } from '../config.js';
import { CannotRerun, rerunDeadLetter } from '../dead-letters/rerun.js';
import { auditEntry } from '../ports/audit-trail.js';
import { eventClock } from './event-clock.js';
import { openKeys } from './open-keys.js';

/** What `vigil dead-letters …` is asked to do. `withFile`: a corrected event, as JSON. */
export type DeadLettersCommand =
  | { readonly do: 'list'; readonly limit: number }
  | { readonly do: 'show'; readonly id: string }
  | { readonly do: 'rerun'; readonly id: string; readonly withFile?: string | undefined };

const WHAT_NEXT =
  'What the reasons mean: docs/runbook.md#dead-letters. Read one again: vigil dead-letters rerun <id> [--with <corrected file>]';

interface Machine {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Looks at dead letters from the machine that Vigil runs on, whether it runs or not, and has them read again: the event leaves with
 * the platform's relay. Only here the content is shown, which may be a patient's readings; the audit trail says that it was.
 *
 * @returns lines for the terminal
 * @throws Error with one line that says what to do
 */
export async function deadLettersCommand({ dataDir, env }: Machine, command: DeadLettersCommand): Promise<string[]> {
  const file = join(dataDir, 'vigil.db');
  if (!existsSync(file)) throw new Error(`no ${file}: start Vigil once, or name its folder with --data-dir`);
  const clock = eventClock(dataDir);
  const stores = await openSqlStores({
    ...{ file, keysFile: join(dataDir, 'keys.db'), clock, policy: { steps: [], priorities: [] } },
    openKeys: ({ create }) => openKeys(readSettings({ VIGIL_KEYS: env.VIGIL_KEYS }).keys, dataDir, { create }),
    origin: env.VIGIL_SOURCE === 'none' ? 'live' : 'simulated',
    ...{ alarmText: () => '', demoChannels: [], webhook: false, ownerId: 'cli' },
    alarmsConsumer: { namespace: '', hub: '', group: '' },
  });
  try {
    return await run(stores, clock, command);
  } catch (error) {
    if (error instanceof CannotRerun) throw new Error(error.message, { cause: error });
    throw error instanceof PlatformError ? new Error(advice(error.code), { cause: error }) : error;
  } finally {
    await stores.close();
  }
}

async function run(stores: SqlStores, clock: Clock, command: DeadLettersCommand): Promise<string[]> {
  if (command.do === 'list') {
    const { items } = await stores.deadLetters.list({ limit: command.limit });
    return items.length === 0 ? ['none'] : [...items.map(lineOf), WHAT_NEXT];
  }
  const id = DeadLetterId.safeParse(command.id).data;
  if (id === undefined) throw new Error('the id of a dead letter is 32 characters of 0-9 and a-f: see `vigil dead-letters list`');
  const known = {
    actor: 'system:cli',
    action: `dead-letter.${command.do}`,
    object: `dead-letter:${id}`,
    outcome: 'allowed' as const,
  };
  const audit = auditEntry(known);
  const wallMs = Math.round(clock.wallMs());
  if (command.do === 'show') {
    const content = await stores.deadLetters.content(id);
    if (content === null) throw new PlatformError('not-found');
    await stores.auditTrail.append(audit, wallMs);
    return [content === '' ? 'the content is not kept: it was too large, or there was no key' : content];
  }
  const corrected = command.withFile === undefined ? {} : { corrected: readFileSync(command.withFile, 'utf8') };
  const who = { audit, nowMs: Math.round(clock.nowMs()), wallMs };
  const event = await rerunDeadLetter(stores.deadLetters, id, { who, rate: clock.rate, ...corrected });
  return [`${event.kind} ${event.id} is on its way to the log; Vigil has to run for that`];
}

function lineOf({ id, reason, kind, bedId, partition, sequence, hubAtMs, detail, rerunAtMs }: DeadLetterRow): string {
  const again = rerunAtMs === null ? '' : '  read again';
  return `${id}  ${new Date(hubAtMs).toISOString()}  ${reason}  ${kind}  ${bedId ?? '-'}  ${partition}/${sequence}  ${detail}${again}`;
}

function advice(code: PlatformError['code']): string {
  if (code === 'not-found') return 'there is no such dead letter: see `vigil dead-letters list`';
  if (code === 'conflict') return 'it was read again already; if it failed again there is a new letter of it';
  return `${code}: it can not be done now; see docs/runbook.md#${code}`;
}
