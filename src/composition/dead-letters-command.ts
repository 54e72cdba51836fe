import { readFileSync } from 'node:fs';
import type { Clock } from '@vigil/clock';
import { DeadLetterId, type DeadLetterRow } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { SqlStores } from '../adapters/sql/index.js';
import { CannotRerun, rerunDeadLetter } from '../dead-letters/rerun.js';
import { auditEntry } from '../ports/audit-trail.js';
import { type Machine, withCommandStores } from './command-stores.js';

/** What `vigil dead-letters …` is asked to do. `withFile`: a corrected event, as JSON. */
export type DeadLettersCommand =
  | { readonly do: 'list'; readonly limit: number }
  | { readonly do: 'show'; readonly id: string }
  | { readonly do: 'rerun'; readonly id: string; readonly withFile?: string | undefined };

const WHAT_NEXT =
  'What the reasons mean: docs/runbook.md#dead-letters. Read one again: vigil dead-letters rerun <id> [--with <corrected file>]';

/**
 * Looks at dead letters from the machine that Vigil runs on, whether it runs or not, and has them read again: the event leaves with
 * the platform's relay. Only here the content is shown, which may be a patient's readings; the audit trail says that it was.
 *
 * @returns lines for the terminal
 * @throws Error with one line that says what to do
 */
export async function deadLettersCommand(machine: Machine, command: DeadLettersCommand): Promise<string[]> {
  try {
    return await withCommandStores(machine, (stores, clock) => run(stores, clock, command));
  } catch (error) {
    if (error instanceof CannotRerun) throw new Error(error.message, { cause: error });
    throw error instanceof PlatformError ? new Error(advice(error.code), { cause: error }) : error;
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
