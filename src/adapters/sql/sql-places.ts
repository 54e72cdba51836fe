import {
  BedAlias,
  type BedId,
  BedPlace,
  type CareUnitId,
  CareUnitPlace,
  type NewBed,
  type Page,
  type PlaceName,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { Places } from '../../ports/places.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { lastNumber } from './counters.js';
import { decodeCursor, pageOf } from './cursor.js';
import { isDone } from './done-commands.js';
import * as places from './places.js';
import type { Tx } from './sql.js';

type Context = Pick<SqlContext, 'sql' | 'notices' | 'origin'>;

interface Command {
  readonly action: string;
  readonly subject: string;
  readonly content: unknown;
}

/** Care units, beds and what the hospital calls them, in SQL. */
export class SqlPlaces extends Places {
  constructor(private readonly context: Context) {
    super();
  }

  async careUnit(careUnitId: CareUnitId): Promise<CareUnitPlace | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('care_unit').selectAll().where('care_unit_id', '=', careUnitId).executeTakeFirst(),
    );
    if (row === undefined) return null;
    return CareUnitPlace.parse({ careUnitId, label: row.label, retired: row.retired_wall_ms !== null, rev: row.rev });
  }

  addCareUnit(unit: Parameters<Places['addCareUnit']>[0], change: Change): Promise<Outcome<CareUnitPlace>> {
    const { careUnitId } = unit;
    const command = { action: 'place.add', subject: `careUnit:${careUnitId}`, content: unit };
    return this.unitAfter(careUnitId, command, change, (tx) => places.addCareUnit(tx, unit, change));
  }

  changeCareUnit(
    target: Parameters<Places['changeCareUnit']>[0],
    label: string,
    change: Change,
  ): Promise<Outcome<CareUnitPlace>> {
    const { careUnitId } = target;
    const command = { action: 'place.change', subject: `careUnit:${careUnitId}`, content: { label } };
    const work = (tx: Tx) => places.changeCareUnit(tx, this.context, target, { label }, change);
    return this.unitAfter(careUnitId, command, change, work);
  }

  retireCareUnit(target: Parameters<Places['retireCareUnit']>[0], change: Change): Promise<Outcome<CareUnitPlace>> {
    const { careUnitId } = target;
    const command = { action: 'place.retire', subject: `careUnit:${careUnitId}`, content: {} };
    return this.unitAfter(careUnitId, command, change, (tx) =>
      places.changeCareUnit(tx, this.context, target, 'retired', change),
    );
  }

  async bed(bedId: BedId): Promise<BedPlace | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('bed').selectAll().where('bed_id', '=', bedId).executeTakeFirst(),
    );
    if (row === undefined) return null;
    const { care_unit_id: careUnitId, label, rev } = row;
    return BedPlace.parse({ bedId, careUnitId, label, retired: row.retired_wall_ms !== null, rev });
  }

  addBed(bed: NewBed, change: Change): Promise<Outcome<BedPlace>> {
    const command = { action: 'place.add', subject: `bed:${bed.bedId}`, content: bed };
    return this.bedAfter(bed.bedId, command, change, (tx) => places.addBed(tx, this.context, bed, change));
  }

  changeBed(...[target, to, change]: Parameters<Places['changeBed']>): Promise<Outcome<BedPlace>> {
    const { bedId, reason } = target;
    const command = { action: 'place.change', subject: `bed:${bedId}`, content: { ...to, reason } };
    return this.bedAfter(bedId, command, change, (tx) => places.changeBed(tx, this.context, target, to, change));
  }

  retireBed(target: Parameters<Places['retireBed']>[0], change: Change): Promise<Outcome<BedPlace>> {
    const { bedId } = target;
    const command = { action: 'place.retire', subject: `bed:${bedId}`, content: {} };
    return this.bedAfter(bedId, command, change, (tx) => places.retireBed(tx, this.context, target, change));
  }

  async aliases({ limit, cursor }: Parameters<Places['aliases']>[0]): Promise<Page<BedAlias>> {
    const after = decodeCursor(cursor, ['string', 'string']);
    const rows = await this.context.sql.query((db) => {
      let query = db
        .selectFrom('bed_alias')
        .selectAll()
        .orderBy('system')
        .orderBy('value')
        .limit(limit + 1);
      if (after !== null) {
        const [system, value] = [String(after[0]), String(after[1])];
        query = query.where((eb) =>
          eb.or([eb('system', '>', system), eb.and([eb('system', '=', system), eb('value', '>', value)])]),
        );
      }
      return query.execute();
    });
    return pageOf(
      rows,
      limit,
      ({ system, value, bed_id: bedId, set_by: by, at_wall_ms: atWallMs }) =>
        BedAlias.parse({ system, value, bedId, by, atWallMs }),
      (row) => [row.system, row.value],
    );
  }

  async aliasOf({ system, value }: PlaceName): Promise<BedId | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('bed_alias as n')
        .innerJoin('bed as b', 'b.bed_id', 'n.bed_id')
        .select('n.bed_id')
        .where('n.system', '=', system)
        .where('n.value', '=', value)
        .where('b.retired_wall_ms', 'is', null)
        .executeTakeFirst(),
    );
    return (row?.bed_id as BedId | undefined) ?? null;
  }

  async setAlias(name: PlaceName, bedId: BedId, change: Change, ifRev?: number): Promise<Outcome<BedAlias>> {
    const command = { action: 'place.alias', subject: `bed:${bedId}`, content: name };
    const repeated = await this.once(command, change, (tx) => places.setAlias(tx, name, bedId, change, ifRev));
    return { value: BedAlias.parse({ ...name, bedId, by: change.by, atWallMs: Math.round(change.wallMs) }), repeated };
  }

  async removeAlias(name: PlaceName, change: Change, ifRev?: number): Promise<void> {
    const command = { action: 'place.alias.remove', subject: 'bed-alias', content: name };
    await this.once(command, change, (tx) => places.removeAlias(tx, name, change, ifRev));
  }

  rev(): Promise<number> {
    return this.context.sql.query((db) => lastNumber(db, 'places'));
  }

  private async bedAfter(
    bedId: BedId,
    command: Command,
    change: Change,
    work: (tx: Tx) => Promise<void>,
  ): Promise<Outcome<BedPlace>> {
    const repeated = await this.once(command, change, work);
    const value = await this.bed(bedId);
    if (value === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    return { value, repeated };
  }

  private async unitAfter(
    careUnitId: CareUnitId,
    command: Command,
    change: Change,
    work: (tx: Tx) => Promise<void>,
  ): Promise<Outcome<CareUnitPlace>> {
    const repeated = await this.once(command, change, work);
    const value = await this.careUnit(careUnitId);
    if (value === null) throw new PlatformError('not-found', { ids: [`careUnit:${careUnitId}`] });
    return { value, repeated };
  }

  private once(command: Command, change: Change, work: (tx: Tx) => Promise<void>): Promise<boolean> {
    const { commandId, wallMs } = change;
    return this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, { ...command, commandId, wallMs, by: doneBy(change) })) return true;
      await work(tx);
      return false;
    });
  }
}
