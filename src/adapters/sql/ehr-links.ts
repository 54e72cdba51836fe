import { EncounterId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { ExpressionBuilder } from 'kysely';
import { type EhrLink, EhrLinks, type LinkedKind, type LinkedStay } from '../../ports/ehr-links.js';
import type { SqlContext } from './context.js';
import { patientOf } from './directory-reads.js';
import { liveStays } from './live-stays.js';
import type { EhrLinkTable } from './schema-feeds.js';
import type { Tables } from './schema.js';
import { SEALED } from './sealed-columns.js';
import type { Db } from './sql.js';

/** Links in SQL. The server's ids and ours name nobody by themselves, so they are not sealed; visit numbers are. */
export class SqlEhrLinks extends EhrLinks {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields'>) {
    super();
  }

  override async ofLocal(kind: LinkedKind, localId: string): Promise<EhrLink | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('ehr_link')
        .selectAll()
        .where('local_kind', '=', kind)
        .where('local_id', '=', localId)
        .orderBy('resource_type')
        .executeTakeFirst(),
    );
    return row === undefined ? null : linkOf(row);
  }

  override async ofServer(resourceType: string, serverId: string): Promise<EhrLink | null> {
    const row = await this.context.sql.query((db) => rowOf(db, resourceType, serverId));
    return row === undefined ? null : linkOf(row);
  }

  override link(link: EhrLink): Promise<void> {
    return this.context.sql.transaction(async ({ db }) => {
      const { kind, localId, resourceType, serverId, version } = link;
      const there = await rowOf(db, resourceType, serverId);
      const here = await db
        .selectFrom('ehr_link')
        .select('server_id')
        .where('local_kind', '=', kind)
        .where('local_id', '=', localId)
        .where('resource_type', '=', resourceType)
        .executeTakeFirst();
      const isAnother = there !== undefined && (there.local_kind !== kind || there.local_id !== localId);
      if (isAnother || (here !== undefined && here.server_id !== serverId)) throw new PlatformError('conflict');
      if (there !== undefined) {
        const at = db.updateTable('ehr_link').set({ version }).where('resource_type', '=', resourceType);
        await at.where('server_id', '=', serverId).execute();
        return;
      }
      const patient_id = await patientIdOf(db, kind, localId);
      const row = { resource_type: resourceType, server_id: serverId, local_kind: kind, local_id: localId, version, patient_id };
      await db.insertInto('ehr_link').values(row).execute();
    });
  }

  override async unlink(resourceType: string, serverId: string): Promise<void> {
    await this.context.sql.query((db) =>
      db.deleteFrom('ehr_link').where('resource_type', '=', resourceType).where('server_id', '=', serverId).execute(),
    );
  }

  override async openStays(limit: number): Promise<readonly LinkedStay[]> {
    const { sql, fields } = this.context;
    const { stays, patients, links } = await sql.query(async (db) => {
      const stays = await liveStays(db)
        .selectAll('e')
        .where('e.discharged_ms', 'is', null)
        .orderBy('e.patient_id')
        .limit(limit)
        .execute();
      const patientIds = stays.map((row) => row.patient_id);
      const encounterIds = stays.map((row) => row.encounter_id);
      if (patientIds.length === 0) return { stays, patients: [], links: [] };
      return {
        stays,
        patients: await db
          .selectFrom('patient')
          .selectAll()
          .where('patient_id', 'in', patientIds)
          .where('erased_wall_ms', 'is', null)
          .execute(),
        // Of a merged record the link of a stay still names who it was; the stay is found by its own id.
        links: await db
          .selectFrom('ehr_link')
          .selectAll()
          .where((eb) => eb.or([of(eb, 'patient', patientIds), of(eb, 'encounter', encounterIds)]))
          .execute(),
      };
    });
    const people = await fields.openRows(SEALED.patient, patients);
    const visits = await fields.openRows(SEALED.encounter, stays);
    const linkTo = (kind: LinkedKind, localId: string): EhrLink | null => {
      const row = links.find((each) => each.local_kind === kind && each.local_id === localId);
      return row === undefined ? null : linkOf(row);
    };
    return stays.map((stay, at) => {
      const person = people.find(({ row }) => row?.patient_id === stay.patient_id)?.row ?? null;
      const visit = visits[at]!.row;
      const isNumbered = visit !== null && visit.visit_system !== null && visit.visit !== null && visit.visit !== '';
      return {
        encounterId: EncounterId.parse(stay.encounter_id),
        patient: person === null ? null : patientOf(person),
        visit: isNumbered ? { system: visit.visit_system!, value: visit.visit! } : null,
        patientLink: linkTo('patient', stay.patient_id),
        encounterLink: linkTo('encounter', stay.encounter_id),
      };
    });
  }

  override async cursor(name: string): Promise<string | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('ehr_cursor').select('content').where('name', '=', name).executeTakeFirst(),
    );
    return row?.content ?? null;
  }

  override async setCursor(name: string, content: string): Promise<void> {
    await this.context.sql.query((db) =>
      db
        .insertInto('ehr_cursor')
        .values({ name, content })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ content }))
        .execute(),
    );
  }
}

function of(eb: ExpressionBuilder<Tables, 'ehr_link'>, kind: LinkedKind, localIds: readonly string[]) {
  return eb.and([eb('local_kind', '=', kind), eb('local_id', 'in', localIds)]);
}

function rowOf(db: Db, resourceType: string, serverId: string): Promise<EhrLinkTable | undefined> {
  return db
    .selectFrom('ehr_link')
    .selectAll()
    .where('resource_type', '=', resourceType)
    .where('server_id', '=', serverId)
    .executeTakeFirst();
}

/** Whose link it is; null for what is no patient's. */
async function patientIdOf(db: Db, kind: LinkedKind, localId: string): Promise<string | null> {
  if (kind === 'patient') return localId;
  if (kind !== 'encounter') return null;
  const stay = await db.selectFrom('encounter').select('patient_id').where('encounter_id', '=', localId).executeTakeFirst();
  return stay?.patient_id ?? null;
}

function linkOf(row: EhrLinkTable): EhrLink {
  return {
    kind: row.local_kind as LinkedKind,
    localId: row.local_id,
    resourceType: row.resource_type,
    serverId: row.server_id,
    version: row.version,
  };
}
