import { AlarmTransition, type DeclineReason } from '@vigil/contracts';
import { acceptEscalation, arriveEscalation, declineEscalation, type Escalation, invariant, passEscalation } from '@vigil/domain';
import type { AlarmCommand, AnswerCommand, CommandOutcome } from '../../ports/alarms.js';
import { carryOut, refused } from './alarm-commands.js';
import type { SqlContext } from './context.js';
import { keepAnswer } from './escalation-answer.js';
import { escalationChanged } from './escalation-changed.js';
import { loadEscalation, replaceEscalation } from './escalation-row.js';
import { callOffPages } from './page-call-off.js';
import type { AlarmRow } from './schema.js';
import { pinnedNow } from './pinned-route.js';
import { queueStandDowns } from './stand-downs.js';
import type { Tx } from './sql.js';

type Answer = (escalation: Escalation) => Escalation | null;

/**
 * "I am going": enough of them stop the escalation in this very transaction (D11). Accepting again by the same person changes
 * nothing.
 */
export function acceptAlarm(context: SqlContext, command: AlarmCommand): Promise<CommandOutcome> {
  return carryOut(context, 'accept', command, async (tx, alarm) => {
    const { before, after } = await answered(tx, context, { command, alarm }, (each) =>
      acceptEscalation(each, command.by, command.wallMs),
    );
    if (after === before) return null;
    await keepAnswer(tx, command, 'accept', null, after);
    return afterAccept(tx, context, command, { alarm, before, after });
  });
}

/** "I am there"; of somebody who had not accepted it is both. */
export function arriveAlarm(context: SqlContext, command: AlarmCommand): Promise<CommandOutcome> {
  return carryOut(context, 'arrive', command, async (tx, alarm) => {
    const { before, after } = await answered(tx, context, { command, alarm }, (each) =>
      arriveEscalation(each, command.by, command.wallMs),
    );
    if (after === before) return null;
    const isNew = !before.accepts.some((each) => each.by === command.by);
    if (isNew) await keepAnswer(tx, command, 'accept', null, after);
    await keepAnswer(tx, command, 'arrive', null, after);
    return isNew ? afterAccept(tx, context, command, { alarm, before, after }) : null;
  });
}

/** "Somebody else has to go": the next step follows at once when all whom this one told have said so. */
export function declineAlarm(context: SqlContext, command: AnswerCommand): Promise<CommandOutcome> {
  return carryOut(context, 'decline', command, async (tx, alarm) => {
    const { by, reason, wallMs } = command;
    const { before, after } = await answered(tx, context, { command, alarm }, (each) =>
      declineEscalation(each, by, reason, wallMs),
    );
    return after === before ? null : afterNo(tx, command, 'decline', reason, after);
  });
}

/** Who is going gives it back: the next step follows at once. */
export function passAlarm(context: SqlContext, command: AnswerCommand): Promise<CommandOutcome> {
  return carryOut(context, 'pass', command, async (tx, alarm) => {
    const { by, reason, wallMs } = command;
    const { after } = await answered(tx, context, { command, alarm }, (each) => passEscalation(each, by, reason, wallMs));
    return afterNo(tx, command, 'pass', reason, after);
  });
}

/** @throws PlatformError('conflict') where there is nothing to answer, 'revision-moved' */
async function answered(
  tx: Tx,
  context: Pick<SqlContext, 'clock' | 'policy'>,
  { command, alarm }: { readonly command: AlarmCommand; readonly alarm: AlarmRow },
  answer: Answer,
): Promise<{ before: Escalation; after: Escalation }> {
  const { clock } = context;
  const found = await loadEscalation(tx.db, command.alarmId, clock);
  invariant(found !== null, 'each alarm to have an escalation');
  const before = await pinnedNow(tx.db, context, found, AlarmTransition.parse(JSON.parse(alarm.content_json)));
  const after = answer(before);
  if (after === before) return { before, after };
  // That another is going is said to whoever has not seen it yet.
  if (after === null && before.state === 'accepted' && before.accepts.every((each) => each.by !== command.by)) {
    throw refused('conflict', command.alarmId);
  }
  if (command.ifRev !== null && command.ifRev !== before.rev) throw refused('revision-moved', command.alarmId);
  if (after === null) throw refused('conflict', command.alarmId);
  // Whoever reads "you are going" goes: it is said only of what stands in the store.
  if (!(await replaceEscalation(tx, clock, after, before.rev))) throw refused('revision-moved', command.alarmId);
  return { before, after };
}

/** Who is going is told nothing more; once enough are, nobody is, and those who were told hear that they need not come. */
async function afterAccept(
  tx: Tx,
  context: SqlContext,
  command: AlarmCommand,
  { alarm, before, after }: { readonly alarm: AlarmRow; readonly before: Escalation; readonly after: Escalation },
): Promise<'accept' | null> {
  const stops = after.state === 'accepted' && before.state !== 'accepted';
  await callOffPages(tx, command.alarmId, after.state === 'accepted' ? null : command.by);
  await escalationChanged(tx, context, AlarmTransition.parse(JSON.parse(alarm.content_json)), before, after, command.wallMs);
  if (after.state === 'accepted') {
    await queueStandDowns(tx, context, { alarmId: command.alarmId, why: 'accepted', wallMs: command.wallMs });
  }
  return stops ? 'accept' : null;
}

async function afterNo(
  tx: Tx,
  command: AlarmCommand,
  answer: 'decline' | 'pass',
  reason: DeclineReason,
  after: Escalation,
): Promise<null> {
  await keepAnswer(tx, command, answer, reason, after);
  await callOffPages(tx, command.alarmId, command.by);
  return null;
}
