import { useEffect } from 'react';
import { DeadMan } from '../../live/dead-man.js';
import { useStation } from '../../parts/hooks.js';
import { PrintList } from '../../screens/beds/print-list.js';
import { StationEnrolment } from '../../screens/stations/station-enrolment.js';
import { App } from '../../shell/app.js';
import { HelpDialog } from '../../shell/help-dialog.js';
import { ScreenFailed } from '../../shell/screen-states.js';
import { SignInDialog } from '../../shell/sign-in-dialog.js';
import { SignIn } from '../../screens/sign-in/sign-in.js';
import '../../styles/sign-in.css';
import { type Answers, refused } from '../answers.js';
import { AMY, EVE, HOUR_MS, SCENE } from '../fixtures.js';
import { NOW_MS } from '../fixture-station.js';
import { type Area, PLACE, type State, USER } from '../state.js';
import type { Step } from '../steps.js';
import { t } from '../../words/words.js';

const none = (): void => undefined;
const SESSION = 'POST /api/v1/session';
const ticket = { ticket: 'ticket-of-the-gallery-1', expiresAtMs: NOW_MS + 300_000 };
const typed: readonly Step[] = [
  { into: '[name=username]', text: 'amy' },
  { into: '[name=password]', text: 'not a password' },
  t('signIn:signIn'),
];
const needs = (code: string, more: object = {}): Answers => ({ [SESSION]: { ...refused(401, code), ...ticket, ...more } });
const enrol: Answers = {
  ...needs('second-factor-enrolment-required'),
  'POST /api/v1/session/second-factor/enrolment': {
    ...{ ...ticket, secret: 'GALLERYGALLERYGALLERY234' },
    uri: 'otpauth://totp/Vigil:amy?secret=GALLERYGALLERYGALLERY234&issuer=Vigil',
  },
  'POST /api/v1/session/second-factor/enrolment/confirm': {
    recoveryCodes: ['abcd-efgh-jkmn', 'pqrs-tuvw-xyz2', '3456-789a-bcde'],
    session: { user: USER, roles: ['nurse'], expiresAtMs: NOW_MS + HOUR_MS },
  },
};
const signIn = (answers: Answers, steps: readonly Step[] = typed): State => ({
  ...{ answers, steps },
  show: () => <SignIn notice="" onSignedIn={none} />,
});
const METHODS = 'GET /api/v1/session/methods';

/** What covers a page that draws no more. */
function Frozen() {
  useEffect(() => {
    const dead = new DeadMan();
    dead.start(document.body);
    dead.fail();
    return () => document.querySelectorAll('.frozen, .frozen-strip').forEach((each) => each.remove());
  }, []);
  return null;
}

/** What a press on print puts on paper. */
function Paper() {
  const station = useStation();
  const unit = station.readings();
  useEffect(() => {
    dispatchEvent(new Event('beforeprint'));
    return () => void dispatchEvent(new Event('afterprint'));
  }, []);
  return unit && <PrintList unit={unit} alarms={station.alarms.get()} />;
}

function Dialogs() {
  return (
    <main>
      <h1>{t('shell:beds')}</h1>
      <SignInDialog open notice="" onSignedIn={none} onClose={none} />
    </main>
  );
}

const session = (more: object): Answers => ({
  'GET /api/v1/session': { user: { ...EVE, careUnitIds: [], ...more }, roles: EVE.roles, expiresAtMs: NOW_MS + HOUR_MS },
  'GET /api/v1/station-session': refused(401, 'unauthenticated'),
});
const nobody: Answers = {
  'GET /api/v1/session': refused(401, 'unauthenticated'),
  'GET /api/v1/station-session': refused(401, 'unauthenticated'),
};
const app = (more: Partial<State> = {}): State => ({ show: () => <App />, mode: 'recorded', ...more });
const grant = {
  ...{
    grantId: `bg-${'1'.repeat(32)}`,
    staffId: 'amy',
    staffName: 'Amy Adler',
    patientId: 'demo-12',
    bedId: 'icu-12',
    careUnitId: 'icu',
  },
  ...{ reason: 'emergency', text: null, openedMs: NOW_MS - 60_000, endsMs: NOW_MS + HOUR_MS, state: 'open', loud: false },
  ...{ reviewDueMs: NOW_MS + 9e7, overdue: false, review: null },
};

const again = [2, 3].map((n) => ({ ...grant, grantId: `bg-${String(n).repeat(32)}`, openedMs: grant.openedMs - n * 60_000 }));

export const frameAreas: Readonly<Record<string, Area>> = {
  signInSteps: {
    title: '[Sign-in]',
    place: 'page',
    states: {
      wrong: signIn(needs('wrong-credentials')),
      provider: signIn({ [METHODS]: { password: true, passkey: true, oidc: { name: 'Hospital', startUrl: '/x' } } }, []),
      cannot: signIn({}, [t('signIn:cannot')]),
      code: signIn(needs('second-factor-required', { methods: ['totp', 'recovery-code'] })),
      recoveryCode: signIn(needs('second-factor-required', { methods: ['recovery-code'] })),
      newPassword: signIn(needs('password-change-required')),
      enrol: signIn(enrol),
      recovery: signIn(enrol, [...typed, { into: '[name=code]', text: '123456' }, '.form button[type=submit]']),
    },
  },
  app: {
    title: '[The page]',
    place: 'page',
    states: {
      starting: app({ mode: 'loading' }),
      serverAway: app({ mode: 'unreachable' }),
      nobody: app({ answers: nobody }),
      office: app({ answers: session({}), at: '/privacy' }),
      officeBeds: app({ answers: session({ roles: ['nurse'] }), at: '/' }),
    },
  },
  frame: {
    title: '[The frame]',
    place: 'page',
    states: {
      help: {
        ...{ scene: SCENE },
        show: () => (
          <main>
            <h1>{t('shell:beds')}</h1>
            <HelpDialog open onClose={none} />
          </main>
        ),
      },
      signInDialog: { scene: SCENE, who: { user: null, place: PLACE }, show: () => <Dialogs /> },
      signInAgain: { scene: SCENE, who: { user: AMY }, show: () => <Dialogs /> },
      breakGlassOpen: {
        ...{ at: '/b/icu-12', mode: 'recorded', scene: SCENE, who: { user: AMY } },
        answers: { 'GET /api/v1/break-glass/mine': { items: [grant, ...again], next: null } },
      },
      enrolment: { show: () => <StationEnrolment place={null} onBack={() => undefined} onEnrolled={none} /> },
      enrolled: { show: () => <StationEnrolment place={PLACE} onBack={() => undefined} onEnrolled={none} /> },
      unknownPage: { at: '/no-such-page', scene: SCENE },
      notYourRole: { at: '/accounts', scene: SCENE, who: { user: AMY } },
      nobodySignedIn: { at: '/patients', scene: SCENE, who: { user: null, place: PLACE } },
      screenFailed: {
        show: () => (
          <main>
            <ScreenFailed error={new Error('made on purpose')} reset={none} />
          </main>
        ),
      },
      frozen: {
        ...{ scene: SCENE },
        show: () => (
          <main>
            <h1>{t('shell:beds')}</h1>
            <Frozen />
          </main>
        ),
      },
      paper: {
        ...{ scene: SCENE },
        show: () => (
          <main>
            <h1>{t('shell:beds')}</h1>
            <Paper />
          </main>
        ),
      },
    },
  },
};
