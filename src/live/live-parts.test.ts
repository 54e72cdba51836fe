import { FakeClock } from '@vigil/clock';
import { CareUnitId } from '@vigil/contracts';
import { type Caller, personCaller } from '../access/caller.js';
import type { AuditSpool } from '../audit/audit-spool.js';
import type { Accounts } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import type { AuditEntry, AuditTrail } from '../ports/audit-trail.js';
import { admit, type LiveParts } from './live-parts.js';
import type { LiveSocket } from './sockets.js';
import { RENEW_EVERY_MS, Subscriptions } from './subscriptions.js';

const icu = CareUnitId.parse('icu');
const user = { staffId: 'amy', username: 'amy', name: 'Amy', roles: ['nurse'], careUnitIds: ['icu'] } as never;

/** One screen at a station, and an audit trail whose rows wait until they are let go. */
function screen() {
  const clock = new FakeClock();
  const rows: AuditEntry[] = [];
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const trail = { append: (entry: AuditEntry) => held.then(() => void rows.push(entry)) } as unknown as AuditTrail;
  const accounts = { byStaffId: () => Promise.resolve({ user }) } as unknown as Accounts;
  const subscriptions = new Subscriptions(trail, {} as AuditSpool, accounts, clock as unknown as AppClock, () => []);
  const parts = {
    clock,
    subscriptions,
    joins: { take: () => 0 },
    proxies: { clientOf: () => '::1' },
    index: { loaded: () => Promise.resolve(), careUnit: () => ({ careUnitId: icu, label: 'ICU' }) },
  } as unknown as LiveParts;
  const caller: Caller = { ...personCaller(user, 'hash', 9e15), stationId: 'st-1' };
  const socket = { id: 's1', data: { caller }, handshake: { address: '::1' }, disconnected: false };
  const join = () => admit(parts, socket as unknown as LiveSocket, { action: 'alarm.read', careUnitId: icu });
  return { clock, rows, letGo, subscriptions, socket, join };
}

test('a screen that left while its row was written is not said to look on', async () => {
  const { clock, rows, letGo, subscriptions, socket, join } = screen();
  const joined = join();
  await new Promise((resolve) => setImmediate(resolve));
  socket.disconnected = true;
  await subscriptions.stop('s1/');
  letGo();
  expect(await joined).toEqual({ ok: false, reason: 'busy' });
  expect(subscriptions.has('s1/icu')).toBe(false);
  await clock.advance(RENEW_EVERY_MS);
  await subscriptions.renewDue();
  expect(rows.map((row) => row.detail)).toEqual(['live, joined']);
});

test('the row of a join says at which station somebody looks', async () => {
  const { rows, letGo, join } = screen();
  letGo();
  expect(await join()).toBeNull();
  expect(rows).toMatchObject([{ actor: 'amy', stationId: 'st-1' }]);
});
