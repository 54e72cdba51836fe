/**
 * Every route against its entry in the OpenAPI document, by requests that schemathesis makes up: right ones, wrong ones and
 * sequences of them, as each kind of caller. `npm run fuzz` sends more, to a ward of its own for each.
 */
import { appendFileSync } from 'node:fs';
import { findSchemathesis, fuzz, type FuzzRun } from '../fuzz/schemathesis.js';
import { ACTORS, type ActorName, WARD, Ward } from './access-ward.js';

const { env } = process;
/** Cases for each role; 0 for the short run of `npm test`. */
const wanted = Number(env.VIGIL_TEST_FUZZ_CASES ?? 0);
const seed = Number(env.VIGIL_TEST_FUZZ_SEED ?? 1);
const reportFile = env.VIGIL_TEST_FUZZ_REPORT;
const ROLES = ACTORS.filter((actor) => actor !== 'page-link');
const isShort = wanted === 0;
/**
 * In the short run: nobody, what is no person, and those who may do most; the others may do a part of it.
 * They share a ward, so that those who take accounts away come last.
 */
const SHORT_ROLES: readonly ActorName[] = [
  'anonymous',
  'station',
  'service',
  'nurse',
  'charge-nurse',
  'security-officer',
  'admin',
];
const asked = env.VIGIL_TEST_FUZZ_ROLES?.split(',') ?? (isShort ? SHORT_ROLES : ROLES);
const roles = asked.filter((role): role is ActorName => (ROLES as readonly string[]).includes(role));
if (roles.length < asked.length) throw new Error(`--role is all, or some of ${ROLES.join(',')}`);

/** All kinds of cases as one role that may do much; as the others, a few of each route. */
const SHORT_WIDE: ActorName = 'charge-nurse';
const SHORT_EXAMPLES = 4;
const SHORT_CASES_MIN = 250;
/** Makes more than 10,000 cases in one run as things are. */
const EXAMPLES = 100;
const RUNS_MAX = 20;
const TICK_MS = 50;
const LIMIT_MS = 3_600_000;

const found = findSchemathesis();
if ('missing' in found) process.stdout.write(`skipped: requests that schemathesis makes up (${found.missing})\n`);
const command = 'missing' in found ? null : found.command;

/** The ward's clock goes on, so that whoever has to wait has waited at some time. */
function running(ward: Ward): () => void {
  const timer = setInterval(() => void ward.api.clock.advance(TICK_MS), TICK_MS);
  return () => clearInterval(timer);
}

async function runFor(ward: Ward, role: ActorName): Promise<Omit<FuzzRun, 'phases' | 'examples' | 'seed'>> {
  const { as, headers } = ward.credentials(role);
  const url = ward.api.url.replace('127.0.0.1', 'localhost');
  const mine = as === undefined ? null : typeof as === 'string' ? { token: as } : { stationCookie: as.cookie.split('=')[1]! };
  const sessions = mine !== null && 'token' in mine ? await ward.api.call('GET', '/api/v1/sessions', { as: mine.token }) : null;
  const own = sessions?.status === 200 ? sessions.body.items.find((each: { current: boolean }) => each.current) : null;
  const places = Object.values(WARD);
  const ids = {
    bedId: places.map(({ bedId }) => bedId),
    patientId: places.map(({ patientId }) => patientId),
    encounterId: places.map(({ encounterId }) => encounterId),
    alarmId: places.map(({ alarmId }) => alarmId),
    staffId: [...ROLES, 'zed', 'una'],
    gatewayId: ['gw-1'],
    token: [ward.pageToken],
    seq: ['1', '2', '3'],
    id: ['1', '2', '3'],
  };
  return {
    url,
    credentials: mine,
    // A browser says where a page comes from; without it a cookie may change nothing.
    headers: headers.origin === undefined ? {} : { Origin: url },
    env: {
      VIGIL_FUZZ_IDS: JSON.stringify(ids),
      VIGIL_FUZZ_NOW_MS: String(ward.api.clock.nowMs()),
      VIGIL_FUZZ_STAFF_ID: role,
      VIGIL_FUZZ_SESSION_REF: own?.sessionRef ?? '',
    },
  };
}

/** Can the caller still do what it could? A run that lost its session would have found nothing from then on. */
async function isStillSignedIn(ward: Ward, role: ActorName): Promise<boolean> {
  if (role === 'anonymous') return true;
  const path = role === 'station' ? '/api/v1/station-session' : '/api/v1/care-units';
  const { as, headers } = ward.credentials(role);
  return (await ward.api.call('GET', path, { as: as!, headers })).status === 200;
}

async function fuzzAs(ward: Ward, role: ActorName): Promise<{ cases: number; failures: readonly string[]; output: string }> {
  const run = await runFor(ward, role);
  const isWide = !isShort || role === SHORT_WIDE;
  const phases = isWide ? (['coverage', 'fuzzing', 'stateful'] as const) : (['fuzzing'] as const);
  let [cases, output] = [0, ''];
  const failures = new Set<string>();
  for (let n = 0; n < RUNS_MAX && (n === 0 || cases < wanted); n++) {
    const one = await fuzz(command!, { ...run, phases, examples: isShort ? SHORT_EXAMPLES : EXAMPLES, seed: seed + n });
    cases += one.cases;
    for (const failure of one.failures) failures.add(failure);
    if (one.failures.length > 0) output += one.output;
  }
  return { cases, failures: [...failures], output };
}

(command === null ? describe.skip : describe)('requests that schemathesis makes up', () => {
  let shared: Ward | null = null;
  afterAll(async () => shared?.api.end());

  test.each(roles)(
    'as %s get what the OpenAPI document says, and no server error',
    async (role) => {
      const ward = isShort ? (shared ??= await Ward.open()) : await Ward.open();
      const stop = running(ward);
      const startedMs = performance.now();
      try {
        const { cases, failures, output } = await fuzzAs(ward, role);
        const line = { role, cases, seed, failures, tookMs: Math.round(performance.now() - startedMs) };
        if (reportFile !== undefined) appendFileSync(reportFile, `${JSON.stringify(line)}\n`);
        // The requests to send again are in the title of the failed expectation.
        expect(failures.length === 0 ? '' : `${failures.join('\n')}\n${output}`).toBe('');
        expect(cases).toBeGreaterThanOrEqual(isShort ? SHORT_CASES_MIN : wanted);
        expect(await isStillSignedIn(ward, role)).toBe(true);
      } finally {
        stop();
        if (!isShort) await ward.api.end();
      }
    },
    LIMIT_MS,
  );
});
