import { z } from 'zod';
import { InfluxOutage } from './influx-error.js';
import type { InfluxServer } from './influx-server.js';
import type { Level, Levels } from './levels.js';
import { tasksOf } from './tasks.js';

/** Tells our buckets from those that were there. */
const MADE_BY_VIGIL = 'History of Vigil';

const Orgs = z.object({ orgs: z.array(z.object({ id: z.string() })).default([]) });
const Bucket = z.object({
  id: z.string(),
  description: z.string().optional(),
  retentionRules: z.array(z.object({ everySeconds: z.number() })).default([]),
});
const Buckets = z.object({ buckets: z.array(Bucket).default([]) });
/** What was made is found again by its name. */
const DONE = z.unknown();
const Tasks = z.object({ tasks: z.array(z.object({ id: z.string(), flux: z.string(), status: z.string() })).default([]) });

/**
 * Makes the buckets with their retention and the down-sampling tasks, or sets right what differs. May run any number of times, in
 * several processes at once: a bucket that another has just made is the same one. Where the bucket of readings is gone, positions are
 * forgotten, so that it gets what the log still has.
 *
 * @throws InfluxOutage `influx-not-found` where the organisation is not known, `influx-token-refused` where the token may not
 */
export async function setUp(server: InfluxServer, levels: Levels, forgetPositions: () => Promise<void>): Promise<void> {
  const orgId = await orgIdOf(server);
  const { raw, minute, hour, stateBucket } = levels;
  const forEver: Level = { bucket: stateBucket, widthMs: 0, keptMs: null };
  await ensureBucket(server, orgId, forEver);
  // Before it is made: a crash in between must not leave an empty bucket whose positions say that all is there.
  if ((await bucketNamed(server, orgId, raw.bucket)) === undefined) await forgetPositions();
  for (const level of [raw, minute, hour]) await ensureBucket(server, orgId, level);
  for (const task of tasksOf(server.org, levels)) await ensureTask(server, orgId, task);
}

async function orgIdOf(server: InfluxServer): Promise<string> {
  const { orgs } = await server.ask('GET', `/api/v2/orgs?org=${encodeURIComponent(server.org)}`, Orgs);
  const [org] = orgs;
  if (org === undefined) throw new InfluxOutage('influx-not-found', 0);
  return org.id;
}

async function ensureBucket(server: InfluxServer, orgID: string, { bucket: name, keptMs }: Level): Promise<void> {
  const everySeconds = keptMs === null ? 0 : keptMs / 1_000;
  const retentionRules = [{ type: 'expire', everySeconds }];
  let there = await bucketNamed(server, orgID, name);
  if (there === undefined) {
    try {
      await server.ask('POST', '/api/v2/buckets', DONE, { orgID, name, description: MADE_BY_VIGIL, retentionRules });
      return;
    } catch (error) {
      there = await bucketNamed(server, orgID, name);
      if (there === undefined) throw error;
    }
  }
  const thereSeconds = there.retentionRules[0]?.everySeconds ?? 0;
  if (thereSeconds === everySeconds) return;
  // A shorter retention deletes: not in a bucket that somebody else has made.
  const isLonger = everySeconds === 0 || (thereSeconds !== 0 && everySeconds > thereSeconds);
  if (there.description !== MADE_BY_VIGIL && !isLonger) return;
  await server.ask('PATCH', `/api/v2/buckets/${there.id}`, DONE, { retentionRules });
}

async function bucketNamed(server: InfluxServer, orgId: string, name: string): Promise<z.infer<typeof Bucket> | undefined> {
  const path = `/api/v2/buckets?orgID=${encodeURIComponent(orgId)}&name=${encodeURIComponent(name)}`;
  // 2.7 answers 404 to a name that is not there, and not an empty list.
  return (await server.find(path, Buckets))?.buckets[0];
}

async function ensureTask(server: InfluxServer, orgID: string, { name, flux }: { name: string; flux: string }): Promise<void> {
  const path = `/api/v2/tasks?orgID=${encodeURIComponent(orgID)}&name=${encodeURIComponent(name)}`;
  const [there] = (await server.ask('GET', path, Tasks)).tasks;
  if (there === undefined) await server.ask('POST', '/api/v2/tasks', DONE, { orgID, flux, status: 'active' });
  else if (there.flux !== flux || there.status !== 'active') {
    await server.ask('PATCH', `/api/v2/tasks/${there.id}`, DONE, { flux, status: 'active' });
  }
}
