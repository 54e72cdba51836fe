import { createHash } from 'node:crypto';
import { type ChangeReason, EncounterId, type FeedMove, PatientId } from '@vigil/contracts';
import { ageGroupAt, base32Of, commandIdOf, type FeedCommand, InvariantError } from '@vigil/domain';
import type { AuditEntry } from '../../ports/audit-trail.js';
import type { Change } from '../../ports/change.js';
import { appendAudit } from './audit-row.js';
import { changedPatient, type ChangedPatient, recordPatient, updatePatient } from './change-patient.js';
import type { SqlContext } from './context.js';
import { mergePatients } from './corrections-merge.js';
import { patientRow } from './directory-writes.js';
import type { PatientRow } from './schema-stays.js';
import type { Tx } from './sql.js';
import { admit, discharge } from './stays-admit.js';
import { cancelTransfer, reopenStay, voidStay } from './stays-corrections.js';
import { type SealedVisit, sealVisit } from './stays-visit.js';
import { transfer } from './transfer-stay.js';

/** What the commands of one message need of keys: made before the transaction. */
export interface Prepared {
  readonly patientId: PatientId;
  readonly encounterId: EncounterId;
  readonly recorded: PatientRow | null;
  readonly changed: ChangedPatient | null;
  readonly visit: SealedVisit | null;
  /** Birth dates of who may be admitted, by patient. */
  readonly birthDates: ReadonlyMap<string, string>;
}

/** Ids are made of the message, so that doing it again makes the same. */
function idsOf(messageId: string) {
  const part = (what: string): string =>
    base32Of(
      createHash('sha256')
        .update(JSON.stringify([messageId, what]))
        .digest(),
    );
  return { patientId: PatientId.parse(`pat-${part('patient')}`), encounterId: EncounterId.parse(`enc-${part('encounter')}`) };
}

/**
 * @param sealed records as they are stored, for what changes; @param opened the same, readable
 * @throws PlatformError 'keys-unavailable', 'conflict' for an erased patient
 */
export async function prepare(
  { fields }: Pick<SqlContext, 'fields'>,
  messageId: string,
  commands: readonly FeedCommand[],
  records: { readonly sealed: readonly PatientRow[]; readonly opened: readonly PatientRow[]; readonly nowMs: number },
): Promise<Prepared> {
  const ids = idsOf(messageId);
  const birthDates = new Map(records.opened.map((row) => [row.patient_id, row.birth_date]));
  let [recorded, changed, visit]: [PatientRow | null, ChangedPatient | null, SealedVisit | null] = [null, null, null];
  for (const command of commands) {
    if (command.do === 'recordPatient') {
      recorded = await patientRow(fields, { ...command.patient, patientId: ids.patientId });
      birthDates.set(ids.patientId, command.patient.birthDate);
    }
    if (command.do === 'updatePatient') {
      const before = records.sealed.find((row) => row.patient_id === command.patientId);
      if (before === undefined) throw new InvariantError('expected: the record that changes was looked up');
      changed = await changedPatient(fields, before, definite(command.person), records.nowMs);
    }
    if (command.do === 'admit' && command.visit !== null) {
      const patientId = command.patientId === 'recorded' ? ids.patientId : command.patientId;
      visit = await sealVisit(fields, command.visit, { encounterId: ids.encounterId, patientId });
    }
  }
  return { ...ids, recorded, changed, visit, birthDates };
}

/** What was said and nothing else. */
function definite(person: FeedMove['person']): Parameters<typeof changedPatient>[2] {
  return Object.fromEntries(Object.entries(person).filter(([, value]) => value !== undefined));
}

/**
 * One after the other. Each that is about a stay leaves an entry of its own under that stay, as a person's would, beside the one of the
 * message: whoever reviews the stay finds it there. @throws AssignmentRefused, PlatformError: the caller rolls all of them back */
export async function carryOut(
  tx: Tx,
  context: Pick<SqlContext, 'notices' | 'origin' | 'clock'>,
  commands: readonly FeedCommand[],
  prepared: Prepared,
  change: Change,
): Promise<void> {
  for (const [at, command] of commands.entries()) {
    const audit = await entryOf(tx, command, prepared, change, at);
    await one(tx, context, command, prepared, { ...change, audit, commandId: commandIdOf(change.commandId, at) });
  }
  // The entry of the message; one that a command has written by now is left as it is.
  await appendAudit(tx, change.audit, change.wallMs);
}

const STAY_ACTIONS: Readonly<Partial<Record<FeedCommand['do'], string>>> = {
  admit: 'encounter.admit',
  transfer: 'encounter.transfer',
  discharge: 'encounter.discharge',
  void: 'encounter.correct',
  reopen: 'encounter.correct',
  cancelTransfer: 'encounter.correct',
};

/** Told from that of the message, and of its other commands, by its id. */
async function entryOf(
  tx: Tx,
  command: FeedCommand,
  prepared: Prepared,
  { audit, sourceRef }: Change,
  at: number,
): Promise<AuditEntry> {
  const action = STAY_ACTIONS[command.do];
  if (action === undefined) return audit;
  const encounterId = 'encounterId' in command ? command.encounterId : prepared.encounterId;
  const stay = await tx.db.selectFrom('encounter').select('bed_id').where('encounter_id', '=', encounterId).executeTakeFirst();
  // Where the patient is until then, as in a person's entry.
  const detail = `${stay === undefined ? '' : `bed:${stay.bed_id} `}message:${sourceRef}`;
  return { ...audit, action, object: `encounter:${encounterId}`, detail, entryId: `${audit.entryId}/${at}` };
}

async function one(
  tx: Tx,
  context: Pick<SqlContext, 'notices' | 'origin' | 'clock'>,
  command: FeedCommand,
  prepared: Prepared,
  change: Change,
): Promise<void> {
  const made = (reason: ChangeReason) => ({ correctionId: change.commandId, reason, note: null });
  switch (command.do) {
    case 'recordPatient':
      return recordPatient(tx, needed(prepared.recorded), change);
    case 'updatePatient':
      return updatePatient(tx, context, needed(prepared.changed), change);
    case 'admit': {
      const patientId = command.patientId === 'recorded' ? prepared.patientId : command.patientId;
      const ageGroup = ageGroupAt(needed(prepared.birthDates.get(patientId) ?? null), command.atMs);
      const visit = prepared.visit ?? undefined;
      const { bedId, atMs } = command;
      return void (await admit(
        tx,
        context,
        { encounterId: prepared.encounterId, patientId, bedId, atMs, ageGroup, visit },
        change,
      ));
    }
    case 'transfer':
      return void (await transfer(tx, context, command, change));
    case 'discharge':
      return void (await discharge(tx, context, command, change));
    case 'void':
      return void (await voidStay(tx, context, command, made('cancelled-at-source'), change));
    case 'reopen':
      return void (await reopenStay(tx, context, command, made('cancelled-at-source'), change));
    case 'cancelTransfer':
      return void (await cancelTransfer(tx, context, command, made('cancelled-at-source'), change));
    case 'merge': {
      const into = command.into === 'recorded' ? prepared.patientId : command.into;
      return mergePatients(tx, context, { from: command.from, into }, made('merged-at-source'), change);
    }
  }
}

function needed<T>(value: T | null): T {
  if (value === null) throw new InvariantError('expected: what a command needs was prepared');
  return value;
}
