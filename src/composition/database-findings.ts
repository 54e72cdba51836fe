import { askPostgres } from '../adapters/sql/postgres-use.js';
import type { Finding } from '../site/doctor.js';
import { databaseOf, nameOf } from './database.js';

/** What `vigil doctor` says of a PostgreSQL database: whether it is there, may be written to, and keeps what it has committed. */
export async function examineDatabase(dataDir: string, databaseUrl: string | undefined): Promise<readonly Finding[]> {
  const finding = (ok: boolean, say: string): Finding => ({ what: 'database', ok, say });
  try {
    const place = databaseOf(dataDir, databaseUrl);
    if (place.url === null) return [];
    const { version, isStandby, forgets } = await askPostgres(place.url);
    if (isStandby) return [finding(false, `${nameOf(place)} is a stand-by, which only reads; name the primary in DATABASE_URL`)];
    if (forgets.length === 0) return [finding(true, `${nameOf(place)}: PostgreSQL ${version}, and keeps what is committed`)];
    const say = `${nameOf(place)} loses what was committed when its machine loses power: set ${forgets.join(' and ')} to on`;
    return [finding(false, say)];
  } catch (error) {
    return [finding(false, (error as Error).message)];
  }
}
