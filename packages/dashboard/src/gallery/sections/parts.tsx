import type { HistoryPoint } from '@vigil/contracts';
import { bed } from '../../../../../test/browser/fixture-ward.js';
import { troubleOf } from '../../live/problem.js';
import { metricLabel } from '../../model/condition-words.js';
import type { Trend } from '../../model/trend.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Form, SelectField, TextField } from '../../parts/form.js';
import { HoldButton } from '../../parts/hold-button.js';
import { Loaded, Section, Table, TroubleNote } from '../../parts/parts.js';
import { PatientLine } from '../../parts/patient-line.js';
import { TrendChart, type TrendChartProps } from '../../parts/trend-chart.js';
import { BedBanner } from '../../screens/bed/bed-banner.js';
import { SignIn } from '../../screens/sign-in/sign-in.js';
import { ScreenLoading } from '../../shell/screen-states.js';
import { t } from '../../words/words.js';
import '../../styles/bed.css';
import '../../styles/screen.css';
import { NOW_MS } from '../fixture-station.js';
import type { Area, State } from '../state.js';

const MINUTE_MS = 60_000;
const none = (): void => undefined;
const span = { fromMs: NOW_MS - 60 * MINUTE_MS, toMs: NOW_MS };
const course = (metric: Trend['metric'], from: number, skip: readonly [number, number] = [-1, -1]): Trend => ({
  ...{ metric, everyMs: MINUTE_MS },
  points: Array.from({ length: 60 }, (_, i) => i)
    .filter((i) => i < skip[0] || i > skip[1])
    .map((i) => {
      const value = from + Math.round(6 * Math.sin(i / 4));
      return { atMs: span.fromMs + i * MINUTE_MS, value, min: value - 3, max: value + 2, count: 60 } as HistoryPoint;
    }),
});
const chart = (trends: readonly Trend[], more: Partial<TrendChartProps> = {}): State => ({
  show: () => (
    <TrendChart
      title={metricLabel(trends[0]?.metric ?? 'heartRate')}
      trends={trends}
      span={span}
      gaps={{ lost: [] }}
      nowMs={NOW_MS}
      heightPx={160}
      {...more}
    />
  ),
});

const field = (error: string): State => ({
  show: () => (
    <Form error={error} onSubmit={none}>
      <TextField label={t('common:signIn')} name="text" hint={t('shell:secondary')} defaultValue="1" />
      <SelectField label={t('shell:careUnit')} name="choice" options={[['icu', 'ICU A']]} />
      <button type="submit" className="button primary">
        {t('common:tryAgain')}
      </button>
    </Form>
  ),
});
const trouble = (code: string): State => ({
  show: () => <TroubleNote trouble={{ ...troubleOf(code), waitS: 95 }} again={none} />,
});
const CODES = ['forbidden', 'unauthenticated', 'not-found', 'too-many-attempts', 'store-unavailable', 'offline', 'unreadable'];
const who = (displayName: string, more: object = {}) => ({ ...bed(1).encounter!, displayName, ...more });
const NAMES: Readonly<Record<string, ReturnType<typeof who>>> = {
  plain: who('NOVAKOVA, Jana'),
  markup: who('<img src=x onerror=alert(1)>'),
  rightToLeft: who('\u202eanavoN\u202c محمد عبد الرحمن'),
  long: who('Wolfeschlegelsteinhausenbergerdorff '.repeat(6).slice(0, 200)),
  missing: who('name can not be read', { nameMissing: 'away', birthDate: '' }),
};
const perName = (show: (of: (typeof NAMES)[string]) => NonNullable<State['show']>): Record<string, State> =>
  Object.fromEntries(Object.entries(NAMES).map(([name, of]) => [name, { show: show(of!) }]));

export const partAreas: Readonly<Record<string, Area>> = {
  patient: { title: 'Who it is', states: perName((of) => () => <PatientLine encounter={of!} mrn="M-104/7" />) },
  bedBanner: {
    title: 'The patient above a record',
    states: perName((of) => () => <BedBanner view={{ ...bed(1), encounter: of! }} who={null} />),
  },
  trend: {
    title: 'Courses',
    states: {
      whole: chart([course('heartRate', 80)]),
      gap: chart([course('heartRate', 80, [20, 34])], {
        gaps: { lost: [{ fromMs: span.fromMs + 20 * MINUTE_MS, toMs: span.fromMs + 34 * MINUTE_MS, reason: 'neverArrived' }] },
      } as unknown as Partial<TrendChartProps>),
      standby: chart([course('heartRate', 80, [20, 34])], {
        gaps: { lost: [], standby: [{ fromMs: span.fromMs + 20 * MINUTE_MS, toMs: span.fromMs + 35 * MINUTE_MS }] },
      }),
      none: chart([{ ...course('heartRate', 80), points: [] }]),
      pressure: chart([course('arterialSystolic', 120), course('arterialDiastolic', 70)]),
      mini: chart([course('spo2', 94)], { isMini: true }),
    },
  },
  form: { title: 'A form', states: { plain: field(''), error: field(t('common:trouble.other')) } },
  state: {
    title: 'While there is nothing to show',
    states: {
      loading: { show: () => <ScreenLoading /> },
      loadingWhat: { show: () => <Loaded load={{ kind: 'loading' }} again={none} what={t('stays:theBed')} children={String} /> },
      ...Object.fromEntries(CODES.map((code) => [code, trouble(code)])),
    },
  },
  button: {
    title: 'Buttons that ask twice',
    states: {
      confirm: { show: () => <ConfirmButton name={t('common:signIn')} question={t('common:tryAgain')} onConfirm={none} /> },
      hold: { show: () => <HoldButton onHeld={none}>{t('common:tryAgain')}</HoldButton> },
      holdBusy: {
        show: () => (
          <HoldButton onHeld={none} busy>
            {t('common:tryAgain')}
          </HoldButton>
        ),
      },
    },
  },
  table: {
    title: 'A table',
    states: {
      rows: {
        show: () => (
          <Section title={t('shell:beds')}>
            <Table label={t('shell:beds')} head={[t('shell:beds'), t('shell:alarms')]}>
              {Object.entries(NAMES).map(([name, of]) => (
                <tr key={name}>
                  <td>
                    <bdi>{of?.displayName}</bdi>
                  </td>
                  <td>{name.length}</td>
                </tr>
              ))}
            </Table>
          </Section>
        ),
      },
    },
  },
  signIn: {
    title: 'Signing in',
    place: 'page',
    states: {
      start: { show: () => <SignIn notice="" onSignedIn={none} /> },
      notice: { show: () => <SignIn notice={t('shell:notSignedOut')} onSignedIn={none} /> },
    },
  },
};
