import { EventEmitter } from 'node:events';
import { CareUnitId, type JoinReply } from '@vigil/contracts';
import { AlarmsNamespace } from './alarms-namespace.js';
import type { LiveParts } from './live-parts.js';
import { type LiveNamespace, type LiveSocket, roomOf } from './sockets.js';

const icu = CareUnitId.parse('icu');

/** One screen, its socket, and a store whose first answer can be held back. */
function screen() {
  const rooms = new Map<string, Set<string>>();
  const heard: string[] = [];
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let newest = 0;
  const alarms = {
    open: async () => {
      await held;
      return { cursor: newest, alarms: [] };
    },
    changedSince: (_unit: CareUnitId, cursor: number) =>
      Promise.resolve(Array.from({ length: newest - cursor }, (_, i) => ({ cursor: cursor + i + 1, alarm: {} }))),
  };
  const parts = {
    alarms,
    clock: { wallMs: () => 0 },
    joins: { take: () => 0 },
    index: { loaded: () => Promise.resolve(), careUnit: () => ({ careUnitId: icu, label: 'ICU' }) },
    subscriptions: { has: () => true, current: (caller: unknown) => Promise.resolve(caller) },
    onOutage: () => undefined,
  } as unknown as LiveParts;
  const io = {
    adapter: { rooms },
    to: (room: string) => ({ emit: (event: string) => void (rooms.has(room) && heard.push(event)) }),
  } as unknown as LiveNamespace;
  const wire = new EventEmitter();
  const socket = {
    id: 's1',
    data: { caller: { kind: 'person', id: 'amy', roles: ['nurse'], careUnitIds: [icu] } },
    on: wire.on.bind(wire),
    emit: (event: string) => void heard.push(event),
    join: (room: string) => void rooms.set(room, new Set(['s1'])),
  } as unknown as LiveSocket;
  const namespace = new AlarmsNamespace(io, parts);
  namespace.connected(socket);
  const join = (): Promise<JoinReply> => new Promise((resolve) => wire.emit('join', { careUnitId: icu }, resolve));
  const leave = (): void => void Object.assign(socket, { disconnected: true });
  return { namespace, rooms, heard, join, leave, letGo, alarm: () => void newest++ };
}

test('a tick in the middle of a join does not cut the screen off from the alarms that follow', async () => {
  const { namespace, rooms, heard, join, letGo, alarm } = screen();
  const joined = join();
  await new Promise((resolve) => setImmediate(resolve));
  namespace.lookEverywhere();
  letGo();
  expect(await joined).toEqual({ ok: true });
  expect(rooms.has(roomOf(icu))).toBe(true);
  alarm();
  namespace.lookEverywhere();
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(['alarm.snapshot', 'alarm.event']);
});

test('a care unit that nobody watches any more is not looked at', async () => {
  const { namespace, rooms, heard, join, letGo, alarm } = screen();
  letGo();
  await join();
  rooms.clear();
  namespace.lookEverywhere();
  alarm();
  rooms.set(roomOf(icu), new Set(['s2']));
  namespace.lookEverywhere();
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(['alarm.snapshot']);
});

test('a screen that left in the middle of a join is in no room, where it would stay for ever', async () => {
  const { rooms, join, leave, letGo } = screen();
  const joined = join();
  await new Promise((resolve) => setImmediate(resolve));
  leave();
  letGo();
  await joined;
  expect(rooms.size).toBe(0);
});
