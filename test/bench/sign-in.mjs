/** What a sign-in costs, alone and a shift change at once, what a request pays for its session, and how much time tells. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { progress, quantile, report, round } from './lib/report.mjs';
import { root } from './lib/stack.mjs';

export const about = 'sign-in: a password sign-in alone and many at once, a session per request, account against no account';

const PASSWORD = 'seven green kettles dance';
const PEOPLE = 40;
const DAY_MS = 86_400_000;
const load = (path) => import(pathToFileURL(join(root, 'dist', path)));

export async function run({ quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-sign-in-'));
  const { sql, signIn, sessions } = await open(join(folder, 'vigil.db'));
  const from = { ip: '192.0.2.1', replaces: null, device: null, onAccount: () => undefined };
  const enter = (n, password = PASSWORD) =>
    signIn.password({ username: `nurse-${n % PEOPLE}`, password }, { ...from, ip: `192.0.2.${n % 250}` });
  try {
    progress('sign-in');
    await timed('sign-in.alone', quick ? 20 : 100, (n) => enter(n));
    await together(enter, quick ? 30 : 200);
    const { token } = await enter(1);
    await timed('sign-in.session-of-a-request', quick ? 1_000 : 10_000, () => sessions.authenticate(token));
    await difference(signIn, from, quick ? 20 : 100);
  } finally {
    await sql.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The parts of a sign-in over a real database, with nobody held up. */
async function open(file) {
  const [{ openSql }, { SqlAccounts }, { SqlSessions }, { SqlSecondFactors }] = await Promise.all(
    ['sql', 'sql-accounts', 'sql-sessions', 'sql-second-factors'].map((name) => load(`adapters/sql/${name}.js`)),
  );
  const [{ SignIn }, { Sessions }, { Passwords }, { hashPassword }, { SignInThrottle }, { KnownDevices }, { ServiceTokens }] =
    await Promise.all(
      ['sign-in', 'sessions', 'passwords', 'password', 'sign-in-throttle', 'known-devices', 'service-tokens'].map((name) =>
        load(`access/${name}.js`),
      ),
    );
  const { auditEntry } = await load('ports/audit-trail.js');
  const sql = await openSql({ file });
  const clock = { wallMs: () => 1e12, nowMs: () => 1e12 };
  const accounts = new SqlAccounts({ sql, clock });
  const audit = auditEntry({ actor: 'system:bench', action: 'account.create', object: 'staff', outcome: 'allowed' });
  const password = { hash: await hashPassword(PASSWORD), untilMs: 2e12 };
  for (let n = 0; n < PEOPLE; n += 1) {
    const staffId = `nurse-${n}`;
    await accounts.create({ staffId, username: staffId, name: staffId, roles: ['nurse'], password }, { audit, wallMs: 1 });
    await accounts.setPassword(staffId, password.hash, { audit, wallMs: 1 });
  }
  const sessions = new Sessions(new SqlSessions({ sql }), null, clock, new ServiceTokens([]), {
    idleMs: 1e9 * DAY_MS,
    absoluteMs: DAY_MS,
  });
  const fresh = {
    password: () => new SignInThrottle().password({ username: 'x', ip: '192.0.2.1', knownDeviceId: null, wallMs: 0 }),
  };
  const factors = new SqlSecondFactors({ sql, fields: null });
  const devices = new KnownDevices(Buffer.alloc(32));
  const parts = { accounts, factors, sessions, passwords: new Passwords(accounts), throttle: fresh, devices, clock };
  return { sql, sessions, signIn: new SignIn({ ...parts, secondFactorRoles: [], siteWords: [] }) };
}

async function timed(name, times, run) {
  const took = [];
  for (let n = 0; n < times; n += 1) {
    const startedMs = performance.now();
    await run(n);
    took.push(performance.now() - startedMs);
  }
  report(name, round(quantile(took, 0.5)), 'ms', { p99Ms: round(quantile(took, 0.99)), times });
}

/** A shift that begins: thirty at a time, which is what is let wait, and what the event loop notices of it. */
async function together(enter, count) {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const startedMs = performance.now();
  for (let n = 0; n < count; n += 30) await Promise.all(Array.from({ length: Math.min(30, count - n) }, (_, i) => enter(n + i)));
  const tookMs = performance.now() - startedMs;
  lag.disable();
  const loopLagMs = { p99: round(lag.percentile(99) / 1e6), max: round(lag.max / 1e6) };
  report('sign-in.at-once', round((count / tookMs) * 1_000), 'sign-ins/s', { count, loopLagMs });
}

/** CK-S18: the medians of a wrong password and of a name that is not there, in turns. */
async function difference(signIn, from, times) {
  const took = [[], []];
  for (let n = 0; n < times; n += 1) {
    for (const [at, username] of ['nurse-1', 'nobody-here'].entries()) {
      const startedMs = performance.now();
      await signIn.password({ username, password: 'wrong password' }, from).catch(() => undefined);
      took[at].push(performance.now() - startedMs);
    }
  }
  const [account, none] = took.map((all) => quantile(all, 0.5));
  report('sign-in.account-against-none', round(Math.abs(account - none)), 'ms', {
    accountMs: round(account),
    noneMs: round(none),
    times,
  });
}
