import { Role } from '@vigil/contracts';
import { type Action, type Actor, mayAnywhere } from '@vigil/domain';
import {
  mayCorrectStays,
  mayHold,
  mayManageAccounts,
  mayManageStations,
  mayReadTasks,
  mayRecordPatients,
  mayReview,
  type Screen,
  screensOf,
} from '../../packages/dashboard/src/model/screens-of.js';

const NEEDS: Readonly<Record<Screen, Action>> = {
  patients: 'break-glass.use',
  stays: 'encounter.admit',
  tray: 'tray.read',
  tasks: 'task.list',
  privacy: 'audit.read',
  reviews: 'break-glass.read',
  accounts: 'account.read',
  stations: 'station.read',
  devices: 'device.read',
  'on-call': 'on-call.read',
  load: 'report.read',
  way: 'status.read',
  'first-run': 'place.manage',
};
const PEOPLE = Role.options.filter((role) => role !== 'service');
const actor = (role: Role): Actor => ({ kind: 'person', id: 'x', roles: [role], careUnitIds: [] });
const may = (role: Role, action: Action): boolean => mayAnywhere(actor(role), action).allowed;

describe('the screens that the dashboard offers a role', () => {
  test.each(PEOPLE)('%s: exactly those that the table of rights lets it use', (role) => {
    const granted = (Object.keys(NEEDS) as Screen[]).filter((screen) => may(role, NEEDS[screen]));
    expect([...screensOf([role])].sort()).toEqual(granted.sort());
  });

  test.each(PEOPLE)('%s: may do on them exactly what the table of rights says', (role) => {
    expect([mayManageAccounts([role]), mayManageStations([role]), mayReview([role]), mayHold([role])]).toEqual([
      may(role, 'account.manage'),
      may(role, 'station.manage'),
      may(role, 'break-glass.review'),
      may(role, 'audit.hold'),
    ]);
  });

  test.each(PEOPLE)('%s: records people, corrects stays and reads tasks exactly where the table of rights says so', (role) => {
    expect([mayRecordPatients([role]), mayCorrectStays([role]), mayReadTasks([role])]).toEqual([
      may(role, 'patient.create'),
      may(role, 'encounter.correct') && may(role, 'assignment.correct'),
      may(role, 'task.read'),
    ]);
  });
});
