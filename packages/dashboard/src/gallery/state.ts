import type { SessionUser, Station as Place } from '@vigil/contracts';
import type { ReactNode } from 'react';
import type { Identity } from '../shell/identity.js';
import type { Answers, Mode } from './answers.js';
import type { Scene } from './fixture-station.js';
import type { Step } from './steps.js';

/** One component in one state. */
export interface State {
  readonly scene?: Scene;
  readonly who?: Partial<Identity>;
  readonly mode?: Mode;
  readonly answers?: Answers;
  /** Where the page is: the address of a route of the product, in its frame. Then `show` is left out, or stands in place of it. */
  readonly at?: string;
  /** What a person does then. */
  readonly steps?: readonly Step[];
  readonly show?: () => ReactNode;
}
export interface Area {
  readonly title: string;
  /** `above` the screen or the whole `page`: then one state is shown at a time. Else within a screen, all states below each other. */
  readonly place?: 'above' | 'page';
  /** How wide a state is at most, in pixels; the page where it is left out. */
  readonly widthPx?: number;
  readonly states: Readonly<Record<string, State>>;
}

export const USER = {
  ...{ staffId: 'staff-1', username: 'nurse', name: 'Karin Novak', roles: ['nurse'], careUnitIds: ['icu'] },
} as unknown as SessionUser;

export const userOf = (...roles: string[]): SessionUser => ({ ...USER, roles }) as unknown as SessionUser;
/** Of an account of the recording, so that what is theirs is shown as theirs. */
export const person = (staffId: string, name: string, ...roles: string[]): SessionUser =>
  ({ ...USER, staffId, username: staffId, name, roles }) as unknown as SessionUser;
export const PLACE = {
  ...{ stationId: 'st-000000000001', careUnitId: 'icu', label: 'North desk', state: 'enrolled', createdMs: 1, lastSeenMs: null },
} as unknown as Place;
