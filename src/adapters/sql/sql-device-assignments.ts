import type { Correction, CorrectAssignment, DeviceAssignment, DeviceId, EndAssignment, EpochMs, Page } from '@vigil/contracts';
import { type DeviceSpan, invariant } from '@vigil/domain';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { type AssignmentSnapshot, DeviceAssignments, SNAPSHOT_MS } from '../../ports/device-assignments.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { correctionOf } from './corrections-rows.js';
import { lastNumber } from './counters.js';
import { decodeCursor, pageOf } from './cursor.js';
import { deviceSpan } from './device-conflicts.js';
import { assignDevice, correctDevice, endDevice, spanForChange } from './device-assignments.js';
import { assignmentOfRow, liveSpans } from './device-assignments-rows.js';
import { isDone } from './done-commands.js';
import type { Fields } from './fields.js';
import type { DeviceAssignmentRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';
import type { Db, Tx } from './sql.js';

type Context = Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin' | 'clock'>;
type Target = { readonly assignmentId: string; readonly ifRev: number };

/** Which device is where, in SQL: docs/adr/0053. */
export class SqlDeviceAssignments extends DeviceAssignments {
  constructor(private readonly context: Context) {
    super();
  }

  async assign(request: Parameters<DeviceAssignments['assign']>[0], change: Change): Promise<Outcome<DeviceAssignment>> {
    const { commandId } = change;
    const note = await sealedNote(this.context.fields, commandId, request.note);
    const { note: _, ...content } = request;
    const wanted = { ...request, fromMs: request.fromMs ?? (Math.round(change.nowMs) as EpochMs) };
    const command = { action: 'device.assign', subject: `device:${request.deviceId}`, content };
    const repeated = await this.once(command, change, async (tx) => {
      await assignDevice(tx, this.context, wanted, { assignmentId: commandId, note }, change);
    });
    return { value: await this.found(commandId), repeated };
  }

  async end(target: Target, request: EndAssignment, change: Change): Promise<Outcome<DeviceAssignment>> {
    const { assignmentId } = target;
    const { note: _, ...content } = request;
    const note = await sealedNote(this.context.fields, assignmentId, request.note);
    const command = { action: 'device.end', subject: `assignment:${assignmentId}`, content };
    const repeated = await this.once(command, change, async (tx) => {
      const row = await spanForChange(tx, target);
      const { reason, toMs = Math.round(change.nowMs) } = request;
      await endDevice(tx, this.context, row, { reason, toMs }, { correctionId: change.commandId, note }, change);
    });
    return { value: await this.found(assignmentId), repeated };
  }

  async correct(
    target: Target,
    request: CorrectAssignment,
    change: Change,
  ): Promise<Outcome<{ readonly assignment: DeviceAssignment; readonly correction: Correction }>> {
    const { assignmentId } = target;
    const note = await sealedNote(this.context.fields, assignmentId, request.note);
    const { note: _, ...content } = request;
    const command = { action: 'assignment.correct', subject: `assignment:${assignmentId}`, content };
    const repeated = await this.once(command, change, async (tx) => {
      const row = await spanForChange(tx, target);
      await correctDevice(tx, this.context, row, request, { correctionId: change.commandId, note }, change);
    });
    const assignment = await this.found(assignmentId);
    const correction = await this.context.sql.snapshot(({ db }) => correctionOf(db, change.commandId));
    invariant(correction !== null, 'a correction that was made has its row');
    return { value: { assignment, correction }, repeated };
  }

  async find(assignmentId: string): Promise<DeviceAssignment | null> {
    const rows = await this.context.sql.query((db) =>
      db.selectFrom('device_assignment').selectAll().where('assignment_id', '=', assignmentId).execute(),
    );
    return (await this.opened(rows))[0] ?? null;
  }

  async list(query: Parameters<DeviceAssignments['list']>[0]): Promise<Page<DeviceAssignment>> {
    const rows = await this.context.sql.query((db) => listed(db, query));
    const { items, next } = pageOf(
      rows,
      query.limit,
      (row) => row,
      (row) => [row.from_ms, row.assignment_id],
    );
    return { items: await this.opened(items), next };
  }

  snapshot(nowMs: number): Promise<AssignmentSnapshot> {
    return this.context.sql.snapshot(async ({ db }) => {
      const rev = await lastNumber(db, 'assignments');
      const rows = await liveSpans(db)
        .selectAll('a')
        .where((eb) => eb.or([eb('a.to_ms', 'is', null), eb('a.to_ms', '>', Math.floor(nowMs - SNAPSHOT_MS))]))
        .execute();
      const spans = new Map<DeviceId, DeviceSpan[]>();
      // Sorted here: for an order, SQLite would read what is long over too.
      for (const row of rows.toSorted((a, b) => a.from_ms - b.from_ms)) {
        const deviceId = row.device_id as DeviceId;
        const known = spans.get(deviceId);
        if (known === undefined) spans.set(deviceId, [deviceSpan(row)]);
        else known.push(deviceSpan(row));
      }
      return { rev, spans };
    });
  }

  rev(): Promise<number> {
    return this.context.sql.query((db) => lastNumber(db, 'assignments'));
  }

  /** True when the command was carried out before. */
  private once(
    command: { readonly action: string; readonly subject: string; readonly content: unknown },
    change: Change,
    work: (tx: Tx) => Promise<void>,
  ): Promise<boolean> {
    const { commandId, wallMs } = change;
    return this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, { ...command, commandId, wallMs, by: doneBy(change) })) return true;
      await work(tx);
      return false;
    });
  }

  private async found(assignmentId: string): Promise<DeviceAssignment> {
    const value = await this.find(assignmentId);
    if (value === null) throw new PlatformError('not-found', { ids: [`assignment:${assignmentId}`] });
    return value;
  }

  private async opened(rows: readonly DeviceAssignmentRow[]): Promise<readonly DeviceAssignment[]> {
    const opened = await this.context.fields.openRows(SEALED.deviceAssignment, rows);
    return opened.map(({ row }, i) => assignmentOfRow(rows[i]!, row?.note ?? null));
  }
}

