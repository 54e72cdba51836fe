import type { BedId, PlaceName } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { type SiteNow, type SiteStep, SiteStore } from '../../ports/site-store.js';
import { appendAudit } from './audit-row.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { Listeners } from './notices.js';
import * as places from './places.js';
import { siteNow } from './site-now.js';
import type { Tx } from './sql.js';
import { takeDevice, takeDuty } from './site-steps.js';

type Context = Pick<SqlContext, 'sql' | 'notices' | 'origin'>;

/** The site as a whole, in SQL. */
export class SqlSiteStore extends SiteStore {
  constructor(private readonly context: Context) {
    super();
  }

  now(): Promise<SiteNow> {
    return this.context.sql.snapshot((tx) => siteNow(tx));
  }

  change({ content, decide }: Parameters<SiteStore['change']>[0], change: Change): Promise<boolean> {
    const { commandId, wallMs, audit } = change;
    const command = { commandId, wallMs, action: 'site.import', subject: 'site', by: doneBy(change), content };
    return this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, command)) return true;
      const steps = decide(await siteNow(tx));
      await appendAudit(tx, { ...audit, detail: `${audit.detail}, ${steps.length} changes` }, wallMs);
      const told = new Set<BedId>();
      const quiet = quietly(this.context, told);
      for (const step of steps) await take(tx, quiet, step, change);
      tx.afterCommit(() => this.context.notices.directory.tell([...told]));
      return false;
    });
  }
}

/** Whoever listens makes a picture of the whole site for each thing that is told, so all of it is told as one. */
function quietly(context: Context, told: Set<BedId>): Context {
  const directory = new Listeners<readonly BedId[]>();
  directory.add((bedIds) => {
    for (const bedId of bedIds) told.add(bedId);
  });
  return { ...context, notices: { ...context.notices, directory } };
}

/** Each thing that changes has an audit entry of its own beside that of the import, so that who looks for it finds it. */
async function take(tx: Tx, context: Context, step: SiteStep, change: Change): Promise<void> {
  const of = (object: string): Change => ({
    ...change,
    audit: { ...change.audit, object, detail: `${step.do}, command:${change.commandId}` },
  });
  switch (step.do) {
    case 'addCareUnit':
      return places.addCareUnit(tx, step, of(`careUnit:${step.careUnitId}`));
    case 'changeCareUnit':
    case 'retireCareUnit': {
      const to = step.do === 'retireCareUnit' ? 'retired' : { label: step.label };
      const ifRev = await revOf(tx, 'care_unit', step.careUnitId);
      return places.changeCareUnit(tx, context, { careUnitId: step.careUnitId, ifRev }, to, of(`careUnit:${step.careUnitId}`));
    }
    case 'addBed':
      return places.addBed(tx, context, step.bed, of(`bed:${step.bed.bedId}`));
    case 'changeBed': {
      const { bedId, ...to } = step.bed;
      const target = { bedId, ifRev: await revOf(tx, 'bed', bedId), reason: 'reorganised' } as const;
      return places.changeBed(tx, context, target, to, of(`bed:${bedId}`));
    }
    case 'retireBed':
      return places.retireBed(
        tx,
        context,
        { bedId: step.bedId, ifRev: await revOf(tx, 'bed', step.bedId) },
        of(`bed:${step.bedId}`),
      );
    case 'setAlias':
      return places.setAlias(tx, step.name, step.bedId, of(`bed:${step.bedId}`));
    case 'removeAlias':
      return places.removeAlias(tx, step.name, of(await aliased(tx, step.name)));
    case 'addDuty':
    case 'endDuty':
      return takeDuty(tx, context, step, of('assignments'));
    default:
      return takeDevice(tx, step, of);
  }
}

async function revOf(tx: Tx, table: 'bed' | 'care_unit', id: string): Promise<number> {
  const row =
    table === 'bed'
      ? await tx.db.selectFrom('bed').select('rev').where('bed_id', '=', id).executeTakeFirst()
      : await tx.db.selectFrom('care_unit').select('rev').where('care_unit_id', '=', id).executeTakeFirst();
  if (row === undefined) throw new PlatformError('not-found');
  return row.rev;
}

async function aliased(tx: Tx, { system, value }: PlaceName): Promise<string> {
  const row = await tx.db
    .selectFrom('bed_alias')
    .select('bed_id')
    .where('system', '=', system)
    .where('value', '=', value)
    .executeTakeFirst();
  return row === undefined ? 'bed-aliases' : `bed:${row.bed_id}`;
}