/** Sealed before the transaction. A device waits for no key: without one, it is assigned without its note. */
async function sealedNote(fields: Fields, assignmentId: string, note: string | undefined): Promise<string | null> {
  if (note === undefined) return null;
  return fields.sealRow(SEALED.deviceAssignment, { ...EMPTY, assignment_id: assignmentId, note }).then(
    (sealed) => sealed.note,
    (error: unknown) => {
      if (error instanceof PlatformError && error.code === 'keys-unavailable') return null;
      throw error;
    },
  );
}

const EMPTY: DeviceAssignmentRow = {
  ...{ assignment_id: '', device_id: '', bed_id: '', from_ms: 0, to_ms: null, channels_json: null, source: '', set_by: null },
  ...{ reason: '', note: null, rev: 1, voided_wall_ms: null, set_wall_ms: 0 },
};

function listed(db: Db, { deviceId, bedId, atMs, limit, cursor }: Parameters<DeviceAssignments['list']>[0]) {
  const after = decodeCursor(cursor, ['number', 'string']);
  let query = db
    .selectFrom('device_assignment')
    .selectAll()
    .orderBy('from_ms', 'desc')
    .orderBy('assignment_id', 'desc')
    .limit(limit + 1);
  if (deviceId !== undefined) query = query.where('device_id', '=', deviceId);
  if (bedId !== undefined) query = query.where('bed_id', '=', bedId);
  if (atMs !== undefined) {
    query = query
      .where('voided_wall_ms', 'is', null)
      .where('from_ms', '<=', atMs)
      .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', atMs)]));
  }
  if (after !== null) {
    const [ms, id] = [Number(after[0]), String(after[1])];
    query = query.where((eb) => eb.or([eb('from_ms', '<', ms), eb.and([eb('from_ms', '=', ms), eb('assignment_id', '<', id)])]));
  }
  return query.execute();
}
